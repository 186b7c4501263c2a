import logging

import pytest

from desktop_app.crash import start_log


@pytest.fixture
def root():
    log = logging.getLogger()
    before, level = [*log.handlers], log.level
    yield log
    for added in [each for each in log.handlers if each not in before]:
        log.removeHandler(added)
        added.close()
    log.setLevel(level)


def test_the_log_is_a_file_from_the_first_message_on(root, tmp_path):
    path = start_log(tmp_path)
    assert not path.exists()

    logging.getLogger("desktop_app").warning("first")
    logging.getLogger("desktop_app").warning("second")

    lines = path.read_text(encoding="utf-8").splitlines()
    assert [line.rpartition(": ")[2] for line in lines] == ["first", "second"]
