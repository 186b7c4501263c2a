"""What looks like a secret is in no redacted file, and the rest of it is as it was."""

import io
import json

import pytest

from db.cancel import CancelToken
from db.errors import ExchangeError, WorkCancelledError
from db.exchange.exporting import (
    COPY,
    ORIGINAL,
    ExportOptions,
    export,
    export_formats,
)
from db.exchange.secret_review import CONTEXT_CHARS, found_secrets
from db.exchange.secrets import SecretKind, digest, find
from db.query import QUERIES, BatchQuery, TaskQuery
from db.records import Kind
from tests.db.factories import (
    edit_task,
    import_files,
    make,
    make_batch,
    make_task,
    opened,
    picture,
    stage_everything,
    tasks_of,
    write_json,
)

KEY = "sk-proj-AbCd1234EfGh5678IjKl9012MnOp3456QrSt"
TOKEN = "ghp_AbCd1234EfGh5678IjKl9012MnOp3456QrSt"  # noqa: S105 - made up
MAIL = "anna@example.com"
ROWS = [
    {
        "id": 1,
        "title": f"call it with {KEY}",
        "password": "hunter2x",
        "n": 0.1000,
        "cmd": json.dumps({"token": "a1b2c3d4e5f6a7b8c9d0", "to": f"x\n{MAIL}"}),
        MAIL: [None, {"deep": f"hunter2x and {TOKEN}"}],
    },
    {"id": 2, "title": "nothing in it", "n": 12345678901234567890},
]
SECRETS = (KEY, TOKEN, MAIL, "hunter2x", "a1b2c3d4e5f6a7b8c9d0")
REDACTED = ExportOptions(redact=True, manifest=False)
FORMATS = [each for each in export_formats() if each.name not in {ORIGINAL, COPY}]


@pytest.fixture
def filled(file_storage, tmp_path):
    import_files(file_storage, write_json(tmp_path / "in.json", ROWS))
    stage_everything(file_storage).commit()
    batch = make_batch(file_storage, f"batch of {MAIL}")
    task = make_task(file_storage, f"by {MAIL}", batch=batch.id, tags=[TOKEN, "plain"])
    edit_task(file_storage, task.pk, description=f"export TOKEN={TOKEN}\nand <{MAIL}>")
    make(file_storage, Kind.BUG, title="crash", steps=f"log in with {KEY}")
    make(file_storage, Kind.EXECUTION, title="run", task=task.id, description=f"used {KEY}")
    return file_storage


def written(storage, tmp_path, format_name, options=REDACTED, **chosen):
    """Return all that an export writes, and what it says of itself."""
    target = tmp_path / "out"
    done = export(storage, format_name, target, options=options, **chosen)
    files = [target] if target.is_file() else [p for p in target.rglob("*") if p.is_file()]
    return "\n".join(str(path) + path.read_text("utf-8") for path in files), done


@pytest.mark.parametrize("format_name", [each.name for each in FORMATS])
def test_no_secret_is_in_a_redacted_file(filled, tmp_path, format_name):
    text, done = written(filled, tmp_path, format_name)

    assert [secret for secret in SECRETS if secret in text] == []
    assert "[redacted" in text
    assert done.secrets >= len(SECRETS) - 1
    assert "nothing in it" in text
    assert done.verified >= done.written - 1


@pytest.mark.parametrize("kind", list(Kind))
def test_no_secret_is_in_a_redacted_part(filled, kind):
    for each in FORMATS:
        if kind in each.kinds and not each.is_folder:
            out = io.BytesIO()
            export(filled, each.name, out, options=REDACTED, query=QUERIES[kind]())
            text = out.getvalue().decode()
            assert (each.name, [s for s in SECRETS if s in text]) == (each.name, [])


def test_json_is_the_same_but_for_the_secrets(filled, tmp_path):
    one = TaskQuery(sources=frozenset({"generic"}), text="call OR nothing")

    text, done = written(filled, tmp_path, "generic", query=one)

    rows = sorted(json.loads(text[text.index("[") :]), key=lambda row: row["id"])
    assert rows == [
        {
            "id": 1,
            "title": "call it with [redacted OpenAI key 1]",
            "password": rows[0]["password"],
            "n": 0.1,
            "cmd": rows[0]["cmd"],
            rows[0]["cmd"].split("\\n")[1].removesuffix('"}'): [
                None,
                {"deep": f"{rows[0]['password']} and [redacted GitHub token 1]"},
            ],
        },
        ROWS[1],
    ]
    assert json.loads(rows[0]["cmd"]).get("token") == "[redacted key or token 1]"
    assert "12345678901234567890" in text
    assert done.secrets == 5


