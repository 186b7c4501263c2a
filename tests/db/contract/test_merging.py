import pytest

from db.errors import InvalidEditError, RecordNotFoundError
from db.records import Kind
from db.vocabulary import Review


@pytest.fixture
def learn(storage):
    def make(title, **fields):
        made = storage.create(Kind.LEARNING, {"title": title, **fields})
        return made.changed[Kind.LEARNING][0]

    return make


def test_merging_keeps_text_and_tags_of_both_and_supersedes_the_other(storage, learn):
    kept = learn("Pin the compiler", description="Builds drift.", tags=["build"])
    other = learn("Pin compilers", description="CI broke in May.", tags=["ci", "build"])
    outcome = storage.merge_learnings(kept, other)
    detail = storage.detail(Kind.LEARNING, kept)
    assert detail.description == "Builds drift.\n\nCI broke in May."
    assert detail.record.tags == ("build", "ci")
    gone = storage.detail(Kind.LEARNING, other).record
    assert (gone.superseded_by_pk, gone.review) == (kept, Review.SUPERSEDED)
    assert set(outcome.changed[Kind.LEARNING]) == {kept, other}


def test_a_merge_is_one_step_to_undo(storage, learn):
    kept, other = learn("One", tags=["a"]), learn("Two", tags=["b"])
    before = [storage.detail(Kind.LEARNING, pk).record for pk in (kept, other)]
    storage.merge_learnings(kept, other)
    storage.history.undo()
    after = [storage.detail(Kind.LEARNING, pk).record for pk in (kept, other)]
    assert [(r.tags, r.review, r.superseded_by_pk) for r in after] == [
        (r.tags, r.review, r.superseded_by_pk) for r in before
    ]
    assert storage.detail(Kind.LEARNING, kept).description == ""


def test_what_the_kept_one_says_already_is_not_said_twice(storage, learn):
    kept = learn("One", description="Always pin it, says Ann.")
    storage.merge_learnings(kept, learn("Two", description="Always pin it"))
    assert storage.detail(Kind.LEARNING, kept).description == "Always pin it, says Ann."


def test_a_learning_cannot_be_merged_into_itself_or_into_what_it_supersedes(storage, learn):
    one, two = learn("One"), learn("Two")
    with pytest.raises(InvalidEditError):
        storage.merge_learnings(one, one)
    storage.merge_learnings(one, two)
    with pytest.raises(InvalidEditError):
        storage.merge_learnings(two, one)


def test_a_merge_with_what_is_gone_changes_nothing(storage, learn):
    kept = learn("One")
    with pytest.raises(RecordNotFoundError):
        storage.merge_learnings(kept, 4711)
    assert storage.detail(Kind.LEARNING, kept).record.version == 1
