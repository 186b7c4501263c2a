import pytest

from db.errors import InvalidEditError
from db.records import Kind, SavedView


def view(name, **fields):
    return SavedView(pk=0, id="", name=name, kind=Kind.TASK, query="", **fields)


def test_views_are_kept_by_name(storage):
    storage.views.save(view("b", layout={"sort": "title"}))
    storage.views.save(view("A"))
    assert [each.name for each in storage.views.all()] == ["A", "b"]
    assert storage.views.all()[1].layout == {"sort": "title"}


def test_a_view_of_the_same_name_is_replaced(storage):
    storage.views.save(view("a"))
    storage.views.save(view("a", layout={"sort": "title"}))
    assert [each.layout for each in storage.views.all()] == [{"sort": "title"}]


def test_a_view_that_is_saved_under_another_name_keeps_its_id(storage):
    kept = storage.views.save(view("a"))
    renamed = storage.views.save(
        SavedView(pk=kept.pk, id=kept.id, name="b", kind=Kind.TASK, query="")
    )
    assert [(each.id, each.name) for each in storage.views.all()] == [(kept.id, "b")]
    assert renamed.id == kept.id


def test_one_view_of_a_kind_is_its_default(storage):
    storage.views.save(view("a", is_default=True))
    storage.views.save(view("b", is_default=True))
    assert [each.is_default for each in storage.views.all()] == [False, True]


def test_a_deleted_view_is_gone(storage):
    storage.views.save(view("a"))
    storage.views.delete("a")
    storage.views.delete("never was")
    assert storage.views.all() == ()


def test_a_view_needs_a_name(storage):
    with pytest.raises(InvalidEditError):
        storage.views.save(view("  "))
