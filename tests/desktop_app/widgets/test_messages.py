import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QToolButton

from db.vocabulary import Status
from desktop_app.look.text import counts_sentence
from desktop_app.look.tokens import LIGHT
from desktop_app.widgets.banner import Banner
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.widgets.state_panel import StatePanel
from desktop_app.widgets.summary_bar import SummaryBar


def counts(**numbers):
    return tuple(numbers.get(status.word, 0) for status in Status)


def test_a_label_shows_markup_as_text(shown):
    label = shown(PlainLabel('<b>bold</b> <img src="file:///etc/hostname">'))
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert label.sizeHint().height() < 40


def test_a_banner_says_how_grave_it_is_in_words(shown):
    banner = shown(Banner())
    banner.show_message("error", "The file is locked.")
    assert banner.text == "The file is locked."
    assert banner.accessibleName() == "Error: The file is locked."


def test_a_banner_shows_only_the_buttons_of_its_message(shown, qtbot):
    heard = []
    banner = shown(Banner())
    banner.show_message("info", "One.", [("First", lambda: heard.append(1), False)])
    banner.show_message("info", "Two.", [("Second", lambda: heard.append(2), True)])
    assert [button.text() for button in banner.buttons] == ["Second"]
    qtbot.keyClick(banner.buttons[0], Qt.Key.Key_Space)
    assert heard == [2]


def test_a_banner_that_has_to_stay_cannot_be_closed(shown, qtbot):
    banner = shown(Banner())
    close = next(
        b
        for b in banner.findChildren(QToolButton)
        if b.accessibleName() == "Close this message"
    )
    banner.show_message("warning", "Nothing is kept.", closable=False)
    assert close.isHidden()
    banner.show_message("warning", "Nothing is kept.")
    with qtbot.waitSignal(banner.closed):
        qtbot.mouseClick(close, Qt.MouseButton.LeftButton)
    assert banner.isHidden()


def test_an_unknown_kind_of_banner_is_refused(shown):
    with pytest.raises(ValueError, match="funny"):
        shown(Banner()).show_message("funny", "x")


def test_a_state_has_words_and_a_next_step(shown, qtbot):
    heard = []
    panel = shown(StatePanel())
    panel.show_state(
        "inbox",
        "No batches yet",
        "Drop a JSON file here.",
        [("Import…", lambda: heard.append("import"), True), ("New", list, False)],
    )
    assert panel.accessibleName() == "No batches yet"
    assert panel.accessibleDescription() == "Drop a JSON file here."
    assert [button.text() for button in panel.buttons] == ["Import…", "New"]
    qtbot.keyClick(panel.buttons[0], Qt.Key.Key_Space)
    assert heard == ["import"]


def test_a_newer_state_replaces_the_older(shown):
    panel = shown(StatePanel())
    panel.show_state("inbox", "Empty", "", [("Import…", list, True)])
    panel.show_state("search", "No batches match")
    assert panel.buttons == []
    shown_words = [label.text() for label in panel.findChildren(QLabel) if label.isVisible()]
    assert shown_words == ["No batches match"]


def test_a_long_sentence_is_wrapped_and_not_cut(shown):
    panel = shown(StatePanel())
    panel.resize(640, 400)
    panel.show_state("error", "Damaged", "The file was left exactly as it is. " * 6)
    sentence = next(la for la in panel.findChildren(QLabel) if "left" in la.text())
    panel.grab()
    assert sentence.height() >= sentence.heightForWidth(sentence.width())
    assert sentence.height() > 2 * sentence.fontMetrics().height()


def test_the_summary_bar_says_in_words_what_it_shows(shown):
    bar = shown(SummaryBar())
    told = counts(succeeded=9, failed=2, queued=1)
    bar.show_counts(told)
    assert bar.accessibleName() == counts_sentence(told) == "9 succeeded, 2 failed, 1 queued"


def test_the_smallest_part_of_the_summary_bar_is_seen(shown):
    bar = shown(SummaryBar())
    bar.resize(300, 12)
    bar.show_counts(counts(succeeded=1_000_000, failed=1))
    image = bar.grab().toImage()
    row = [image.pixelColor(x, 6).name().upper() for x in range(300)]
    assert row.count(LIGHT.bad) >= 3
    assert row.count(LIGHT.ok) > 200


def test_the_summary_bar_runs_the_other_way_in_a_mirrored_window(shown):
    bar = shown(SummaryBar())
    bar.resize(300, 12)
    bar.show_counts(counts(succeeded=1, failed=1))
    bar.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    image = bar.grab().toImage()
    assert image.pixelColor(20, 6).name().upper() == LIGHT.bad
    assert image.pixelColor(280, 6).name().upper() == LIGHT.ok
