"""OpenAI's Batch API: JSONL of requests, and JSONL of their responses in another order.

Lines of both files are joined by `custom_id` into one task. A response failed if its
`error` is set or its status code is not 2xx: real failures have `error: null` and the
reason in `response.body.error`.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, Final, TypeGuard

from db.errors import MalformedFileError
from db.exchange.companions import named_again
from db.exchange.document import Document, Sample
from db.exchange.fields import first_line, json_text, text_of
from db.exchange.formats.base import Incoming, Pieces, Selection
from db.exchange.json_reader import JsonCursor, Value
from db.exchange.raw_object import RawObject
from db.incoming import IncomingBatch, IncomingTask
from db.ports import Storage
from db.records import Kind, TaskDetail
from db.texts import storable
from db.times import parse_time
from db.vocabulary import Status

_BATCH: Final = "batch"
_NOTHING: Final = {"input": "null", "output": "null"}
_OK: Final = range(200, 300)


class OpenAIBatch:
    """Reads request and response files of the Batch API."""

    name = "openai-batch"
    title = "OpenAI Batch requests and results"
    suffix = ".jsonl"
    loses = (
        "responses to requests, all that was written in Sheaf, and a custom_id that requests"
        " of several files share: the first keeps it"
    )

    def recognise(self, sample: Sample) -> float:
        """Return how sure it is that the start of a file is in this format."""
        found = sample.objects
        telling = [item for item in found if _is_request(item) or _is_response(item)]
        return 0.98 * len(telling) / len(found) if found else 0.0

    def read(self, document: Document) -> Iterator[Incoming]:
        """Yield the file as one batch, and each line as a task."""
        title = document.stem
        yield IncomingBatch(external_id=_BATCH, title=title)
        for value in document.records():
            data = value.data if isinstance(value.data, dict) else {}
            name = text_of(data.get("custom_id"))
            if not name:
                raise MalformedFileError(
                    "a request or response of an OpenAI batch has a custom_id, this has none.",
                    path=document.name,
                    line=value.line,
                    pointer=storable(value.pointer) or "/custom_id",
                )
            yield _to_task(value, data, name)

    def write(self, storage: Storage, selection: Selection) -> Pieces:
        """Yield the requests as lines, or the response where a task has no request."""
        renamed = named_again(storage, selection, self.name, (Kind.TASK,))
        for detail in storage.task_details(selection.tasks):
            raws = read_sides(detail.raw)[0] if _has_sides(detail.raw) else dict(_NOTHING)
            line = raws["input"] if raws["input"] != "null" else raws["output"]
            if line == "null":
                line = _request(detail)
            elif detail.record.id in renamed:
                found = RawObject(line)
                found.set("custom_id", detail.record.id)
                line = found.text()
            yield f"{line}\n".encode(), 1


def _has_sides(raw: str | None) -> TypeGuard[str]:
    return raw is not None and raw.startswith('{"input":')


def _request(detail: TaskDetail) -> str:
    """Return a request to a model for a task that did not come from one."""
    prompt = detail.description or detail.record.title
    body = {"messages": [{"role": "user", "content": prompt}]}
    url = "/v1/chat/completions"
    return json_text(
        {"custom_id": detail.record.id, "method": "POST", "url": url, "body": body}
    )


def _is_request(item: dict[str, object]) -> bool:
    return "custom_id" in item and "body" in item and ("url" in item or "method" in item)


def _is_response(item: dict[str, object]) -> bool:
    return "custom_id" in item and ("response" in item or "error" in item)


def _to_task(value: Value, data: dict[str, Any], name: str) -> IncomingTask:
    side = "output" if _is_response(data) else "input"
    task = from_sides({**_NOTHING, side: value.raw}, {side: data})
    task.external_id = name
    task.offset, task.length = value.offset, value.length
    task.merge = lambda present: _merged(name, present, side, value, data)
    return task


def _merged(
    name: str, present: str, side: str, value: Value, data: dict[str, Any]
) -> IncomingTask:
    """Return a task with this line and, from its present raw text, the one it lacks."""
    raws, sides = read_sides(present)
    merged = from_sides({**raws, side: value.raw}, {**sides, side: data})
    merged.external_id = name
    merged.offset, merged.length = value.offset, value.length
    return merged


def read_sides(raw: str) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the request and the response in a task's raw text, as text and as values."""
    raws, sides = dict(_NOTHING), {}
    cursor = JsonCursor(io.BytesIO(raw.encode()))
    for key in cursor.members():
        value = cursor.value()
        if key in raws and isinstance(value.data, dict):
            raws[key], sides[key] = value.raw, value.data
    return raws, sides


