import gc
import itertools

import pytest

WHOLE_EVERY = 50
"""Looking through all objects takes a tenth of a second after some hundred tests."""

_tests = itertools.count(1)


@pytest.fixture(autouse=True)
def garbage_is_collected_between_tests():
    """Keep the collector off worker threads, on which it would end the life of widgets."""
    gc.disable()
    yield
    gc.collect(2 if next(_tests) % WHOLE_EVERY == 0 else 1)
