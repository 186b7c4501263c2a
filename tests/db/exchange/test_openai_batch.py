"""OpenAI Batch files: requests and their answers become one task."""

import json

import pytest

from db.vocabulary import Status
from tests.db.factories import (
    batches_of,
    import_files,
    task_named,
    tasks_of,
    write_lines,
)


def request(name, text="Say hello"):
    messages = [{"role": "system", "content": "Be brief"}, {"role": "user", "content": text}]
    return {
        "custom_id": name,
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {"model": "gpt", "messages": messages},
    }


def answer(name, text="Hello!"):
    body = {"created": 1_700_000_000, "choices": [{"message": {"content": text}}]}
    response = {"status_code": 200, "request_id": "r", "body": body}
    return {"id": f"b_{name}", "custom_id": name, "response": response, "error": None}


def refusal(name):
    body = {"error": {"message": "Rate limit reached", "code": "rate_limit"}}
    response = {"status_code": 429, "request_id": "r", "body": body}
    return {"id": f"b_{name}", "custom_id": name, "response": response, "error": None}


def failure(name):
    error = {"code": "batch_expired", "message": "Too late"}
    return {"id": f"b_{name}", "custom_id": name, "response": None, "error": error}


INPUT = [request(name, f"Question {name}\nwith more") for name in "abcd"]
OUTPUT = [refusal("c"), answer("a"), failure("d")]


@pytest.fixture
def files(tmp_path):
    return (
        write_lines(tmp_path / "requests.jsonl", INPUT),
        write_lines(tmp_path / "answers.jsonl", OUTPUT),
    )


def states(storage):
    return {task.external_id: (task.status, task.status_word) for task in tasks_of(storage)}


EXPECTED = {
    "a": (Status.SUCCEEDED, None),
    "b": (Status.QUEUED, None),
    "c": (Status.FAILED, "429"),
    "d": (Status.FAILED, "batch_expired"),
}


def test_a_request_and_its_answer_are_one_but_a_second_request_is_repeated(storage, tmp_path):
    path = write_lines(tmp_path / "all.jsonl", [request("a"), answer("a"), request("b")])
    twice = write_lines(tmp_path / "twice.jsonl", [request("y"), request("z"), request("z")])

    assert import_files(storage, path).repeated == {}
    assert import_files(storage, twice).repeated == {"task": 1}


def test_requests_alone_are_queued(storage, files):
    import_files(storage, files[0])

    assert set(states(storage).values()) == {(Status.QUEUED, None)}
    detail = task_named(storage, "a")
    assert detail.record.title == "Question a"
    assert detail.record.kind == "chat completions"
    assert "Question a\nwith more" in detail.description
    assert "Be brief" in detail.description


def test_answers_alone_succeeded_or_failed(storage, files):
    import_files(storage, files[1])

    assert states(storage) == {name: EXPECTED[name] for name in "acd"}
    assert "Rate limit reached" in task_named(storage, "c").description


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("together", [True, False])
def test_both_sides_become_one_task_in_one_batch(storage, files, order, together):
    first, second = (files[number] for number in order)
    if together:
        import_files(storage, first, second)
    else:
        import_files(storage, first)
        import_files(storage, second)

    assert states(storage) == EXPECTED
    assert len(batches_of(storage)) == 1
    detail = task_named(storage, "a")
    assert detail.record.title == "Question a"
    assert "Hello!" in detail.description
    both = json.loads(detail.raw)
    assert both == {"input": INPUT[0], "output": OUTPUT[1]}
    batch = batches_of(storage)[0]
    assert (batch.counts[Status.FAILED], batch.counts[Status.SUCCEEDED]) == (2, 1)


def test_both_sides_in_one_file_become_one_task(storage, tmp_path):
    import_files(storage, write_lines(tmp_path / "a.jsonl", [INPUT[0], OUTPUT[1]]))

    assert json.loads(task_named(storage, "a").raw) == {"input": INPUT[0], "output": OUTPUT[1]}


def test_the_answers_again_change_nothing(storage, files):
    import_files(storage, *files)

    report = import_files(storage, files[1])

    assert report.effective == 0
    assert report.identical == {"task": 3, "batch": 1}


def test_taking_back_the_answers_leaves_the_requests(storage, files):
    import_files(storage, files[0])
    import_files(storage, files[1])

    storage.history.undo()

    assert set(states(storage).values()) == {(Status.QUEUED, None)}
    assert json.loads(task_named(storage, "a").raw)["output"] is None


def test_answers_of_the_responses_interface_are_read(storage, tmp_path):
    output = [{"content": [{"type": "output_text", "text": "An answer"}]}]
    row = {
        "custom_id": "r",
        "response": {"status_code": 201, "body": {"output": output, "created_at": 5}},
        "error": None,
    }

    import_files(storage, write_lines(tmp_path / "o.jsonl", [row, answer("x")]))

    assert states(storage)["r"] == (Status.SUCCEEDED, None)
    assert "An answer" in task_named(storage, "r").description


@pytest.mark.parametrize("body", [{"input": "Ask"}, {"prompt": ["Ask"]}, {"messages": "Ask"}])
def test_a_request_of_another_interface_is_titled_by_what_it_asks(storage, tmp_path, body):
    rows = [{**request(str(n)), "url": "/v1/embeddings", "body": body} for n in range(2)]

    import_files(storage, write_lines(tmp_path / "i.jsonl", rows))

    assert {task.title for task in tasks_of(storage)} == {"Ask"}
    assert {task.kind for task in tasks_of(storage)} == {"embeddings"}
