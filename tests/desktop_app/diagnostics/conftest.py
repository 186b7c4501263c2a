import logging

import pytest


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Where logs and reports go in a test; the log is let go of in the end."""
    home = tmp_path / "own"
    for name in ("XDG_STATE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(home))
    log = logging.getLogger()
    before, level = [*log.handlers], log.level
    yield home
    for added in [each for each in log.handlers if each not in before]:
        log.removeHandler(added)
        added.close()
    log.setLevel(level)
