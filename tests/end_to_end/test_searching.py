"""Searching everything, in the window as it is."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtPrintSupport import QPrintDialog
from PySide6.QtWidgets import QApplication, QLabel, QToolButton

from db.query import QUERIES, MessageQuery
from db.records import Kind, Place
from db.storage import open_storage
from desktop_app.actions.ids import ActionId as Do
from desktop_app.detail.window import DetailWindow
from desktop_app.dialogs.new_record import NewDialog
from desktop_app.dialogs.purge import PurgeDialog
from desktop_app.reading.compare_window import CompareWindow
from desktop_app.search.page import SearchPage
from tests.db.contract.test_hits import import_messages


@pytest.fixture
def program(start, filled, qtbot):
    """The program with a quokka in a message and in a run."""
    storage = open_storage(filled)
    import_messages(storage, *(["Nothing of it"] * 5), "I saw a quokka there")
    (task,) = storage.create(Kind.TASK, {"title": "Watch"}).changed[Kind.TASK]
    (record,) = storage.fetch(Kind.TASK, [task])
    storage.create(
        Kind.EXECUTION, {"task": record.id, "title": "Try", "description": "The quokka ran."}
    )
    storage.close()
    program = start(filled)
    qtbot.waitUntil(lambda: program.desk.pages.list is not None)
    program.window.activateWindow()
    qtbot.waitUntil(program.window.isActiveWindow)
    return program


@pytest.fixture
def page(program, qtbot):
    """The search page with what it finds of the quokka, the first hit chosen."""
    program.window.registry[Do.SEARCH_ALL].trigger()
    search = program.window.top.search
    qtbot.waitUntil(search.hasFocus)
    qtbot.keyClicks(search, "quokka")
    qtbot.keyClick(search, Qt.Key.Key_Return)
    page = program.desk.pages.page
    assert isinstance(page, SearchPage)
    qtbot.waitUntil(lambda: not page.is_busy and page.chosen is not None)
    return page


def test_the_one_search_field_searches_everything_and_what_is_chosen_is_shown(
    program, page, qtbot
):
    assert page.table.hasFocus()
    assert page.chosen.kind is Kind.MESSAGE
    pk = page.chosen.record.pk
    qtbot.waitUntil(lambda: program.desk.detail.key == (Kind.MESSAGE, pk))


def test_the_pane_shows_the_first_of_what_another_text_finds_or_nothing(program, page, qtbot):
    detail, search = program.desk.detail, program.window.top.search
    page.table.setCurrentIndex(page.model.index(page.model.place_of((Kind.EXECUTION, 1))))
    qtbot.waitUntil(lambda: detail.key == (Kind.EXECUTION, 1))

    search.setFocus()
    search.selectAll()
    qtbot.keyClicks(search, "watch in:tasks")
    qtbot.waitUntil(lambda: page.chosen is not None and page.chosen.record.title == "Watch")
    qtbot.waitUntil(lambda: detail.key == page.chosen_key)
    assert search.hasFocus()

    search.selectAll()
    qtbot.keyClicks(search, "zebra")
    qtbot.waitUntil(lambda: detail.key is None)


def test_enter_lands_in_the_conversation_and_esc_leads_back(program, page, qtbot):
    conversation = page.chosen.record.conversation_pk
    qtbot.keyClick(page.table, Qt.Key.Key_Return)

    detail = program.desk.detail
    qtbot.waitUntil(lambda: detail.key == (Kind.CONVERSATION, conversation))
    qtbot.waitUntil(lambda: not page.table.hasFocus())
    program.window.escaped.emit()
    assert page.table.hasFocus()
    assert detail.key == (Kind.CONVERSATION, conversation)
    program.window.escaped.emit()
    assert program.desk.pages.key == "batches"
    assert program.window.top.search.text() == ""


def entries_of_more(pane):
    """Open the menu below a record, and return its entries by their titles."""
    more = next(
        button
        for button in pane.footer.findChildren(QToolButton)
        if button.accessibleName() == "More actions"
    )
    more.menu().aboutToShow.emit()
    return {entry.text().replace("&", ""): entry for entry in more.menu().actions()}


def says(widget, words):
    return any(words in label.text() for label in widget.findChildren(QLabel))


def read_in_conversation(program, page, qtbot):
    """Go from the message that is chosen to its conversation; return the pk of that."""
    detail, message = program.desk.detail, page.chosen.record
    qtbot.waitUntil(lambda: detail.tabs.key == (Kind.MESSAGE, message.pk))
    detail.tabs.view("Message").go.click()
    qtbot.waitUntil(lambda: detail.tabs.key == (Kind.CONVERSATION, message.conversation_pk))
    return message.conversation_pk


def test_the_menu_below_a_record_acts_on_it_and_not_on_the_hit(program, page, qtbot):
    pk = read_in_conversation(program, page, qtbot)
    detail, storage = program.desk.detail, program.desk.workspace.storage
    assert "Keep as learning…" not in entries_of_more(detail)

    entries_of_more(detail)["Delete permanently…"].trigger()
    dialog = program.window.findChild(PurgeDialog)
    qtbot.waitUntil(lambda: says(dialog, "1 conversation"))
    dialog.reject()
    entries_of_more(detail)["Move to trash"].trigger()

    qtbot.waitUntil(lambda: storage.fetch(Kind.CONVERSATION, [pk])[0].place is Place.TRASHED)


def test_the_menu_in_a_window_of_its_own_acts_on_what_that_shows(program, page, qtbot):
    task = choose_task(program, page, qtbot)
    qtbot.keyClick(page.table, Qt.Key.Key_F4)
    (window,) = program.window.findChildren(DetailWindow)
    qtbot.waitUntil(lambda: window.pane.tabs.key == (Kind.TASK, task.pk))
    window.pane.show_record(Kind.EXECUTION, 1)
    qtbot.waitUntil(lambda: window.pane.tabs.key == (Kind.EXECUTION, 1))

    entries_of_more(window.pane)["Copy id"].trigger()

    (run,) = program.desk.workspace.storage.fetch(Kind.EXECUTION, [1])
    assert QApplication.clipboard().text() == run.id


def test_two_hits_are_compared_one_after_the_other(program, page, qtbot):
    compare = program.window.registry[Do.COMPARE]
    qtbot.waitUntil(compare.isEnabled)
    compare.trigger()
    qtbot.waitUntil(lambda: "waits" in program.window.toast.text)
    page.table.setCurrentIndex(page.model.index(page.model.place_of((Kind.EXECUTION, 1))))
    qtbot.waitUntil(lambda: "message 6" in compare.text())

    compare.trigger()

    window = program.window.findChild(CompareWindow)
    for title in ("The talk · message 6", "Watch · "):
        qtbot.waitUntil(lambda title=title: says(window, title))
    assert compare.text().replace("&", "") == "Compare with…"
    assert program.window.toast.isHidden()


def test_any_two_messages_of_a_conversation_are_compared(program, page, qtbot):
    read_in_conversation(program, page, qtbot)
    thread = program.desk.detail.tabs.view("Thread")
    qtbot.waitUntil(lambda: thread.canvas.thread is not None)
    thread.canvas.setFocus()
    qtbot.keyClick(thread.canvas, Qt.Key.Key_Home)
    qtbot.keyClick(thread.canvas, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: "waits" in program.window.toast.text)
    qtbot.keyClick(thread.canvas, Qt.Key.Key_End)
    qtbot.keyClick(thread.canvas, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)

    window = program.window.findChild(CompareWindow)
    for title in ("The talk · message 1", "The talk · message 6"):
        qtbot.waitUntil(lambda title=title: says(window, title))


def test_a_run_is_opened_at_its_text(program, page, qtbot):
    page.table.setCurrentIndex(page.model.index(page.model.place_of((Kind.EXECUTION, 1))))
    qtbot.keyClick(page.table, Qt.Key.Key_Return)

    detail = program.desk.detail
    qtbot.waitUntil(lambda: detail.key == (Kind.EXECUTION, 1))


def test_f4_opens_a_window_of_its_own(program, page, qtbot):
    qtbot.keyClick(page.table, Qt.Key.Key_F4)

    qtbot.waitUntil(lambda: bool(program.window.findChildren(DetailWindow)))


def test_all_in_the_list_takes_the_text_along(program, page, qtbot):
    page._toggle("in:runs")
    qtbot.waitUntil(lambda: not page.is_busy)
    page.table.setCurrentIndex(page.model.index(2))
    qtbot.keyClick(page.table, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: program.desk.pages.list is not None)
    shown = program.desk.pages.list
    assert (shown.kind, shown.text) == (Kind.EXECUTION, "quokka")
    qtbot.waitUntil(lambda: shown.presenter.total == 1)
    program.window.registry[Do.BACK].trigger()
    assert program.desk.pages.page is page


def test_what_is_typed_in_a_list_is_taken_along_to_everything(program, qtbot):
    search = program.window.top.search
    search.setFocus()
    qtbot.keyClicks(search, "saw")

    program.window.registry[Do.SEARCH_ALL].trigger()

    page = program.desk.pages.page
    assert page.text == "saw"
    qtbot.waitUntil(lambda: not page.is_busy)
    assert [row.words for row in page.model.rows if row.hit] == ["Message 5"]
    assert search.hasSelectedText()


def choose_task(program, page, qtbot):
    """Choose the hit that is a task, with the focus on the results."""
    page.set_text("Task in:tasks")
    page.enter()
    qtbot.waitUntil(lambda: not page.is_busy and page.kind is Kind.TASK)
    qtbot.waitUntil(lambda: page.chosen_count == 1)
    qtbot.waitUntil(program.window.registry[Do.ARCHIVE].isEnabled)
    return page.chosen_record


def test_what_a_list_does_to_its_record_is_done_to_the_hit(program, page, qtbot):
    task = choose_task(program, page, qtbot)
    registry, storage = program.window.registry, program.desk.workspace.storage
    registry[Do.COPY_ID].trigger()
    assert QApplication.clipboard().text() == task.id
    registry[Do.COPY_RECORD].trigger()
    qtbot.waitUntil(lambda: QApplication.clipboard().text().startswith(f"# {task.title}"))

    qtbot.keyClick(page.table, Qt.Key.Key_E)

    qtbot.waitUntil(lambda: storage.fetch(Kind.TASK, [task.pk])[0].place is Place.ARCHIVED)
    qtbot.waitUntil(lambda: registry.title(Do.ARCHIVE) == "Unarchive")
    assert page.chosen_key == (Kind.TASK, task.pk)
    for action in (Do.PRINT, Do.SAVE_PDF, Do.RENAME, Do.OPEN_WINDOW, Do.TRASH, Do.SHOW_TASKS):
        assert registry[action].isEnabled()
    for action in (Do.SELECT_NONE, Do.COPY, Do.KEEP_LEARNING):
        assert not registry[action].isEnabled()


def test_the_next_record_is_the_next_hit(program, page, qtbot):
    first = choose_task(program, page, qtbot)
    program.window.registry[Do.NEXT_RECORD].trigger()
    assert page.chosen_key not in {None, (Kind.TASK, first.pk)}
    qtbot.waitUntil(lambda: program.desk.detail.key == page.chosen_key)
    program.window.registry[Do.PREVIOUS_RECORD].trigger()
    assert page.chosen_key == (Kind.TASK, first.pk)


def test_back_leads_from_an_opened_hit_to_the_hit(program, page, qtbot):
    key, conversation = page.chosen_key, page.chosen_record.conversation_pk
    detail = program.desk.detail
    qtbot.keyClick(page.table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: detail.key == (Kind.CONVERSATION, conversation))

    program.window.registry[Do.BACK].trigger()

    assert program.desk.pages.page is page
    assert page.table.hasFocus()
    assert page.chosen_key == detail.key == key


def test_back_leads_to_what_was_searched_for_then(program, page, qtbot):
    key, registry, pages = page.chosen_key, program.window.registry, program.desk.pages
    pages.show_page("tasks")
    pages.search_everything("Batch")
    qtbot.waitUntil(lambda: not page.is_busy)

    registry[Do.BACK].trigger()
    registry[Do.BACK].trigger()

    qtbot.waitUntil(lambda: page.chosen_key == key)
    assert program.window.top.search.text() == page.text == "quokka"


def test_a_click_on_the_entry_lets_one_type_at_once(program, qtbot):
    sidebar = program.window.sidebar
    item = next(
        sidebar.item(row)
        for row in range(sidebar.count())
        if sidebar.item(row).text() == "Search everything"
    )
    where = sidebar.visualItemRect(item).center()
    qtbot.mouseClick(sidebar.viewport(), Qt.MouseButton.LeftButton, pos=where)

    assert isinstance(program.desk.pages.page, SearchPage)
    assert program.window.top.search.hasFocus()


def test_a_message_that_is_chosen_has_the_match_marked(program, page, qtbot):
    detail = program.desk.detail
    qtbot.waitUntil(lambda: detail.key == page.chosen_key)
    canvas = detail.tabs.view("Message").canvas
    qtbot.waitUntil(lambda: canvas.detail is not None)
    qtbot.waitUntil(lambda: bool(canvas.marks.to_paint(canvas.rows.documents[canvas.entry.pk])))


def test_a_message_is_kept_as_learning_with_its_text_as_evidence(program, page, qtbot):
    qtbot.waitUntil(program.window.registry[Do.KEEP_LEARNING].isEnabled)
    program.window.registry[Do.KEEP_LEARNING].trigger()

    qtbot.waitUntil(lambda: bool(program.window.findChildren(NewDialog)))
    (dialog,) = program.window.findChildren(NewDialog)
    assert dialog["title"].text() == "I saw a quokka there"
    assert dialog["description"].toPlainText() == "I saw a quokka there"
    assert dialog.note.text() == "Evidence: message 6 of “The talk”."
    dialog.reject()


def test_a_window_of_its_own_prints(program, page, qtbot):
    program.window.registry[Do.OPEN_WINDOW].trigger()
    window = program.window.findChild(DetailWindow)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier

    qtbot.keyClick(window, Qt.Key.Key_P, keys)

    qtbot.waitUntil(lambda: window.findChild(QPrintDialog) is not None)
    window.findChild(QPrintDialog).reject()


def test_back_from_what_was_found_in_a_list_leads_to_the_search(program, page, qtbot):
    page.list_wanted.emit(MessageQuery(), "quokka")
    assert program.desk.pages.key == "messages"
    assert program.desk.pages.list.text == "quokka"
    program.desk.pages.step(-1)
    assert program.desk.pages.page is page
    qtbot.waitUntil(lambda: page.text == "quokka")


@pytest.mark.parametrize("kind", [Kind.TASK, Kind.EXECUTION, Kind.CONVERSATION])
def test_a_window_of_its_own_begins_in_the_text_and_finds_from_anywhere(program, qtbot, kind):
    storage = program.desk.workspace.storage
    (pk,) = storage.ids(QUERIES[kind](), 1)
    if kind is Kind.TASK:
        storage.edit(kind, pk, {"description": "All of it"}, seen_version=1)
    program.desk.tools._open_window(kind, pk, None)
    window = program.window.findChild(DetailWindow)
    pane = window.pane
    qtbot.waitUntil(lambda: pane.tabs.key == (kind, pk))
    view = pane.tabs.view(pane.tabs.name)
    qtbot.waitUntil(lambda: view.isAncestorOf(window.focusWidget()))
    pane.header.title.setFocus()
    pane.open_find()
    bar = view.finder.bar if kind is Kind.CONVERSATION else view.find_bar
    qtbot.waitUntil(bar.isVisible)
    qtbot.waitUntil(lambda: bar.isAncestorOf(window.focusWidget()))
    window.close()


def test_a_window_of_its_own_says_what_waits_to_be_compared(program, page, qtbot):
    program.desk.tools._open_window(Kind.EXECUTION, 1, None)
    window = program.window.findChild(DetailWindow)
    qtbot.waitUntil(lambda: window.pane.tabs.key == (Kind.EXECUTION, 1))
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.pane.act(Do.COMPARE)
    qtbot.waitUntil(lambda: "waits" in window.toast.text)
    window.close()


def test_what_a_list_was_searched_for_is_marked_in_the_details(start, uri, qtbot):
    program = start(uri)
    storage, window = program.desk.workspace.storage, program.window
    text = "A line.\n\n" * 300 + "Feed the quokka."
    (pk,) = storage.create(Kind.BUG, {"title": "Bug", "steps": text}).changed[Kind.BUG]
    window.show_lists()
    program.desk.pages.show_page("bugs")
    page, tabs = program.desk.pages.list, program.desk.detail.tabs

    def search(words):
        page.show_query(page.base, words)
        qtbot.waitUntil(lambda: not page.presenter.is_busy and page.presenter.total == 1)
        page.selection.choose(pk)

    search("quokka")
    qtbot.waitUntil(lambda: tabs.key == (Kind.BUG, pk) and tabs.name == "Steps")
    view = tabs.view("Steps")
    qtbot.waitUntil(lambda: len(view.reader.markdown.extraSelections()) == 1)
    bar = view.reader.markdown.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.value() > bar.maximum() // 2)

    search("line")
    qtbot.waitUntil(lambda: len(view.reader.markdown.extraSelections()) > 1)
    search("bug")
    qtbot.waitUntil(lambda: view.reader.markdown.extraSelections() == [])
    search("quokka")
    qtbot.waitUntil(lambda: len(view.reader.markdown.extraSelections()) == 1)
    search("")
    qtbot.waitUntil(lambda: view.reader.markdown.extraSelections() == [])
    assert view.find_bar.isHidden()
