import gc
import itertools
from pathlib import Path

import pytest

OF_DB = Path(__file__).parent / "db"
WHOLE_EVERY = 50
"""Looking through all objects takes a tenth of a second after some hundred tests."""

_tests = itertools.count(1)


def pytest_collection_modifyitems(items):
    """Let the tests of `db` say what of it is covered; being watched takes half their time."""
    for item in items:
        if not item.path.is_relative_to(OF_DB):
            item.add_marker(pytest.mark.no_cover)


@pytest.fixture(autouse=True)
def garbage_is_collected_between_tests():
    """Keep the collector off worker threads, on which it would end the life of widgets."""
    gc.disable()
    yield
    gc.collect(2 if next(_tests) % WHOLE_EVERY == 0 else 1)
