import pytest

from tests.db.factories import opened


@pytest.fixture
def path(tmp_path):
    """Where a storage in a file may be."""
    return tmp_path / "work.sheaf"


@pytest.fixture(params=["memory", "sqlite"])
def storage(request, path):
    """An empty storage of each kind."""
    with opened("memory:" if request.param == "memory" else f"sqlite://{path}") as storage:
        yield storage


@pytest.fixture
def file_storage(path):
    """An empty storage in a file."""
    with opened(path) as storage:
        yield storage
