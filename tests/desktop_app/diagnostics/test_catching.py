"""Whatever goes wrong opens one dialog, with a report that stays here."""

import sys
import threading

import pytest
from PySide6.QtCore import QTimer, qWarning
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from desktop_app.background import Background
from desktop_app.diagnostics.catching import Catcher
from desktop_app.diagnostics.crash_dialog import CrashDialog
from desktop_app.diagnostics.log import log_path, start_log
from desktop_app.diagnostics.reports import KEPT, keep_report, reports

PLANTED = "Zanzibar"


@pytest.fixture
def window(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    return widget


@pytest.fixture
def catcher(window, qtbot):
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    start_log()
    made = Catcher(window)
    made.install()
    yield made
    for dialog in dialogs():
        dialog.close()
    made.uninstall()
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks


def dialogs():
    return [
        each
        for each in QApplication.topLevelWidgets()
        if isinstance(each, CrashDialog) and each.isVisible()
    ]


@pytest.fixture
def shown(qtbot):
    def wait():
        qtbot.waitUntil(lambda: len(dialogs()) == 1)
        return dialogs()[0]

    return wait


def fail(error):
    """Raise an error where Qt calls Python, outside of what any test tool hears of."""
    sys.excepthook(type(error), error, error.__traceback__)


def raised(word):
    try:
        raise KeyError(word)
    except KeyError as error:
        return error


def test_a_mistake_opens_a_dialog_with_a_report_that_is_kept(catcher, shown):
    fail(raised(PLANTED))
    dialog = shown()

    report = dialog.details.toPlainText()
    assert "in raised" in report
    assert "KeyError" in report
    assert "Sheaf: " in report
    (path,) = reports()
    assert path.read_text("utf-8") == report
    assert PLANTED not in report
    dialog.copy.click()
    assert QGuiApplication.clipboard().text() == report
    dialog.go_on.click()
    assert dialogs() == []


def test_a_storm_is_one_dialog_that_counts(catcher, shown, qtbot):
    for number in range(50):
        fail(raised(str(number)))
    fail(ValueError("another"))
    dialog = shown()
    qtbot.waitUntil(lambda: "50 more mistakes" in dialog._count.text())
    assert len(reports()) == 1
    # That of the first is told whole; those that repeat it now and then.
    assert log_path().read_text("utf-8").count("in raised") == 1


def test_what_went_wrong_before_opens_no_other_dialog(catcher, shown, qtbot):
    fail(raised("a"))
    shown().go_on.click()
    with qtbot.waitSignal(catcher.came_again):
        fail(raised("b"))
    assert dialogs() == []
    fail(ValueError("something else"))
    assert shown()


def test_a_mistake_on_another_thread_is_shown_too(catcher, shown):
    def work():
        raise ValueError(PLANTED)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert "in work" in shown().details.toPlainText()


def test_a_mistake_in_the_background_is_shown_too(catcher, shown, qtbot):
    background = Background(None)

    def work(_nothing, _token):
        return {}[PLANTED]

    with qtbot.captureExceptions() as raised_in_slots:
        background.read(work)
        qtbot.waitUntil(lambda: bool(raised_in_slots or dialogs()))
    for _kind, error, _trace in raised_in_slots:
        fail(error)

    assert "in work" in shown().details.toPlainText()
    background.close()


def test_what_qt_warns_of_is_in_the_log_without_what_it_quotes(catcher):
    qWarning(f"Cannot draw '{PLANTED} text'")

    told = log_path().read_text("utf-8")
    assert "Cannot draw '…'" in told
    assert PLANTED not in told


def test_a_report_is_saved_where_one_likes(catcher, shown, qtbot, tmp_path):
    fail(raised(PLANTED))
    dialog = shown()
    dialog.save.click()
    chooser = dialog.findChild(QFileDialog)
    target = tmp_path / "mine.txt"
    chooser.fileSelected.emit(str(target))
    chooser.reject()
    qtbot.waitUntil(target.exists)

    assert target.read_text("utf-8") == dialog.details.toPlainText()


def test_restarting_can_be_asked_for(catcher, shown, qtbot):
    fail(raised(PLANTED))
    dialog = shown()
    with qtbot.waitSignal(catcher.restart_wanted):
        QTimer.singleShot(0, dialog.restart.click)


def test_the_last_ten_reports_are_kept():
    paths = [keep_report(str(number)) for number in range(KEPT + 5)]

    assert reports() == paths[-KEPT:]
    assert [each.read_text() for each in reports()] == [str(n) for n in range(5, KEPT + 5)]
