import pytest

from db.incoming import IncomingBatch, IncomingTask
from db.originals import OriginalWriter
from db.records import Kind
from db.vocabulary import Status
from desktop_app.detail.pane import DetailPane


@pytest.fixture
def shown(shown):
    """Show a widget as large as the pane is."""
    return lambda widget, width=380, height=760: shown(widget, width, height)


@pytest.fixture
def pane(shown, workspace):
    return shown(DetailPane(workspace))


@pytest.fixture
def open_record(qtbot, pane):
    """Show a record in the pane and wait until it is there."""

    def open_one(kind, pk):
        with qtbot.waitSignal(pane.seen_anew):
            pane.show_record(kind, pk)

    return open_one


@pytest.fixture
def settled(qtbot, workspace, pane):
    """Do something, and wait until it is stored and the pane shows it."""

    def settle(act, *args):
        with qtbot.waitSignal(workspace.changed), qtbot.waitSignal(pane.seen_anew):
            act(*args)

    return settle


@pytest.fixture
def make_batch(storage):
    def make(title="Parser refactor", **fields):
        return storage.batches.create(title, **fields).changed[Kind.BATCH][0]

    return make


@pytest.fixture
def make_task(storage):
    def make(title="Split the lexer", **fields):
        return storage.tasks.create({"title": title, **fields}).changed[Kind.TASK][0]

    return make


@pytest.fixture
def task_of(storage):
    """Read a task as it is stored."""
    return storage.tasks.get


@pytest.fixture
def import_task(storage):
    """Import one task from a file with the given bytes; its raw text is all of them."""

    def bring(content, title="Imported"):
        kept = OriginalWriter(storage.originals_folder())
        kept.feed(content)
        sha256, size = kept.finish()
        staging = storage.stage("Import tasks.json")
        staging.begin_file(
            name="tasks.json", path="/x/tasks.json", format_name="generic", origin="generic:1"
        )
        staging.add_batches([IncomingBatch(external_id="b", title="tasks.json")])
        staging.add_tasks(
            [
                IncomingTask(
                    external_id="1",
                    title=title,
                    status=Status.QUEUED,
                    raw=content.decode(),
                    offset=0,
                    length=len(content),
                    batch="b",
                )
            ]
        )
        staging.end_file(sha256=sha256, size=size)
        return staging.commit().changed[Kind.TASK][0]

    return bring
