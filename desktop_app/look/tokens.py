"""Every colour and every measure of the window, named by what it is for."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from db.vocabulary import Status

TEXT_PX: Final = 13
"""The body text all other measures are drawn for; they grow with the real text size."""
SMALL_TEXT_PX: Final = 11
HEADING_PX: Final = 17
TITLE_PX: Final = 20
SPACE_PX: Final = 8
CARD_GAP_PX: Final = 12
CARD_PADDING_PX: Final = 16
CARD_RADIUS_PX: Final = 10
CONTROL_RADIUS_PX: Final = 8
CELL_PADDING_PX: Final = 10
ICON_PX: Final = 16
CHIP_PX: Final = 26
TARGET_PX: Final = 24
"""The least height and width of anything that can be clicked."""


class RowPx(IntEnum):
    """The height of a table row."""

    TIGHT = 25
    COMPACT = 32
    NORMAL = 40
    ROOMY = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """One set of colours, as `#RRGGBB`.

    `line` only decorates; `strong` is the border of inputs and reaches 3:1. `faint` never
    stands on a selection. A name with `_bg` is the ground of the name before it.
    """

    dark: bool
    bg: str
    surface: str
    raised: str
    hover: str
    line: str
    strong: str
    text: str
    muted: str
    faint: str
    accent: str
    accent_hover: str
    accent_soft: str
    on_accent: str
    sel: str
    sel_text: str
    ok: str
    ok_bg: str
    bad: str
    bad_bg: str
    run: str
    run_bg: str
    idle: str
    idle_bg: str
    rev: str
    rev_bg: str
    hold: str
    hold_bg: str


LIGHT: Final = Tokens(
    dark=False,
    bg="#F6F5F2",
    surface="#FFFFFF",
    raised="#FBFAF8",
    hover="#F3F1ED",
    line="#E4E1DA",
    strong="#8F887C",
    text="#1F1D1A",
    muted="#6B665D",
    faint="#6F6960",
    accent="#2F5D50",
    accent_hover="#3A6D5F",
    accent_soft="#E3EEEA",
    on_accent="#FFFFFF",
    sel="#DCEAE5",
    sel_text="#14211D",
    ok="#1F7A4D",
    ok_bg="#E2F3E9",
    bad="#B3261E",
    bad_bg="#FBE7E5",
    run="#8A5A00",
    run_bg="#FBF0D9",
    idle="#5C6470",
    idle_bg="#ECEEF1",
    rev="#5B4BB5",
    rev_bg="#ECE9FA",
    hold="#1D6391",
    hold_bg="#E1EFF8",
)

DARK: Final = Tokens(
    dark=True,
    bg="#161816",
    surface="#1E211F",
    raised="#232724",
    hover="#282C29",
    line="#303532",
    strong="#78807B",
    text="#ECEAE4",
    muted="#B4B5AD",
    faint="#94968E",
    accent="#7FC1AC",
    accent_hover="#93D0BC",
    accent_soft="#233B34",
    on_accent="#0E1512",
    sel="#2B463E",
    sel_text="#F2F6F4",
    ok="#7BD3A2",
    ok_bg="#1B3A2A",
    bad="#F2A19A",
    bad_bg="#46201D",
    run="#EDC37A",
    run_bg="#40310F",
    idle="#B7BDC7",
    idle_bg="#2C3036",
    rev="#BBB0F5",
    rev_bg="#2F2A4F",
    hold="#8CC3EA",
    hold_bg="#1B3547",
)

CONTRAST: Final = Tokens(
    dark=True,
    bg="#000000",
    surface="#000000",
    raised="#0B0D0C",
    hover="#1F2321",
    line="#8A908C",
    strong="#FFFFFF",
    text="#FFFFFF",
    muted="#EDEDED",
    faint="#D6D6D6",
    accent="#8FF0D0",
    accent_hover="#B9F7E4",
    accent_soft="#0B3A2E",
    on_accent="#000000",
    sel="#0E4A3A",
    sel_text="#FFFFFF",
    ok="#8BF0B4",
    ok_bg="#00260F",
    bad="#FFB8B2",
    bad_bg="#3A0704",
    run="#FFD98A",
    run_bg="#2E2000",
    idle="#E2E6EC",
    idle_bg="#20242A",
    rev="#D3CBFF",
    rev_bg="#1F1640",
    hold="#A9DBFF",
    hold_bg="#04263C",
)


@dataclass(frozen=True, slots=True)
class StatusInk:
    """The tokens a state is painted with: its words and marks, and the pill behind them."""

    ink: str
    ground: str


STATUS_INK: Final = {
    Status.RUNNING: StatusInk("run", "run_bg"),
    Status.QUEUED: StatusInk("idle", "idle_bg"),
    Status.REVIEW: StatusInk("rev", "rev_bg"),
    Status.BLOCKED: StatusInk("hold", "hold_bg"),
    Status.FAILED: StatusInk("bad", "bad_bg"),
    Status.SUCCEEDED: StatusInk("ok", "ok_bg"),
    Status.CANCELED: StatusInk("muted", "hover"),
}


_LINEAR_UP_TO: Final = 0.04045
"""Below this sRGB is a straight line, says WCAG."""


def contrast_ratio(first: str, second: str) -> float:
    """Return the WCAG contrast of two `#RRGGBB` colours, from 1 to 21."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    red, green, blue = (
        c / 12.92 if c <= _LINEAR_UP_TO else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
