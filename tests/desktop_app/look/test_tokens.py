import pytest

from db.vocabulary import Status
from desktop_app.look.tokens import CONTRAST, DARK, LIGHT, STATUS_INK, contrast_ratio

SETS = pytest.mark.parametrize(
    "worn", [LIGHT, DARK, CONTRAST], ids=["light", "dark", "contrast"]
)
GROUNDS = ("bg", "surface", "raised", "hover")
TEXT_PAIRS = [
    *((ink, ground) for ink in ("text", "muted", "faint") for ground in GROUNDS),
    *((ink, ground) for ink in ("accent", "bad") for ground in GROUNDS),
    *((ink, ground) for ink in ("hold", "rev") for ground in ("surface", "raised", "hover")),
    *((status.ink, status.ground) for status in STATUS_INK.values()),
    *(("text", ground) for ground in ("accent_soft", "run_bg", "bad_bg")),
    ("sel_text", "sel"),
    ("accent", "accent_soft"),
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    ("bad", "bad_bg"),
    ("idle", "idle_bg"),
]
MARK_PAIRS = [
    *((STATUS_INK[status].ink, ground) for status in Status for ground in (*GROUNDS, "sel")),
    *(("strong", ground) for ground in GROUNDS),
    *(("accent", ground) for ground in (*GROUNDS, "sel", "accent_soft")),
    ("run", "run_bg"),
    ("bad", "bad_bg"),
]


@SETS
@pytest.mark.parametrize(("ink", "ground"), sorted(set(TEXT_PAIRS)))
def test_text_reads_on_every_ground_it_stands_on(worn, ink, ground):
    least = 7 if worn is CONTRAST else 4.5
    assert contrast_ratio(getattr(worn, ink), getattr(worn, ground)) >= least


@SETS
@pytest.mark.parametrize(("mark", "ground"), sorted(set(MARK_PAIRS)))
def test_borders_rings_and_marks_stand_out(worn, mark, ground):
    assert contrast_ratio(getattr(worn, mark), getattr(worn, ground)) >= 3


def test_contrast_is_measured_as_wcag_does():
    assert contrast_ratio("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast_ratio("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert contrast_ratio("#FFFFFF", "#FFFFFF") == pytest.approx(1)


def test_every_state_has_its_colours():
    assert set(STATUS_INK) == set(Status)
