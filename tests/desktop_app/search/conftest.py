import pytest

from db.records import Kind
from desktop_app.search.page import SearchPage
from desktop_app.window_state import WindowState
from tests.db.contract.test_hits import import_messages


@pytest.fixture
def state(tmp_path):
    return WindowState(tmp_path / "window.ini")


@pytest.fixture
def make(storage):
    def make_one(kind, **fields):
        return storage.create(kind, fields).changed[kind][0]

    return make_one


@pytest.fixture
def filled(storage, make):
    """A quokka in a task, a learning and two messages."""
    batch = storage.batches.create("Sprint").changed[Kind.BATCH][0]
    (record,) = storage.fetch(Kind.BATCH, [batch])
    make(Kind.TASK, title="Feed the quokka", batch=record.id, status="failed", tags=["zoo"])
    make(Kind.LEARNING, title="Quokkas smile", category="know how", tags=["zoo"])
    make(Kind.BUG, title="Nothing of it")
    import_messages(storage, "I saw a quokka", "Another quokka")


@pytest.fixture
def page(workspace, state, shown):
    made = SearchPage(workspace, state)
    shown(made, 900, 600)
    return made


@pytest.fixture
def find(page, qtbot):
    """Search for a text and wait for all there is to say of it."""

    def find_text(text):
        page.set_text(text)
        qtbot.waitUntil(lambda: not page.is_busy)

    return find_text
