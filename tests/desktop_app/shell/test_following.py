"""Watched folders in the window: what appears in them is imported without a question."""

import json

import pytest

from db.exchange.watching import WatchedFolder, keep_watched_folders, watched_folders
from db.query import TaskQuery
from db.storage import open_storage
from desktop_app.following.dialog import WatchedFoldersDialog
from desktop_app.following.model import Following
from desktop_app.following.question import FollowQuestion
from desktop_app.widgets.banner import Banner
from desktop_app.window_state import WindowState
from desktop_app.workspace import Workspace


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "sessions"
    folder.mkdir()
    return folder


@pytest.fixture
def state(tmp_path):
    return WindowState(tmp_path / "window.ini")


@pytest.fixture
def follow(workspace, state):
    """Make what follows the folders of a workspace, as each start does."""
    made = []

    def make():
        made.append(Following(workspace, state, workspace))
        return made[-1]

    yield make
    for each in made:
        each.stop()


@pytest.fixture
def following(follow):
    return follow()


@pytest.fixture
def dialog(following, qtbot):
    dialog = WatchedFoldersDialog(following)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def put(path, *names):
    path.write_text(json.dumps([{"id": each, "title": each} for each in names]))


def rows(dialog):
    return [
        [dialog.list.topLevelItem(row).text(column) for column in range(2)]
        for row in range(dialog.list.topLevelItemCount())
    ]


def count(storage):
    return storage.count(TaskQuery())


def test_what_a_folder_has_is_imported_and_can_be_taken_back(following, folder, storage, qtbot):
    put(folder / "a.json", "a", "b")

    following.add(folder)

    qtbot.waitUntil(lambda: following.said == "Imported 3 records from a.json", timeout=10_000)
    assert count(storage) == 2
    assert following.folders[0].imported_at is not None
    storage.history.undo()
    assert count(storage) == 0


def test_a_file_that_appears_later_is_imported_too(following, folder, storage, qtbot):
    following.add(folder)
    qtbot.waitUntil(lambda: following.said == "Following 1 folder", timeout=10_000)
    put(folder / "later.json", "a")
    qtbot.waitUntil(lambda: count(storage) == 1, timeout=20_000)


def test_what_cannot_be_used_is_set_aside(following, folder, storage, qtbot):
    (folder / "bad.jsonl").write_text('{"id": 1}\n{"id": }\n{"id": 2}\n')
    following.add(folder)

    said = "Imported 3 records from bad.jsonl, 1 set aside"
    qtbot.waitUntil(lambda: following.said == said, timeout=10_000)
    assert storage.tray.count() == 1


def test_a_folder_that_cannot_be_followed_needs_attention_until_it_can(
    following, dialog, folder, storage, qtbot
):
    folder.rmdir()
    following.add(folder)

    qtbot.waitUntil(lambda: "needs attention" in following.said, timeout=10_000)
    assert rows(dialog) == [[str(folder), "Needs attention"]]
    assert f"{folder} cannot be read" in dialog.trouble.text()

    folder.mkdir()
    put(folder / "a.json", "a")
    qtbot.waitUntil(lambda: rows(dialog) == [[str(folder), "Followed"]], timeout=20_000)
    qtbot.waitUntil(lambda: count(storage) == 1, timeout=20_000)


def test_a_file_that_cannot_be_read_needs_attention_whatever_else_comes(
    following, dialog, folder, storage, qtbot
):
    (folder / "bad.json").write_text("{still broken")
    put(folder / "good.json", "a")
    following.add(folder)

    qtbot.waitUntil(lambda: "needs attention" in following.said, timeout=10_000)
    assert count(storage) == 1
    assert "bad.json" in dialog.trouble.text()

    put(folder / "later.json", "b")
    qtbot.waitUntil(lambda: count(storage) == 2, timeout=20_000)
    assert rows(dialog) == [[str(folder), "Needs attention"]]

    (folder / "bad.json").unlink()
    qtbot.waitUntil(lambda: rows(dialog) == [[str(folder), "Followed"]], timeout=20_000)


def test_a_paused_folder_is_let_alone_until_it_goes_on(
    following, dialog, folder, storage, qtbot
):
    keep_watched_folders(storage, [WatchedFolder(str(folder), is_paused=True)])
    put(folder / "a.json", "a")
    following.begin()
    qtbot.waitUntil(lambda: rows(dialog) == [[str(folder), "Paused"]], timeout=10_000)
    assert count(storage) == 0

    dialog.pause.click()

    qtbot.waitUntil(lambda: count(storage) == 1, timeout=10_000)
    assert watched_folders(storage) == (WatchedFolder(str(folder)),)
    assert rows(dialog) == [[str(folder), "Followed"]]


