"""What a storage has to hold, by what the processes wrote down before they were killed."""

import json
from collections import Counter

from tests.soak.worker import IMPORTED


class Model:
    """Titles and imports that must be there, and those of which nobody can know."""

    def __init__(self):
        self.titles = set()
        self.open_titles = set()
        self.imports = set()
        self.open_imports = set()
        self.acts = Counter()

    def read(self, file):
        """Take what one process did. Its last act may have happened or not."""
        begun = None
        for line in file.read_text("utf-8").splitlines():
            try:
                said = json.loads(line)
            except ValueError:
                continue
            begun = self._take(said, begun)
        self._leave_open(begun)

    def _take(self, said, begun):
        act = said["act"]
        if act in {"make", "edit", "purge", "import", "undo"}:
            # Without an end, the one before was refused or cut short by a kill.
            self._leave_open(begun)
            return said
        self.acts[act] += 1
        if act in {"made", "edited"}:
            self.titles.add(said["title"])
        if act == "edited":
            self._gone(said["old"])
        elif act == "purged":
            self._gone(said["title"])
        elif act == "imported":
            self.imports.add(said["tag"])
        elif act == "undone":
            self.imports.discard(said["tag"])
        return None

    def _gone(self, title):
        self.titles.discard(title)
        self.open_titles.discard(title)

    def _leave_open(self, begun):
        if begun is None:
            return
        if "tag" in begun:
            self.imports.discard(begun["tag"])
            self.open_imports.add(begun["tag"])
        for title in (begun.get("title"), begun.get("old")):
            if title:
                self.titles.discard(title)
                self.open_titles.add(title)

    def differences(self, titles):
        """Return what of the titles in a storage is not as it has to be, in words."""
        found = {title for title in titles if not title.endswith(" imported")}
        imported = Counter(
            title.removesuffix(" imported") for title in titles if title.endswith(" imported")
        )
        wrong = [f"lost: {title}" for title in sorted(self.titles - found)]
        wrong += [f"too many: {t}" for t in sorted(found - self.titles - self.open_titles)]
        wrong += [f"lost: import {tag}" for tag in sorted(self.imports - imported.keys())]
        wrong += [
            f"import {tag}: {number} of {IMPORTED}"
            for tag, number in imported.items()
            if number != IMPORTED or tag not in self.imports | self.open_imports
        ]
        return wrong
