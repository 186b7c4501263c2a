import pytest

from db.storage import open_storage
from desktop_app.workspace import Workspace
from tests.dressing import light_theme


@pytest.fixture(autouse=True)
def theme(qapp):
    return light_theme(qapp)


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