def test_a_redacted_dump_can_be_read_and_has_every_record(filled, tmp_path):
    target = tmp_path / "out.sheaf.json"
    done = export(filled, "sheaf", target, options=REDACTED)
    assert done.verified == done.written

    with opened() as other:
        import_files(other, target)
        before, after = (picture(each, without=("title", "description", "raw", "tags"))
                         for each in (filled, other))  # fmt: skip
        assert {row["id"] for row in before["task"]} == {row["id"] for row in after["task"]}
        assert before["task_link"] == after["task_link"]
        assert len(tasks_of(other)) == len(tasks_of(filled))


def test_only_the_chosen_secrets_are_taken_out(filled, tmp_path):
    options = ExportOptions(redact=frozenset({digest(KEY)}), manifest=False)

    text, done = written(filled, tmp_path, "sheaf", options)

    assert KEY not in text
    assert MAIL in text
    assert done.secrets == 1


def test_what_is_to_be_kept_stays_and_all_else_is_taken_out(filled, tmp_path):
    options = ExportOptions(redact=True, keep=frozenset({digest(MAIL)}), manifest=False)

    text, done = written(filled, tmp_path, "sheaf", options)

    assert MAIL in text
    assert not any(secret in text for secret in SECRETS if secret != MAIL)
    assert done.verified == done.written


def test_nothing_is_changed_where_nothing_is_to_be_redacted(filled, tmp_path):
    look = ExportOptions(look_for_secrets=True, manifest=False)
    plain, seen = (
        written(filled, tmp_path, "markdown", options)
        for options in (ExportOptions(manifest=False), look)
    )

    assert plain[1].secrets is None
    assert seen[1].secrets == len(SECRETS)
    assert plain[0].split("\n", 4)[4] == seen[0].split("\n", 4)[4]


@pytest.mark.parametrize("format_name", [ORIGINAL, COPY])
def test_what_is_written_byte_for_byte_cannot_be_redacted(filled, tmp_path, format_name):
    with pytest.raises(ExchangeError, match="nothing can be redacted"):
        export(filled, format_name, tmp_path / "out", options=REDACTED)
    with pytest.raises(ExchangeError, match="nothing can be redacted"):
        next(found_secrets(filled, format_name))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("format_name", [each.name for each in FORMATS])
def test_the_review_names_every_secret_that_would_be_written(filled, format_name):
    found = list(found_secrets(filled, format_name))

    assert {each.secret for each in found} >= {KEY, TOKEN, MAIL, "hunter2x"}
    assert len({(each.record, each.digest) for each in found}) == len(found)


def test_the_review_shows_where_a_secret_stands(filled):
    found = {each.secret: each for each in found_secrets(filled, "csv", query=TaskQuery())}

    mail = found["hunter2x"]
    assert (mail.kind, mail.record_kind, mail.field) == (
        SecretKind.PASSWORD,
        Kind.TASK,
        "password",
    )
    assert mail.title.startswith("call it with")
    key = found[KEY]
    assert (key.before, key.after) == ("call it with ", "")
    assert find(key.before + key.secret + key.after)[0].kind is key.kind


@pytest.mark.parametrize("gap", [*range(CONTEXT_CHARS - 20, CONTEXT_CHARS, 3), 5])
def test_the_review_shows_no_half_of_another_secret_beside_one(storage, gap):
    words = ("word " * gap)[: gap - 2]
    make_task(storage, "t", description=f"{KEY} {words} {MAIL} {words} {TOKEN}")

    found = {each.secret: each for each in found_secrets(storage, "generic")}

    around = f"{found[MAIL].before}{found[MAIL].after}".replace(KEY, "").replace(TOKEN, "")
    assert {*around.split()} <= {*words.split()}


def test_the_review_stops_after_so_many_and_when_it_is_cancelled(filled):
    assert len(list(found_secrets(filled, "sheaf", most=2))) == 2
    token = CancelToken()
    found = found_secrets(filled, "sheaf-jsonl", token=token)
    next(found)
    token.cancel()
    with pytest.raises(WorkCancelledError):
        list(found)


def test_the_review_of_a_part_names_no_secret_of_the_rest(filled):
    batches = BatchQuery(text="batch of")

    found = {each.secret for each in found_secrets(filled, "generic", query=batches)}

    assert found == {MAIL, TOKEN}
