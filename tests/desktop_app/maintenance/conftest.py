import pytest
from PySide6.QtWidgets import QPushButton

from db.records import Kind
from db.storage import open_storage
from desktop_app.widgets.mnemonics import plain
from desktop_app.workspace import Workspace


@pytest.fixture
def filed(qapp, tmp_path):
    """A workspace in a file, with one task."""
    storage = open_storage(str(tmp_path / "work.sheaf"))
    storage.create(Kind.TASK, {"title": "a task"})
    workspace = Workspace(storage)
    yield workspace
    workspace.close()


@pytest.fixture
def press():
    """Press the button of a page that says these words."""

    def press_one(page, words):
        (button,) = (
            each
            for each in page.findChildren(QPushButton)
            if plain(each.text()) == words and each.isVisible()
        )
        assert button.isEnabled()
        button.click()

    return press_one
