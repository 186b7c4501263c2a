"""The pills of what is no state: how bad, how judged, who speaks, what went wrong."""

from __future__ import annotations

from typing import Final

from db.vocabulary import Review, Role, Severity
from desktop_app.look.cells import PillCell
from desktop_app.look.marks import Mark
from desktop_app.look.tokens import StatusInk

_BAD: Final = StatusInk("bad", "bad_bg")
_WARM: Final = StatusInk("run", "run_bg")
_IDLE: Final = StatusInk("idle", "idle_bg")
_REVIEW: Final = StatusInk("rev", "rev_bg")
_GOOD: Final = StatusInk("ok", "ok_bg")
_COOL: Final = StatusInk("hold", "hold_bg")
_GONE: Final = StatusInk("muted", "hover")

SEVERITY_PILLS: Final = {
    Severity.CRITICAL: PillCell(Mark.ALERT, "Critical", _BAD),
    Severity.HIGH: PillCell(Mark.UP, "High", _WARM),
    Severity.MEDIUM: PillCell(Mark.DOT, "Medium", _IDLE),
    Severity.LOW: PillCell(Mark.DOWN, "Low", _IDLE),
}
REVIEW_PILLS: Final = {
    Review.PENDING: PillCell(Mark.DIAMOND, "Pending", _REVIEW),
    Review.APPROVED: PillCell(Mark.TICK, "Approved", _GOOD),
    Review.REJECTED: PillCell(Mark.CROSS, "Rejected", _BAD),
    Review.SUPERSEDED: PillCell(Mark.DASH, "Superseded", _GONE),
}
ROLE_PILLS: Final = {
    Role.USER: PillCell(Mark.PERSON, "User", _COOL),
    Role.ASSISTANT: PillCell(Mark.SPARK, "Assistant", _REVIEW),
    Role.SYSTEM: PillCell(Mark.DOT, "System", _IDLE),
    Role.TOOL: PillCell(Mark.PROMPT, "Tool", _WARM),
}
STALLED_PILL: Final = PillCell(Mark.ALERT, "Stalled", _BAD)
SUPERSEDED_PILL: Final = REVIEW_PILLS[Review.SUPERSEDED]


def error_pill(words: str) -> PillCell:
    """Return the pill of something that went wrong: `Error`, or how much did: `3`."""
    return PillCell(Mark.CROSS, words, _BAD)
