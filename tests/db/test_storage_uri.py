"""A storage is named by a URI, by a path, by a variable, or not at all."""

from pathlib import Path

import pytest

from db.errors import SheafError, StorageMissingError, VersionConflictError
from db.storage import backends, default_uri, open_storage, to_uri
from tests.db.factories import make_batch


@pytest.mark.parametrize("form", ["{path}", "sqlite:{path}", "sqlite://{path}"])
def test_a_file_is_opened_by_path_or_uri(path, form):
    for number in (1, 2):
        storage = open_storage(form.format(path=path))
        make_batch(storage)
        assert storage.batches.find_batches()[1] == number
        storage.close()

    assert path.exists()


def test_a_relative_path_and_the_home_folder_are_understood(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))

    assert to_uri("work.sheaf") == f"sqlite://{tmp_path}/work.sheaf"
    assert to_uri("~/work.sheaf") == f"sqlite://{tmp_path}/home/work.sheaf"
    assert to_uri("memory:") == "memory:"


@pytest.mark.parametrize(
    "form", ["work.sheaf", "{}/work.sheaf", "sqlite:work.sheaf", "sqlite:{}/work.sheaf"]
)
def test_a_file_has_one_uri_however_it_is_named(tmp_path, monkeypatch, form):
    monkeypatch.chdir(tmp_path)
    uri = to_uri(form.format(tmp_path))
    monkeypatch.setenv("SHEAF_STORAGE", form.format(tmp_path))

    assert uri == default_uri() == to_uri(uri) == f"sqlite://{tmp_path}/work.sheaf"


def test_the_same_relative_uri_in_two_folders_names_two_files(tmp_path, monkeypatch):
    uris = set()
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        uris.add(to_uri("sqlite:work.sheaf"))

    assert len(uris) == 2


def test_a_file_with_a_colon_in_its_name_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("odd:name").touch()

    assert to_uri("odd:name") == f"sqlite://{tmp_path}/odd:name"


def test_two_storages_in_memory_have_nothing_in_common():
    one, other = open_storage("memory:"), open_storage("memory:")
    make_batch(one)

    assert other.batches.find_batches() == ((), 0)
    one.close()
    other.close()


def test_an_unknown_kind_of_storage_is_refused_and_the_known_are_named():
    with pytest.raises(StorageMissingError, match="carrier-pigeon:") as caught:
        open_storage("carrier-pigeon:coop")

    assert "memory:, sqlite:" in caught.value.advice


def test_the_variable_names_the_storage(path, monkeypatch):
    monkeypatch.setenv("SHEAF_STORAGE", str(path))
    assert default_uri() == f"sqlite://{path}"
    monkeypatch.setenv("SHEAF_STORAGE", "memory:")
    assert default_uri() == "memory:"


def test_without_the_variable_it_is_the_users_own_file(tmp_path, monkeypatch):
    monkeypatch.delenv("SHEAF_STORAGE", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))

    assert default_uri().startswith("sqlite://")
    assert default_uri().endswith("work.sheaf")


def test_each_kind_of_storage_has_a_title():
    assert {"sqlite", "memory"} <= set(backends())
    assert all(backend.title and backend.scheme for backend in backends().values())


def kinds_of_error(base=SheafError):
    for kind in base.__subclasses__():
        yield kind
        yield from kinds_of_error(kind)


@pytest.mark.parametrize("kind", sorted(set(kinds_of_error()), key=lambda kind: kind.__name__))
def test_every_error_has_three_sentences(kind):
    extra = {"mine": None, "theirs": None} if kind is VersionConflictError else {}
    error = kind("It broke.", **extra)

    assert str(error).count(". ") >= 2
    assert error.safe
    assert error.advice
