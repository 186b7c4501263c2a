import threading
from types import SimpleNamespace

import pytest

from db.errors import StorageBusyError
from desktop_app.background import Background


@pytest.fixture
def background(qapp):
    runner = Background("the context")
    yield runner
    runner.close()


@pytest.fixture
def heard():
    return SimpleNamespace(done=[], failed=[])


def test_work_gets_the_context_and_its_result_arrives_on_the_windows_thread(background, qtbot):
    arrived = []
    background.read(
        lambda context, _token: (context, threading.current_thread()),
        lambda found: arrived.append((*found, threading.current_thread())),
    )
    qtbot.waitUntil(lambda: bool(arrived))
    context, worker, receiver = arrived[0]
    assert context == "the context"
    assert worker is not receiver
    assert receiver is threading.main_thread()


def test_writes_happen_in_the_order_of_asking(background, qtbot):
    order = []
    for number in range(50):
        background.write(lambda _context, _token, number=number: order.append(number))
    qtbot.waitUntil(lambda: len(order) == 50)
    assert order == list(range(50))


def test_an_error_a_person_can_act_on_goes_to_the_caller(background, heard, qtbot):
    def fail(_context, _token):
        raise StorageBusyError("Another program writes.")

    background.read(fail, heard.done.append, heard.failed.append)
    qtbot.waitUntil(lambda: bool(heard.failed))
    assert heard.failed[0].what == "Another program writes."
    assert heard.done == []


def test_a_bug_reaches_the_excepthook(background, heard, qtbot):
    def fail(_context, _token):
        raise ZeroDivisionError

    with qtbot.captureExceptions() as caught:
        background.read(fail, heard.done.append, heard.failed.append)
        qtbot.waitUntil(lambda: bool(caught))
    assert caught[0][0] is ZeroDivisionError
    assert heard.done == heard.failed == []


def test_cancelled_work_is_told_so_and_its_caller_hears_nothing(background, heard, qtbot):
    started, stopped = threading.Event(), threading.Event()

    def work(_context, token):
        started.set()
        while not token.is_cancelled():
            stopped.wait(0.001)
        stopped.set()
        token.check()

    request = background.read(work, heard.done.append, heard.failed.append)
    assert started.wait(5)
    request.cancel()
    assert stopped.wait(5)
    later = []
    background.read(lambda *_context: None, later.append)
    qtbot.waitUntil(lambda: bool(later))
    assert heard.done == heard.failed == []


def test_a_result_already_on_its_way_is_not_delivered_after_cancel(background, heard, qtbot):
    request = background.write(lambda *_context: 1, heard.done.append)
    ended = threading.Event()
    background.write(lambda *_context: ended.set())
    assert ended.wait(5)
    request.cancel()
    later = []
    background.write(lambda *_context: None, later.append)
    qtbot.waitUntil(lambda: bool(later))
    assert heard.done == []


def test_progress_arrives_and_is_thinned_out(background, heard, qtbot):
    told = []

    def work(_context, _token, report):
        for number in range(10_000):
            report(number)
        return "end"

    background.job(work, heard.done.append, heard.failed.append, told.append)
    qtbot.waitUntil(lambda: heard.done == ["end"])
    assert told[0] == 0
    assert len(told) < 1000


def test_closing_finishes_the_writes_that_were_asked_for(qapp):
    runner = Background(None)
    written = []
    for number in range(20):
        runner.write(lambda _context, _token, number=number: written.append(number))
    runner.close()
    assert written == list(range(20))
    assert not [each for each in threading.enumerate() if each.name.startswith("sheaf-")]
