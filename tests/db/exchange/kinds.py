"""Records of any kind in a storage, in one line."""

from db.query import EVERYWHERE, QUERIES


def details_of(storage, kind):
    """Return everything about all records of a kind, by their name outside."""
    pks = storage.ids(QUERIES[kind](places=EVERYWHERE))
    found = [storage.detail(kind, pk) for pk in pks]
    return {each.record.external_id: each for each in found}


def names_of(records):
    """Return the names outside of some records."""
    return [record.external_id for record in records]
