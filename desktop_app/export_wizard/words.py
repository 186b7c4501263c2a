"""How an export reads: what a format can carry, what looks like a secret, what was written."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from db.exchange.exporting import COPY, ORIGINAL, Exported, ExportFormat, ExportProgress
from db.exchange.secret_review import MOST_FOUND, Found
from db.exchange.secrets import find
from db.records import Kind
from desktop_app.export_order import ExportOrder
from desktop_app.look import text

UNLOOKED: Final = frozenset({COPY, ORIGINAL})
"""The formats that write everything as it is, in which nothing can be redacted."""

BEST_EFFORT: Final = (
    "This is best effort: Sheaf knows the shapes of many keys, tokens, passwords and e-mail"
    " addresses, but it can miss some, and it can take something harmless for a secret."
)
_SHOWN_PART: Final = 4
_MOST_SHOWN: Final = 4
_MOST_BEFORE: Final = 20
_DOTS: Final = "••••••"
_NAME: Final = re.compile("`([^`]+)`")


def carries(chosen: ExportFormat) -> str:
    """Return what a format can carry."""
    if not chosen.kinds or chosen.kinds == frozenset(Kind):
        return "Carries: records of every kind."
    return f"Carries: {_listed([kind.plural for kind in Kind if kind in chosen.kinds])}."


def loses(chosen: ExportFormat) -> str:
    """Return what a format cannot carry; names are in quotation marks."""
    lost = _NAME.sub(r"“\1”", chosen.loses)
    return f"Loses: {lost}." if lost else "Loses: nothing."


def masked(secret: str) -> str:
    """Return the beginning of a secret, by which one knows it again, and dots for the rest."""
    return secret[: min(_MOST_SHOWN, len(secret) // _SHOWN_PART)] + _DOTS


def context(found: Found) -> str:
    """Return what stands around a secret, with it and all others masked.

    So little stands before it that it is seen where there is not much room.
    """
    before = _all_masked(found.before)
    if len(before) > _MOST_BEFORE:
        before = f"…{before[-_MOST_BEFORE:]}"
    parts = (before, masked(found.secret), _all_masked(found.after))
    return " ".join("".join(parts).split())


def record_words(found: Found) -> str:
    """Return which record a secret stands in."""
    kind = "" if found.record_kind is None else found.record_kind.word.capitalize()
    return " ".join(filter(None, (kind, _all_masked(found.title) or found.record)))


def found_words(found: Collection[Found]) -> str:
    """Return how much was found, and how sure that is."""
    number = text.counted(len(found), "place looks", "places look")
    secrets = text.counted(len({each.digest for each in found}), "secret", "secrets")
    said = f"{number} like a secret: {secrets}, each treated alike wherever it stands."
    if len(found) >= MOST_FOUND:
        said = (
            f"The first {text.count(MOST_FOUND)} places that look like a secret. What is not"
            " listed is redacted too, unless all is kept."
        )
    return f"{said} {BEST_EFFORT}"


def button_words(found: Collection[Found], keep: Collection[str]) -> str:
    """Return what the button says that goes on from the review: it carries the number."""
    secrets = {each.digest for each in found}
    kept = len(secrets.intersection(keep))
    if kept == len(secrets):
        return f"Keep {text.counted(kept, 'secret', 'secrets')} and export"
    of = f" of {text.count(len(secrets))}" if kept else ""
    redacted = len(secrets) - kept
    return f"Redact {text.count(redacted)}{of} and export"


def progress_words(progress: ExportProgress) -> str:
    """Return how far the writing is."""
    done, total = text.count(progress.done), text.count(progress.total)
    return f"{'Reading back: ' if progress.is_checking else ''}{done} of {total} records"


def written_words(order: ExportOrder, exported: Exported) -> str:
    """Return how much was written: records, or files of originals."""
    if order.format_name == ORIGINAL:
        return text.counted(exported.written, "file", "files")
    return text.counted(exported.written, "record", "records")


def report_lines(order: ExportOrder, exported: Exported) -> Iterator[str]:
    """Yield what is to be told of an export that was written."""
    if exported.verified is not None:
        yield (
            f"Verified: {text.count(exported.verified)} of {text.count(exported.written)} read"
            " back as they were meant."
        )
    yield from left_out_lines(order, exported)
    if order.options.redact is not False:
        yield _redacted_words(order, exported.secrets or 0)
    elif order.format_name in UNLOOKED:
        yield "Nothing was looked through for secrets: this format writes everything as it is."
    else:
        yield "Nothing was redacted."
    if exported.manifest is not None:
        yield f"Manifest: {exported.manifest.name}"
    yield f"In {order.path.absolute()}"


def left_out_lines(order: ExportOrder, exported: Exported) -> Iterator[str]:
    """Yield what is to be told of originals or records that are not in what was written."""
    if not exported.left_out:
        return
    if order.format_name == ORIGINAL:
        lost = text.counted(len(exported.left_out), "original", "originals")
        yield f"Left out, as missing or damaged: {lost}."
        return
    yield from (f"Not found in it: {name}" for name in exported.left_out)
    more = exported.written - (exported.verified or 0) - len(exported.left_out)
    if more > 0:
        yield f"And {text.count(more)} more."


def _redacted_words(order: ExportOrder, number: int) -> str:
    if not number and not order.options.keep:
        return "Nothing in it looked like a secret, as far as Sheaf can tell."
    return f"Redacted: {text.counted(number, 'secret', 'secrets')}."


def _all_masked(said: str) -> str:
    parts, end = [], 0
    for secret in find(said):
        parts += [said[end : secret.start], masked(said[secret.start : secret.end])]
        end = secret.end
    return "".join([*parts, said[end:]])


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
