import pytest

from desktop_app.look.theme import Scheme, Theme


@pytest.fixture(autouse=True)
def theme(qapp):
    worn = Theme(Scheme.LIGHT)
    worn.apply(qapp)
    return worn


@pytest.fixture
def shown(qtbot):
    """Show a widget in an active window of its own."""

    def show(widget):
        qtbot.addWidget(widget)
        widget.show()
        widget.activateWindow()
        qtbot.waitUntil(widget.isActiveWindow)
        return widget

    return show
