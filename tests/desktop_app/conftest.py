import pytest

from db.storage import open_storage
from desktop_app.look.theme import Scheme, Theme
from desktop_app.workspace import Workspace


@pytest.fixture(autouse=True)
def theme(qapp):
    worn = Theme(Scheme.LIGHT)
    worn.apply(qapp)
    return worn


@pytest.fixture
def storage():
    return open_storage("memory:")


@pytest.fixture
def workspace(qapp, storage):
    opened = Workspace(storage)
    yield opened
    opened.close()


@pytest.fixture
def shown(qtbot):
    """Show a widget in an active window of its own, of its own size or the one given."""

    def show(widget, width=None, height=None):
        qtbot.addWidget(widget)
        if width is not None:
            widget.resize(width, height)
        widget.show()
        widget.activateWindow()
        qtbot.waitUntil(widget.isActiveWindow)
        return widget

    return show
