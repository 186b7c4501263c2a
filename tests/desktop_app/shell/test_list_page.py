from msgspec.structs import replace
from PySide6.QtCore import Qt

from db.query import Period, TaskQuery
from db.records import Kind, Place
from db.times import DAY_US
from db.vocabulary import Status

CTRL = Qt.KeyboardModifier.ControlModifier


def turn(qtbot, page, number):
    with qtbot.waitSignal(page.presenter.page_ready):
        page.turn(number)


def settle(qtbot, page, act):
    with qtbot.waitSignal(page.presenter.ids_ready):
        act()


def shown_titles(page):
    section = page.model.section_of("title")
    return [page.model.index(row, section).data() for row in range(page.model.rowCount())]


def test_a_page_is_a_slice_of_the_list(tasks, qtbot):
    page = tasks.page
    assert list(page.model.pks) == tasks.pks[:50]
    turn(qtbot, page, 2)
    assert list(page.model.pks) == tasks.pks[100:]
    assert page.pager.place_text == "Page 3 of 3"
    assert page.header.count.text() == "120 tasks"


def test_a_page_past_the_end_is_the_last_one(tasks, qtbot):
    page = tasks.page
    settle(qtbot, page, lambda: page.show_query(page.view.query, page=40))
    qtbot.waitUntil(lambda: list(page.model.pks) == tasks.pks[100:])


def test_another_page_size_keeps_the_first_row_in_sight(tasks, qtbot):
    page = tasks.page
    turn(qtbot, page, 1)
    with qtbot.waitSignal(page.presenter.page_ready):
        page.pager.page_size_chosen.emit(20)
    assert page.pager.place_text == "Page 3 of 6"
    assert tasks.pks[50] in page.model.pks


def test_a_click_on_a_header_sorts_and_a_second_one_turns_the_order(tasks, qtbot):
    page = tasks.page
    section = page.model.section_of("title")
    header = page.table.horizontalHeader()
    settle(qtbot, page, lambda: header.sectionClicked.emit(section))
    assert shown_titles(page)[:2] == ["Task 0001", "Task 0002"]
    settle(qtbot, page, lambda: header.sectionClicked.emit(section))
    assert shown_titles(page)[:2] == ["Task 0120", "Task 0119"]


def test_filters_and_words_typed_narrow_the_list_and_can_be_cleared(tasks, storage, qtbot):
    page = tasks.page
    storage.edit_many(Kind.TASK, tasks.pks[:3], {"status": Status.FAILED})
    settle(qtbot, page, lambda: page.set_text("status:failed"))
    assert page.presenter.total == 3
    settle(qtbot, page, lambda: page.set_text("status:failed 0002"))
    assert shown_titles(page) == ["Task 0002"]
    settle(qtbot, page, lambda: page.set_text("status:failed 0099"))
    assert page.panel.isVisible()
    assert page.panel.buttons[0].text() == "Clear filters"
    settle(qtbot, page, page.panel.buttons[0].click)
    assert page.presenter.total == 120


def test_a_chip_sets_a_filter_and_shows_it(tasks, storage, qtbot):
    page = tasks.page
    storage.edit_many(Kind.TASK, tasks.pks[:3], {"status": Status.FAILED})
    filter_, chip = page.filters._chips[0]
    settle(qtbot, page, lambda: page.filters._toggle(filter_, Status.FAILED))
    assert chip.value == "failed"
    assert page.query == TaskQuery(statuses=frozenset({Status.FAILED}))
    settle(qtbot, page, chip.cleared.emit)
    assert chip.value is None


def test_after_an_archive_the_row_that_follows_is_selected(tasks, workspace, qtbot):
    page = tasks.page
    workspace.changed.connect(page.take_outcome)
    page.selection.choose(tasks.pks[5])
    settle(qtbot, page, lambda: workspace.archive(Kind.TASK, page.choice))
    assert tasks.pks[5] not in page.model.pks
    assert page.selection.on_page == [tasks.pks[6]]


def test_everything_that_matches_is_archived_as_one_operation(tasks, storage, workspace, qtbot):
    page = tasks.page
    page.selection.select_all_matching()
    with qtbot.waitSignal(workspace.changed):
        workspace.archive(Kind.TASK, page.choice)
    archived = TaskQuery(places=frozenset({Place.ARCHIVED}))
    assert storage.count(archived) == 120
    storage.history.undo()
    assert storage.count(archived) == 0


def test_new_rows_are_counted_and_do_not_move_what_is_read(tasks, storage, qtbot):
    page = tasks.page
    for number in range(3):
        storage.tasks.create({"title": f"From elsewhere {number}"})
    with qtbot.waitSignal(page.presenter.news):
        page.look_for_news()
    assert page.header.news.text() == "3 new"
    assert list(page.model.pks) == tasks.pks[:50]
    settle(qtbot, page, page.header.news.click)
    assert page.header.news.isHidden()
    assert shown_titles(page)[0].startswith("From elsewhere")


def test_a_change_of_a_row_in_sight_shows_without_a_word(tasks, storage, qtbot):
    page = tasks.page
    settle(qtbot, page, lambda: page.show_query(replace(page.view.query, sort="title")))
    record = page.presenter.page.records[page.model.pks[0]]
    storage.edit(Kind.TASK, record.pk, {"priority": 0}, seen_version=record.version)
    settle(qtbot, page, page.look_for_news)
    assert page.model.index(0, page.model.section_of("priority")).data() == "Highest"
    assert page.header.news.isHidden()