def from_sides(raws: dict[str, str], sides: dict[str, Any]) -> IncomingTask:
    """Return the task that a request, a response or both of them are."""
    request, result = sides.get("input") or {}, sides.get("output") or {}
    prompt, answer = _prompt(request.get("body")), _answer(result)
    status, word = _outcome(result)
    parts = [prompt, f"## Response\n\n{answer}" if answer else ""]
    body = _body(result)
    return IncomingTask(
        external_id="",
        title=first_line(prompt)
        or text_of(request.get("custom_id") or result.get("custom_id")),
        status=status,
        status_word=word,
        kind=text_of(request.get("url")).removeprefix("/v1/").replace("/", " ") or "request",
        description="\n\n".join(part for part in parts if part),
        created_at=parse_time(body.get("created") or body.get("created_at")),
        raw=f'{{"input":{raws["input"]},"output":{raws["output"]}}}',
        offset=0,
        length=0,
        batch=_BATCH,
    )


def _body(result: dict[str, Any]) -> dict[str, Any]:
    response = result.get("response")
    body = response.get("body") if isinstance(response, dict) else None
    return body if isinstance(body, dict) else {}


def _outcome(result: dict[str, Any]) -> tuple[Status, str | None]:
    if not result:
        return Status.QUEUED, None
    error = result.get("error")
    if error:
        code = error.get("code") if isinstance(error, dict) else error
        return Status.FAILED, text_of(code)[:200] or None
    response = result.get("response")
    code = response.get("status_code") if isinstance(response, dict) else None
    if isinstance(code, int) and code in _OK:
        return Status.SUCCEEDED, None
    return Status.FAILED, text_of(code) or None


def _prompt(body: object) -> str:
    """Return what was asked: the last message of the user first, then the others."""
    if not isinstance(body, dict):
        return ""
    asked = body.get("messages", body.get("input", body.get("prompt")))
    listed = asked if isinstance(asked, list) else []
    messages = [message for message in listed if isinstance(message, dict)]
    if not messages:
        return text_of(asked)
    texts = [(text_of(message.get("role")), _content(message)) for message in messages]
    users = [text for role, text in texts if role == "user"]
    others = [f"## {role.capitalize() or 'Message'}\n\n{text}" for role, text in texts
              if role != "user"]  # fmt: skip
    return "\n\n".join([*users, *others])


def _content(message: dict[str, Any]) -> str:
    content = message.get("content")
    if not isinstance(content, list):
        return text_of(content)
    parts = [part.get("text") for part in content if isinstance(part, dict)]
    return "\n\n".join(text_of(part) for part in parts if part) or json_text(content)


def _answer(result: dict[str, Any]) -> str:
    """Return the text that came back: of a chat completion, a response object, or an error."""
    body = _body(result)
    error = body.get("error") or result.get("error")
    if error:
        message = error.get("message") if isinstance(error, dict) else None
        return text_of(message or error)
    choices = body.get("choices")
    if isinstance(choices, list):
        messages = [choice.get("message") for choice in choices if isinstance(choice, dict)]
        return "\n\n".join(
            _content(message) for message in messages if isinstance(message, dict)
        )
    output = body.get("output")
    if isinstance(output, list):
        return "\n\n".join(_content(item) for item in output if isinstance(item, dict))
    return ""


OPENAI_BATCH: Final = OpenAIBatch()
