"""One process of a soak: does random things to a storage and writes down what it did.

    python -m tests.soak.worker STORAGE NAME SEED

It works on its own tasks only, so it knows how each has to be. `NAME.jsonl` beside the
storage gets a line before and after each act, in time to survive a kill.
"""

import json
import random
import sys
from contextlib import suppress
from pathlib import Path

from db.errors import SheafError, StorageBusyError
from db.exchange.exporting import export
from db.exchange.importing import stage_import
from db.maintenance.backups import Backups
from db.maintenance.manifest import BackupKind
from db.query import TaskQuery
from db.records import Kind, Place
from db.storage import open_storage
from tests.db.factories import write_lines

IMPORTED = 40


class Worker:
    def __init__(self, path, name, seed):
        self.path = path
        self.name = name
        self.chance = random.Random(seed)  # noqa: S311 - to be repeated
        self.number = 0
        self.said = path.with_name(f"{name}.jsonl").open("a", encoding="utf-8")
        self.storage = open_storage(str(path))
        self.storage.recover()
        self.mine = {}

    def say(self, **line):
        self.said.write(json.dumps(line) + "\n")
        self.said.flush()

    def run(self):
        acts = (self.make, self.make, self.edit, self.edit, self.trash, self.purge)
        rare = (self.take_in, self.take_in_and_undo, self.export, self.back_up, self.reopen)
        while True:
            act = self.chance.choice(acts if self.chance.random() < 0.93 else rare)
            with suppress(StorageBusyError):
                act()
            if self.number % 5 == 0:
                self.storage.find(TaskQuery(text=self.name), 20)

    def make(self):
        self.number += 1
        title = f"{self.name} {self.number}"
        self.say(act="make", title=title)
        (pk,) = self.storage.tasks.create({"title": title}).changed[Kind.TASK]
        self.mine[pk] = title
        self.say(act="made", title=title)

    def edit(self):
        if not self.mine:
            return
        pk = self.chance.choice(list(self.mine))
        self.number += 1
        old, new = self.mine[pk], f"{self.name} {self.number}"
        self.say(act="edit", title=new, old=old)
        version = self.storage.tasks.get(pk).record.version
        self.storage.edit(Kind.TASK, pk, {"title": new}, seen_version=version)
        self.mine[pk] = new
        self.say(act="edited", title=new, old=old)

    def trash(self):
        if self.mine:
            pk = self.chance.choice(list(self.mine))
            self.storage.move(Kind.TASK, [pk], self.chance.choice((Place.TRASHED, Place.LIVE)))

    def purge(self):
        if len(self.mine) < 20:
            return
        pk = self.chance.choice(list(self.mine))
        self.say(act="purge", title=self.mine[pk])
        self.storage.purge(Kind.TASK, [pk])
        self.say(act="purged", title=self.mine.pop(pk))

    def _import(self):
        self.number += 1
        tag = f"{self.name}-{self.number}"
        rows = [{"id": f"{tag}-{n}", "title": f"{tag} imported"} for n in range(IMPORTED)]
        file = write_lines(self.path.with_name(f"{tag}.jsonl.in"), rows)
        self.say(act="import", tag=tag)
        operation = stage_import(self.storage, [file]).commit().operation
        self.say(act="imported", tag=tag)
        file.unlink()
        return tag, operation

    def take_in(self):
        self._import()

    def take_in_and_undo(self):
        tag, operation = self._import()
        self.say(act="undo", tag=tag)
        self.storage.history.undo(operation.pk)
        self.say(act="undone", tag=tag)

    def export(self):
        target = self.path.with_name(f"{self.name}.export.json")
        with suppress(SheafError):
            export(self.storage, "sheaf", target)
        json.loads(target.read_bytes())

    def back_up(self):
        with suppress(SheafError):
            Backups(self.storage).make(BackupKind.MANUAL)

    def reopen(self):
        self.storage.close()
        self.storage = open_storage(str(self.path))


if __name__ == "__main__":
    Worker(Path(sys.argv[1]), sys.argv[2], sys.argv[3]).run()