def test_a_removed_folder_is_forgotten_and_what_came_from_it_stays(
    following, dialog, folder, storage, qtbot
):
    put(folder / "a.json", "a")
    following.add(folder)
    qtbot.waitUntil(lambda: count(storage) == 1, timeout=10_000)

    dialog.remove.click()

    qtbot.waitUntil(lambda: rows(dialog) == [], timeout=10_000)
    assert watched_folders(storage) == ()
    assert count(storage) == 1
    assert "No folder is watched" in dialog.trouble.text()
    assert not dialog.pause.isEnabled()


def test_a_folder_is_listed_once(following, folder, qtbot):
    following.add(folder)
    qtbot.waitUntil(lambda: len(following.folders) == 1, timeout=10_000)
    following.add(folder)
    assert len(following.folders) == 1


@pytest.fixture
def ribbon(following, shown):
    banner = shown(Banner())
    banner.hide()
    FollowQuestion(following, banner, lambda: None)
    return banner


@pytest.fixture
def named(folder, storage):
    """Put a folder with a file into what a workspace wants to be followed."""
    put(folder / "a.json", "a")
    keep_watched_folders(storage, [WatchedFolder(str(folder))])
    return folder


def test_a_folder_that_only_the_workspace_names_is_not_read_without_consent(
    following, dialog, ribbon, named, storage, qtbot
):
    with qtbot.waitSignal(following.found):
        following.begin()

    assert following.said == "1 folder waits for your answer"
    assert rows(dialog) == [[str(named), "Waits for your answer"]]
    assert "Nothing in it is read until you choose Follow" in dialog.trouble.text()
    assert str(named) in ribbon.text
    assert not following._timer.isActive()
    assert following._request is None
    assert count(storage) == 0


def test_it_is_followed_once_somebody_agreed_and_from_then_on(
    following, follow, ribbon, named, storage, qtbot
):
    with qtbot.waitSignal(following.found):
        following.begin()
    ribbon.buttons[0].click()
    qtbot.waitUntil(lambda: count(storage) == 1, timeout=10_000)
    assert ribbon.isHidden()
    following.stop()

    put(named / "b.json", "b")
    follow().begin()

    qtbot.waitUntil(lambda: count(storage) == 2, timeout=10_000)


def test_to_agree_in_the_list_answers_the_question(
    following, dialog, ribbon, named, storage, qtbot
):
    with qtbot.waitSignal(following.found):
        following.begin()
    assert dialog.pause.text() == "Follow"

    dialog.pause.click()

    qtbot.waitUntil(lambda: count(storage) == 1, timeout=10_000)
    assert ribbon.isHidden()
    assert rows(dialog) == [[str(named), "Followed"]]


def test_another_workspace_has_to_ask_again(following, state, named, storage, qtbot, tmp_path):
    following.add(named)
    qtbot.waitUntil(lambda: count(storage) == 1, timeout=10_000)
    workspace = Workspace(open_storage(f"sqlite://{tmp_path / 'other.sheaf'}"))
    keep_watched_folders(workspace.storage, [WatchedFolder(str(named))])
    other = Following(workspace, state, workspace)

    with qtbot.waitSignal(other.found):
        other.begin()

    assert [each.folder.path for each in other.unconfirmed] == [str(named)]
    workspace.close()


def test_a_folder_that_was_removed_has_to_be_agreed_to_again(
    following, follow, dialog, named, storage, qtbot
):
    following.add(named)
    qtbot.waitUntil(lambda: count(storage) == 1, timeout=10_000)
    dialog.remove.click()
    qtbot.waitUntil(lambda: rows(dialog) == [], timeout=10_000)
    keep_watched_folders(storage, [WatchedFolder(str(named))])
    again = follow()

    with qtbot.waitSignal(again.found):
        again.begin()

    assert len(again.unconfirmed) == 1


def test_the_question_leaves_what_is_said_already(following, ribbon, named, qtbot):
    ribbon.show_message("warning", "Something graver.")

    with qtbot.waitSignal(following.found):
        following.begin()

    assert ribbon.text == "Something graver."
    assert following.said == "1 folder waits for your answer"
