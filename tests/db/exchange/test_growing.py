"""A file that grew brings in what is new, as if all of it had come at once."""

import hashlib
import json

import msgspec
import pytest

from db.exchange.choices import ImportChoices
from db.exchange.document import Document
from db.exchange.formats.base import formats
from db.exchange.growing import MARGIN_BYTES
from db.exchange.importing import stage_import
from db.incoming import BadRecords
from db.originals import read_whole
from db.query import ConversationQuery
from db.records import Kind, Place
from tests.db.exchange import test_claude_code, test_codex
from tests.db.exchange.threads import conversations_of, messages_of
from tests.db.factories import (
    ALL_TABLES,
    faults,
    import_files,
    opened,
    picture,
    tasks_of,
    write_json,
)

WORDS = "the cogs of the engine turn slowly " * 2000
TURNS = 40


def claude_lines():
    """Yield a session of some megabytes in which replies have parts and calls have results."""
    before = None
    for turn in range(TURNS):
        user = test_claude_code.user(f"u{turn}", before, f"{turn} {WORDS}")
        parts = [
            test_claude_code.text(f"said in {turn}"),
            test_claude_code.call("Grep", f"call_{turn}", pattern="cog"),
        ]
        yield user
        for number, part in enumerate(parts):
            yield test_claude_code.reply(f"a{turn}-{number}", f"u{turn}", part, f"msg_{turn}")
        result = test_claude_code.result(f"call_{turn}", "cog")
        yield test_claude_code.user(f"r{turn}", f"a{turn}-1", [result])
        before = f"r{turn}"


def codex_lines():
    yield test_codex.HEAD
    for turn in range(TURNS):
        yield test_codex.message("user", f"{turn} {WORDS}")
        yield test_codex.event("user_message", message=f"{turn} {WORDS}")
        yield test_codex.call("shell", f"call_{turn}", command=["grep", "cog"])
        yield test_codex.shell_output(f"call_{turn}", "cog 1")
        yield test_codex.message("assistant", f"said in {turn}")
        yield test_codex.event("agent_message", message=f"said in {turn}")


def generic_lines():
    for number in range(2 * TURNS):
        yield {"id": number, "title": f"row {number}", "text": WORDS[:40_000]}
    yield {"id": 3, "title": "row 3, told again"}
    for number in range(5):
        yield {"title": f"without an id {number}", "text": WORDS}


FORMATS = {"claude-code": claude_lines, "codex": codex_lines, "generic": generic_lines}


def written(lines):
    return [f"{json.dumps(line)}\n".encode() for line in lines]


@pytest.fixture
def live(tmp_path):
    return tmp_path / f"{test_claude_code.SESSION}.jsonl"


def all_of(storage):
    """Return what a storage shows of conversations and tasks, without when it was read."""
    found = {}
    for name, conversation in conversations_of(storage).items():
        messages = messages_of(storage, conversation)
        names = {each.record.pk: each.record.external_id for each in messages}
        found[name] = (
            (conversation.title, conversation.updated_at, conversation.messages),
            [
                (
                    each.record.external_id,
                    each.record.title,
                    each.record.created_at,
                    names.get(each.record.parent_pk),
                    each.blocks,
                )
                for each in messages
            ],
        )
    tasks = {
        each.external_id: (each.title, each.status, storage.tasks.get(each.pk).raw)
        for each in tasks_of(storage)
    }
    return found, tasks


