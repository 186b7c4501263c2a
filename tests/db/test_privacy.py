"""Nothing leaves the machine, nobody else reads what is kept, and nothing imported is run."""

import json
import os
import subprocess
import sys

import pytest

from db.cancel import CancelToken
from db.maintenance import health
from db.storage import salvage
from tests.db.factories import import_files, make_batch, opened, stage_everything, write_json

_GUARDED = """
import sys

FORBIDDEN = ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname",
             "socket.sendto", "subprocess.Popen", "os.exec", "os.system", "os.posix_spawn",
             "urllib.Request", "webbrowser.open")

def refuse(event, given):
    if event in FORBIDDEN:
        sys.stderr.write(f"FORBIDDEN {event} {given}\\n")
        raise SystemExit(99)
    if event == "open" and "secret-outside" in str(given[0]):
        sys.stderr.write(f"FORBIDDEN {event} {given}\\n")
        raise SystemExit(98)

sys.addaudithook(refuse)
from desktop_app.command import main
sys.exit(main(sys.argv[1:]))
"""


def guarded(path, *words):
    """Run a command with every socket, process and one outside file forbidden."""
    done = subprocess.run(
        [sys.executable, "-c", _GUARDED, *map(str, words)],
        env={**os.environ, "SHEAF_STORAGE": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "FORBIDDEN" not in done.stderr, done.stderr
    assert done.returncode in {0, 3}, done.stderr
    return done


@pytest.fixture
def hostile(tmp_path):
    """A file whose texts name what a careless program would fetch, follow or run."""
    outside = tmp_path / "secret-outside.txt"
    outside.write_text("top secret")
    texts = [
        f"![a picture](file://{outside})",
        "![pixel](https://example.org/pixel.png) <img src='http://example.org/x'>",
        "<script>fetch('https://example.org')</script>",
        "`; touch /tmp/ran-by-sheaf; `$(touch ran-by-sheaf)",
        '=HYPERLINK("http://example.org")',
        "!!python/object/apply:os.system ['touch ran-by-sheaf']",
        f"@include {outside}",
    ]
    rows = [
        {"id": n, "title": text[:40], "description": text, "url": "https://example.org/hook",
         "$ref": f"file://{outside}", "__class__": "os.system"}
        for n, text in enumerate(texts)
    ]  # fmt: skip
    return write_json(tmp_path / "hostile.json", rows)


def test_nothing_imported_is_run_followed_or_fetched_and_no_socket_is_opened(hostile, tmp_path):
    path = tmp_path / "work.sheaf"

    guarded(path, "import", hostile)
    listed = guarded(path, "list", "tasks", "--json")
    assert json.loads(listed.stdout)["total"] == 7
    guarded(path, "search", "script")
    for format_name in ("html", "markdown", "csv", "sheaf"):
        output = tmp_path / f"out.{format_name}"
        guarded(path, "export", "--format", format_name, "--no-redact", "--output", output)
        assert "top secret" not in output.read_text("utf-8")
    guarded(path, "check")
    assert list(tmp_path.rglob("ran-by-sheaf")) == []


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_whatever_is_kept_is_readable_by_its_owner_only(path, tmp_path):
    before = os.umask(0)
    try:
        with opened(path) as storage:
            make_batch(storage)
            stage_everything(storage).commit()
            import_files(storage, write_json(tmp_path / "in.json", [{"id": 1}]))
            (tmp_path / "in.json").unlink()
            storage.migrate(storage.info().schema_version - 1)
            storage.migrate()
            health.check(storage)
            assert path.with_name(f"{path.name}-wal") in tmp_path.iterdir()
            assert readable_by_others(tmp_path) == []
        salvage(str(path), tmp_path / "saved.sheaf", CancelToken())
        with opened(tmp_path / "new" / "folder" / "work.sheaf") as storage:
            make_batch(storage)
    finally:
        os.umask(before)
    assert readable_by_others(tmp_path) == []


def readable_by_others(folder):
    return [each for each in folder.rglob("*") if each.stat().st_mode & 0o077]
