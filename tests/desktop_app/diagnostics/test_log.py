"""The log is bounded, its owner's alone, and holds no text of records."""

import logging
import os
import stat

import pytest

from db.errors import InvalidEditError
from desktop_app.diagnostics.log import log_path, start_log
from desktop_app.diagnostics.log_file import LOG_BYTES, LOG_FILES

PLANTED = "Zanzibar"
log = logging.getLogger("desktop_app")


def lines():
    return log_path().read_text(encoding="utf-8").splitlines()


def test_the_log_is_a_file_from_the_first_message_on():
    start_log()
    assert not log_path().exists()

    log.warning("first")
    log.warning("second")

    assert [line.rpartition(": ")[2] for line in lines()] == ["first", "second"]


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_only_its_owner_can_read_it_also_where_it_was_there_already(folder):
    log_path().parent.mkdir(parents=True)
    log_path().touch(0o644)
    before = os.umask(0)
    try:
        start_log()
        for _ in range(3):
            log.warning("x" * (LOG_BYTES // 2))
    finally:
        os.umask(before)

    files = [*log_path().parent.iterdir()]
    assert len(files) > 1
    assert {stat.S_IMODE(each.stat().st_mode) for each in files} == {0o600}
    assert stat.S_IMODE(log_path().parent.stat().st_mode) == 0o700


def test_it_keeps_to_its_size():
    start_log()
    for _ in range(4 * (LOG_FILES + 3)):
        log.warning("x" * (LOG_BYTES // 4))

    sizes = [each.stat().st_size for each in log_path().parent.iterdir()]
    assert len(sizes) == LOG_FILES + 1
    assert max(sizes) <= LOG_BYTES


def test_errors_are_told_by_kind_and_place_and_secrets_are_taken_out():
    start_log()
    log.warning("request failed: %s", InvalidEditError(f"{PLANTED} is no status."))
    log.warning(InvalidEditError(PLANTED))
    try:
        {}[PLANTED]
    except KeyError:
        log.exception("not caught")
    log.error("token ghp_%s", "a1B2" * 9)

    told = "\n".join(lines())
    assert "request failed: db.errors.InvalidEditError" in told
    assert "in test_errors_are_told_by_kind" in told
    assert "\nKeyError\n" in told
    assert "[redacted GitHub token 1]" in told
    assert PLANTED not in told.replace("{}[PLANTED]", "")


def test_a_folder_that_cannot_be_made_stops_nobody(folder):
    folder.write_text("a file")
    start_log()
    log.warning("goes nowhere")
