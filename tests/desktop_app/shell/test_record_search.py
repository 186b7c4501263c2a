"""Going to a record of any kind by its id or by words of it."""

import pytest
from PySide6.QtWidgets import QLineEdit, QMainWindow

from db.records import Kind
from desktop_app.record_search import RecordSearch
from tests.db.factories import named, stage_everything

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def window(shown):
    return shown(QMainWindow(), 800, 600)


@pytest.fixture
def gone_to():
    return []


@pytest.fixture
def search(window, workspace, storage, gone_to):
    stage_everything(storage).commit()
    return RecordSearch(workspace, window, lambda *key: gone_to.append(key))


@pytest.mark.parametrize(
    ("kind", "name", "typed"),
    [
        (Kind.BUG, "b1", "crash"),
        (Kind.DESIGN_NOTE, "d1", "old way"),
        (Kind.LEARNING, "l1", "learned"),
        (Kind.CONVERSATION, "c1", "talk"),
        (Kind.STATUS_UPDATE, "s1", "going well"),
        (Kind.EXECUTION, "r1", "r1"),
        (Kind.MESSAGE, "m2", "m2"),
    ],
)
def test_any_kind_of_record_is_gone_to(qtbot, search, gone_to, storage, kind, name, typed):
    field = search.findChild(QLineEdit)
    qtbot.keyClicks(field, typed)
    record = named(storage, kind, name)

    def found():
        return [entry for entry in search._entries if entry.hint.startswith(kind.word)]

    qtbot.waitUntil(lambda: [entry.title for entry in found()] == [record.title])
    found()[0].run()
    assert gone_to == [(kind, record.pk)]
