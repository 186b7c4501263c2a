import pytest
from PySide6.QtCore import Qt

from db.records import Kind


@pytest.fixture
def opened(qtbot):
    """Open a dialog and wait for it."""

    def open_it(dialog):
        qtbot.addWidget(dialog)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
        dialog.open()
        dialog.activateWindow()
        qtbot.waitUntil(dialog.isActiveWindow)
        return dialog

    return open_it


@pytest.fixture
def batch(storage):
    pk = storage.batches.create("Parser refactor").changed[Kind.BATCH][0]
    return storage.batches.get(pk).record
