"""What a person went to stays in sight while things change."""

from db.records import Kind
from db.storage import open_storage
from desktop_app.lists.views import HOMES
from tests.db.factories import make


def test_a_change_leaves_the_pane_at_what_was_gone_to(start, uri, qtbot):
    storage = open_storage(uri)
    task = make(storage, Kind.TASK, title="Split the lexer")
    make(storage, Kind.EXECUTION, task=task.id, turn=1)
    storage.close()
    program = start(uri)
    desk = program.desk
    qtbot.waitUntil(lambda: desk.pages.list is not None)
    desk.pages.show_page(HOMES[Kind.TASK])
    page, pane = desk.pages.list, desk.detail
    qtbot.waitUntil(lambda: page.presenter.total == 1)
    page.selection.choose(page.model.pks[0])
    qtbot.waitUntil(lambda: pane.key == (Kind.TASK, page.model.pks[0]))
    run = (Kind.EXECUTION, 1)
    pane.record_chosen.emit(*run)
    qtbot.waitUntil(lambda: pane.tabs.key == run)

    for act in (lambda: desk.workspace.create(Kind.TASK, {"title": "Another"}), page.refresh):
        with qtbot.waitSignal(page.selection_changed):
            act()
        assert pane.key == run
    qtbot.waitUntil(lambda: page.presenter.total == 2)

    assert pane.key == run
    pane.record_chosen.emit(Kind.TASK, task.pk)
    qtbot.waitUntil(lambda: pane.key == (Kind.TASK, task.pk))
    pane.record_chosen.emit(*run)
    page.table.setFocus()
    page.record_wanted.emit(False)
    qtbot.waitUntil(lambda: pane.key == (Kind.TASK, task.pk))
