"""Task Master's `tasks.json` as a format."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from db.exchange.document import Document, Sample
from db.exchange.formats import taskmaster_reader, taskmaster_writer
from db.exchange.formats.base import Incoming, Pieces, Selection
from db.ports import Storage


class TaskMaster:
    """Reads and writes Task Master files."""

    name = taskmaster_reader.NAME
    title = "Task Master tasks.json"
    suffix = ".json"
    loses = (
        "times, tags of tasks, links other than dependencies, and names and numbers that tags"
        " and tasks of several files share: the first keeps it"
    )

    def recognise(self, sample: Sample) -> float:
        """Return how sure it is that the start of a file is in this format."""
        return taskmaster_reader.recognise(sample)

    def read(self, document: Document) -> Iterator[Incoming]:
        """Yield each tag as a batch, and its tasks and subtasks."""
        return taskmaster_reader.read(document)

    def write(self, storage: Storage, selection: Selection) -> Pieces:
        """Yield a file with a tag for each batch."""
        return taskmaster_writer.write(storage, selection)


TASK_MASTER: Final = TaskMaster()
