"""A package that adds a format, as an installer puts it into a folder."""

MODULE = '''
"""Plans of one line a task: `[x] title`, below the line that says `PLAN`."""

from db.incoming import IncomingTask
from db.records import Kind
from db.vocabulary import Status


class PlanLines:
    name = "plan-lines"
    title = "Plan of lines"
    suffix = ".plan"
    loses = "all but titles, and what is done"
    reads_text = True
    kinds = frozenset({Kind.TASK})

    def recognise(self, sample):
        return 1.0 if sample.shape == "text" and sample.text.startswith("PLAN\\n") else 0.0

    def read(self, document):
        text, place = document.text(), 0
        for number, line in enumerate(text.splitlines(keepends=True)):
            if number:
                yield IncomingTask(
                    external_id=f"line {number}",
                    title=line[4:].strip(),
                    status=Status.SUCCEEDED if line[1] == "x" else Status.QUEUED,
                    raw=f'"{line.strip()}"',
                    offset=place,
                    length=len(line.encode()),
                )
            place += len(line.encode())

    def write(self, storage, selection):
        yield b"PLAN\\n", 0
        for detail in storage.task_details(selection.tasks):
            mark = "x" if detail.record.status is Status.SUCCEEDED else " "
            yield f"[{mark}] {detail.record.title}\\n".encode(), 1


PLAN_LINES = PlanLines()
'''


def install(folder, target):
    """Put a package into a folder the way pip does: its module, and what says so."""
    told = folder / "plan_lines-1.0.dist-info"
    told.mkdir(parents=True)
    (folder / "plan_lines.py").write_text(MODULE)
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: plan-lines\nVersion: 1.0\n")
    (told / "entry_points.txt").write_text(f"[sheaf.formats]\nplan-lines = {target}\n")
    return folder


def failing(folder, method):
    """Install the package with a method that raises something of its own."""
    install(folder, "plan_lines:PLAN_LINES")
    with (folder / "plan_lines.py").open("a") as module:
        module.write("\n\ndef broken(self, given):\n    raise KeyError('not today')\n")
        module.write(f"PlanLines.{method} = broken\n")