def at_once(live, lines):
    with opened() as storage:
        write_json(live, b"".join(lines))
        import_files(storage, live)
        return all_of(storage)


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_imported_as_it_grows_is_the_same_as_one_imported_whole(name, storage, live):
    lines = written(FORMATS[name]())
    steps = [len(lines) // 2, *range(len(lines) - 9, len(lines) + 1, 3)]
    for step in steps:
        write_json(live, b"".join(lines[:step]))
        report = import_files(storage, live)
        assert report.formats == [name]
        assert sum(report.identical.values()) > 0 or step == steps[0]

    assert all_of(storage) == at_once(live, lines)
    assert faults(storage) == []
    uploads = storage.uploads()
    assert [each.size for each in uploads] == [len(b"".join(lines[:n])) for n in steps[::-1]]
    for upload in uploads:
        kept = b"".join(read_whole(storage.originals_folder(), upload.sha256))
        assert kept == b"".join(lines)[: upload.size]


def test_only_what_is_new_is_told_as_new(storage, live):
    lines = written(claude_lines())
    write_json(live, b"".join(lines[:-4]))
    before = import_files(storage, live)
    write_json(live, b"".join(lines))

    after = import_files(storage, live)

    assert after.new == {"message": 3}
    assert after.identical["message"] == before.new["message"]


def test_a_file_that_did_not_change_makes_no_operation(storage, live):
    write_json(live, b"".join(written(claude_lines())))
    import_files(storage, live)
    before = picture(storage, ALL_TABLES)

    import_files(storage, live)

    assert picture(storage, ALL_TABLES) == before


def undo(storage):
    storage.history.undo()


def purge(storage):
    storage.move(Kind.CONVERSATION, ConversationQuery(), Place.TRASHED)
    storage.purge(Kind.CONVERSATION, ConversationQuery(places=frozenset({Place.TRASHED})))


@pytest.mark.parametrize("take_away", [undo, purge])
def test_what_was_taken_away_comes_back_whole_with_the_grown_file(storage, live, take_away):
    lines = written(claude_lines())
    write_json(live, b"".join(lines[:-4]))
    import_files(storage, live)
    take_away(storage)
    write_json(live, b"".join(lines))

    import_files(storage, live)

    assert all_of(storage) == at_once(live, lines)


def test_a_file_that_was_written_anew_is_compared_whole(storage, live):
    lines = written(generic_lines())
    write_json(live, b"".join(lines))
    import_files(storage, live)
    lines[0] = json.dumps({"id": 0, "title": "changed", "text": WORDS}).encode() + b"\n"
    write_json(live, b"".join(lines))

    assert import_files(storage, live).changed == {"task": 1}


def test_what_was_set_aside_is_not_set_aside_again_as_the_file_grows(storage, live):
    lines = [b'{"id": "broken", "title": }\n', *written(generic_lines())]
    assert len(b"".join(lines)) > 2 * MARGIN_BYTES
    lines[0], lines[1] = lines[1], lines[0]
    for step in (len(lines) - 1, len(lines)):
        write_json(live, b"".join(lines[:step]))
        aside = ImportChoices(bad_records=BadRecords.SET_ASIDE)
        stage_import(storage, [live], aside).commit()

    assert storage.tray.count() == 1


def test_a_large_file_imported_again_as_it_is_names_what_cannot_be_used_again(storage, live):
    lines = [b'{"id": "broken", "title": }\n', *written(generic_lines())]
    lines[0], lines[1] = lines[1], lines[0]
    write_json(live, b"".join(lines))
    aside = ImportChoices(bad_records=BadRecords.SET_ASIDE)
    reports = []
    for _ in range(2):
        staging = stage_import(storage, [live], aside)
        staging.commit()
        reports.append(staging.report)

    assert [report.set_aside for report in reports] == [1, 1]
    assert reports[0].problems == reports[1].problems
    assert storage.tray.count() == 1


@pytest.mark.parametrize("name", ["claude-code", "codex"])
def test_who_read_a_session_goes_on_with_what_stands_behind(name, tmp_path):
    lines = written(FORMATS[name]())
    cut = len(lines) - 7
    reading = formats()[name]
    path = write_json(tmp_path / "session.jsonl", b"".join(lines[:cut]))
    with path.open("rb") as stream:
        before = Document(stream, name=path.name)
        known = {each.external_id for each in reading.read(before)}
    write_json(path, b"".join(lines))
    with path.open("rb") as stream:
        whole = [*reading.read(Document(stream, name=path.name))]
    seen = hashlib.sha256()
    with path.open("rb") as stream:
        after = Document(stream, name=path.name, tee=seen.update)
        after.resumed = before.paused
        rest = [*reading.read(after)]

    told = [each for each in whole if each.kind is Kind.MESSAGE]
    again = [each for each in rest if each.kind is Kind.MESSAGE]
    assert before.paused.told + len(again) == len(told)
    assert [msgspec.to_builtins(each) for each in again] == [
        msgspec.to_builtins(each) for each in told[before.paused.told :]
    ]
    assert {each.external_id for each in rest} >= {each.external_id for each in whole} - known
    assert seen.hexdigest() == hashlib.sha256(b"".join(lines)).hexdigest()


@pytest.mark.parametrize("ending", [b"", b"\n", b'{"type": "us', b"not JSON\n"])
def test_nobody_goes_on_where_it_is_not_sure_that_a_new_line_begins(tmp_path, ending):
    lines = written(claude_lines())
    path = write_json(tmp_path / "session.jsonl", b"".join(lines).rstrip(b"\n"))
    with path.open("ab") as out:
        out.write(b"\n" + ending if ending else b"")
    with path.open("rb") as stream:
        document = Document(stream, name=path.name, on_problem=lambda _problem: None)
        assert [*formats()["claude-code"].read(document)]

    assert document.paused is None
