import gc
import weakref

import pytest

from desktop_app.collector import Collector

NEVER_MS = 1_000_000


class Ring:
    """Holds itself, so that only the collector can let go of it."""

    def __init__(self):
        self.me = self


@pytest.fixture
def collector(qapp):
    """Make a collector, and leave the process as it was before."""
    made = []

    def make(**intervals):
        made.append(Collector(qapp, **intervals))

    yield make
    for each in made:
        each.setParent(None)
    gc.unfreeze()
    gc.enable()


def test_what_is_new_is_collected_from_a_timer_and_nowhere_else(qtbot, collector):
    collector(interval_ms=10, all_interval_ms=NEVER_MS)
    assert not gc.isenabled()
    ring = weakref.ref(Ring())
    assert ring() is not None
    qtbot.waitUntil(lambda: ring() is None)


def test_what_was_let_go_of_late_is_collected_too(qtbot, collector):
    collector(interval_ms=NEVER_MS, all_interval_ms=10)
    kept = Ring()
    gc.collect()
    ring = weakref.ref(kept)
    del kept
    gc.collect(1)
    assert ring() is not None
    qtbot.waitUntil(lambda: ring() is None)
