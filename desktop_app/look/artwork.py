"""The icons as files in one colour each, which Qt's icons and style sheets can name."""

from functools import cache
from pathlib import Path

from PySide6.QtCore import QTemporaryDir

from resources.loader import resource_bytes


class Artwork:
    """A folder of recoloured icons that lasts as long as the program runs."""

    def __init__(self) -> None:
        self._folder = QTemporaryDir()
        self._paths: dict[tuple[str, str], str] = {}

    def path(self, name: str, colour: str) -> str:
        """Return the file that holds an icon in a `#RRGGBB` colour.

        Raises:
            FileNotFoundError: there is no such icon.
        """
        key = (name, colour)
        if key not in self._paths:
            self._paths[key] = self._write(name, colour)
        return self._paths[key]

    def _write(self, name: str, colour: str) -> str:
        path = Path(self._folder.filePath(f"{name}-{colour[1:]}.svg"))
        path.write_bytes(_drawing(name).replace(b"currentColor", colour.encode()))
        return path.as_posix()


@cache
def _drawing(name: str) -> bytes:
    return resource_bytes(f"icons/{name}.svg")