def test_next_and_previous_follow_the_list_over_its_pages(tasks, qtbot):
    page = tasks.page
    page.selection.choose(tasks.pks[49])
    with qtbot.waitSignal(page.presenter.page_ready):
        page.step(1)
    assert page.selection.on_page == [tasks.pks[50]]
    with qtbot.waitSignal(page.presenter.page_ready):
        page.step(-1)
    assert page.selection.on_page == [tasks.pks[49]]


def test_a_list_that_is_left_comes_back_as_it_was(tasks, open_page, qtbot):
    page = tasks.page
    settle(
        qtbot, page, lambda: page.show_query(replace(page.view.query, sort="title"), "task", 1)
    )
    page.selection.choose(page.model.pks[7])
    state = page.save()
    again = open_page("tasks")
    settle(qtbot, again, lambda: again.restore(state))
    assert again.query == page.query
    assert again.presenter.page.number == 1
    assert again.selection.on_page == page.selection.on_page


def test_an_empty_list_says_so_and_offers_a_next_step(open_page, qtbot):
    page = open_page("batches")
    assert page.panel.isVisible()
    assert [button.text() for button in page.panel.buttons] == [
        "Import…",
        "New batch…",
        "Explore the sample",
    ]
    with qtbot.waitSignal(page.action_wanted) as wanted:
        page.panel.buttons[0].click()
    assert wanted.args == ["file.import"]


def test_a_list_of_which_all_is_archived_says_so_and_leads_there(tasks, storage, qtbot):
    page = tasks.page
    storage.move(Kind.TASK, tasks.pks, Place.ARCHIVED)
    settle(qtbot, page, page.refresh)
    qtbot.waitUntil(lambda: page.panel.accessibleName() == "All tasks are archived")
    (button,) = page.panel.buttons
    assert button.text() == "Show 120 archived"
    with qtbot.waitSignal(page.view_wanted) as wanted:
        button.click()
    assert wanted.args == ["archived-tasks"]


def test_what_finds_nothing_is_said_in_the_words_of_its_chips(tasks, storage, batch_pks, qtbot):
    page = tasks.page
    (batch,) = storage.fetch(Kind.BATCH, batch_pks())
    query = TaskQuery(
        batch_id=batch.id,
        statuses=frozenset({Status.FAILED}),
        updated=Period(younger_than=DAY_US),
    )
    settle(qtbot, page, lambda: page.show_query(query, "parser"))
    said = "Status: failed · Batch: Made · updated:<1d · parser"
    qtbot.waitUntil(lambda: page.panel.accessibleDescription() == said)


def test_where_the_archive_has_matches_they_are_offered(tasks, storage, qtbot):
    page = tasks.page
    storage.move(Kind.TASK, tasks.pks[:3], Place.ARCHIVED)
    settle(qtbot, page, page.refresh)
    settle(qtbot, page, lambda: page.set_text("0002"))
    qtbot.waitUntil(lambda: len(page.panel.buttons) == 2)
    assert page.panel.buttons[1].text() == "Search archived too (1)"
    settle(qtbot, page, page.panel.buttons[1].click)
    assert shown_titles(page) == ["Task 0002"]
    assert page.text == "0002 is:kept"
    settle(qtbot, page, page.clear_filters)
    assert page.presenter.total == 117


def test_enter_acts_on_the_current_row_although_it_is_not_selected(tasks, qtbot):
    page = tasks.page
    page.selection.choose(tasks.pks[0])
    qtbot.keyClick(page.table, Qt.Key.Key_Down, CTRL)
    with qtbot.waitSignal(page.record_wanted) as wanted:
        qtbot.keyClick(page.table, Qt.Key.Key_Return)
    assert wanted.args == [False]
    assert list(page.choice) == [tasks.pks[1]]


def test_a_list_that_is_read_again_stays_where_it_was(tasks, workspace, qtbot):
    page = tasks.page
    workspace.changed.connect(page.refresh)
    bar = page.table.verticalScrollBar()
    page.selection.choose(tasks.pks[30])
    bar.setValue(page.table.rowHeight(0) * 20)
    place = bar.value()
    assert place > 0
    settle(qtbot, page, lambda: workspace.trash(Kind.TASK, [tasks.pks[30]]))
    assert bar.value() == place
    page.expect([tasks.pks[30]])
    settle(qtbot, page, workspace.undo)
    assert bar.value() == place
    assert list(page.choice) == [tasks.pks[30]]


def test_a_record_that_is_sought_is_selected_on_whichever_page_it_is(tasks, qtbot):
    page = tasks.page
    page.seek(tasks.pks[110])
    page.refresh()
    qtbot.waitUntil(lambda: list(page.choice) == [tasks.pks[110]])
    assert page.presenter.page.number == 2


def test_a_record_that_is_sought_and_filtered_out_is_said_to_be_hidden(tasks, qtbot):
    page = tasks.page
    page.set_text("0002")
    page.seek(tasks.pks[110])
    with qtbot.waitSignal(page.record_hidden) as hidden:
        page.refresh()
    assert hidden.args == [tasks.pks[110]]
