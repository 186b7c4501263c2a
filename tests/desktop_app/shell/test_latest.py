import gc
import threading
import weakref

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QWidget

from db.records import Kind
from desktop_app.latest import Latest


def ask_and_go(workspace, gate):
    """Ask for a widget that is destroyed before the answer comes."""
    heard = []
    asker = QWidget()
    Latest(workspace.background, asker).ask(
        lambda _storage, _token: gate.wait(5), heard.append, heard.append
    )
    gc.collect()
    asker.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    return heard


def test_a_widget_that_is_gone_hears_no_answer(workspace, qtbot):
    gate = threading.Event()
    heard = ask_and_go(workspace, gate)
    gate.set()
    with qtbot.waitSignal(workspace.changed):
        workspace.create(Kind.BATCH, {"title": "Later"})
    assert heard == []


def test_what_has_been_answered_is_not_kept(workspace, qtbot):
    class Answered:
        pass

    kept, heard = Answered(), []
    gone = threading.Event()

    def take(_answer, kept=kept):
        heard.append(kept is not None)

    weakref.finalize(kept, gone.set)
    request = workspace.background.read(lambda storage, _token: storage.info(), take)
    qtbot.waitUntil(lambda: bool(heard))
    del take, kept
    gc.collect()
    assert gone.is_set()
    assert not request.token.is_cancelled()
