"""Predictions for SWE-bench: which patch a model made for each instance.

They stand as lines, in an array, or in an object by instance. The file is a batch, each
prediction a task that holds its patch; one without a patch failed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from db.exchange.document import Document, Sample
from db.exchange.fields import text_of
from db.exchange.formats.base import Incoming, ReadOnly
from db.exchange.formats.swe_agent import fenced
from db.exchange.json_reader import Kind, Value
from db.incoming import IncomingBatch, IncomingTask
from db.vocabulary import Status

NO_PATCH: Final = "no patch"
_BATCH: Final = "predictions"
_INSTANCE: Final = "instance_id"
_MODEL: Final = "model_name_or_path"
_PATCHES: Final = ("model_patch", "prediction")


class SwePredictions(ReadOnly):
    """Reads predictions, of one model or of several."""

    name = "swe-preds"
    title = "SWE-bench predictions"

    def recognise(self, sample: Sample) -> float:
        """Return how sure it is that the start of a file is in this format."""
        found: list[Any] = (
            [*sample.members.values()] if _is_keyed(sample) else [*sample.objects]
        )
        telling = [each for each in found if isinstance(each, dict) and _is_prediction(each)]
        return 0.98 * len(telling) / len(found) if found else 0.0

    def read(self, document: Document) -> Iterator[Incoming]:
        """Yield the file as one batch, and each prediction as a task."""
        yield IncomingBatch(external_id=_BATCH, title=document.stem)
        for number, (key, value) in enumerate(_values(document), start=1):
            if isinstance(value.data, dict):
                yield _task(value, value.data, key or f"#{number}")


def _is_prediction(item: dict[str, Any]) -> bool:
    return (_INSTANCE in item or _MODEL in item) and any(key in item for key in _PATCHES)


def _is_keyed(sample: Sample) -> bool:
    return sample.shape == "object" and _INSTANCE not in sample.members


def _values(document: Document) -> Iterator[tuple[str, Value]]:
    if not _is_keyed(document.sample):
        yield from (("", value) for value in document.records())
        return
    cursor = document.cursor()
    for key in cursor.records():
        if cursor.kind() is Kind.OBJECT and (value := cursor.usable_value()):
            yield key, value
    cursor.end()


def _task(value: Value, data: dict[str, Any], place: str) -> IncomingTask:
    instance = text_of(data.get(_INSTANCE)) or place
    model = text_of(data.get(_MODEL))
    patches = (text_of(data.get(key)).strip("\r\n") for key in _PATCHES)
    patch = next(filter(None, patches), "")
    return IncomingTask(
        external_id=f"{model}/{instance}" if model else instance,
        title=instance,
        status=Status.SUCCEEDED if patch else Status.FAILED,
        status_word=None if patch else NO_PATCH,
        kind="prediction",
        description=fenced(patch, "diff") if patch else "",
        raw=value.raw,
        offset=value.offset,
        length=value.length,
        batch=_BATCH,
        tags=(model,) if model else (),
    )


SWE_PREDS: Final = SwePredictions()
