"""A few seconds of the soak, and that it would find what is lost."""

import os

import apsw
import pytest

from tests.soak.__main__ import Soak

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes are killed")

SECONDS = 6


def test_what_killed_processes_said_they_did_is_there_and_what_is_taken_away_is_missed(
    tmp_path,
):
    soak = Soak(tmp_path, 1)
    soak.run(SECONDS)

    soak.look()

    assert soak.wrong == []
    assert soak.killed > 1
    raw = apsw.Connection(str(soak.path))
    raw.execute("UPDATE task SET title = title || '!' WHERE pk = (SELECT min(pk) FROM task)")
    raw.close()
    soak.look()
    assert soak.wrong
