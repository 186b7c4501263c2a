import gc
import itertools
from pathlib import Path

import pytest
from hypothesis import settings

OF_DB = Path(__file__).parent / "db"
REPEATING = {
    "test_every_query.py",
    "test_every_way.py",
    "test_faults.py",
    "test_json_suites.py",
    "test_killed_backups.py",
    "test_killed_imports.py",
    "test_mutations.py",
    "test_plans.py",
    "test_power.py",
    "test_queries.py",
    "test_undo_property.py",
}
"""They run the same lines hundreds of times, and other tests run these lines too."""

WHOLE_EVERY = 50
"""Looking through all objects takes a tenth of a second after some hundred tests."""

# How long an example takes says more of the machine than of the code.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

_tests = itertools.count(1)


def pytest_collection_modifyitems(items):
    """Let the tests of `db` say what of it is covered; being watched takes half their time."""
    for item in items:
        if not item.path.is_relative_to(OF_DB) or item.path.name in REPEATING:
            item.add_marker(pytest.mark.no_cover)


@pytest.fixture(autouse=True)
def garbage_is_collected_between_tests():
    """Keep the collector off worker threads, on which it would end the life of widgets."""
    gc.disable()
    yield
    gc.collect(2 if next(_tests) % WHOLE_EVERY == 0 else 1)
