import pytest
from PySide6.QtCore import QObject, Qt, QUrl, Slot
from PySide6.QtGui import QBrush, QColor, QDesktopServices, QImage, QTextCursor
from PySide6.QtWidgets import QFileDialog, QPushButton, QScrollArea

from db.records import Kind
from desktop_app.detail.link_bar import LinkBar
from desktop_app.detail.long_text import PIECE
from desktop_app.detail.long_text_view import HEAD
from desktop_app.detail.pane import DetailPane
from desktop_app.detail.payload_view import PayloadView
from desktop_app.detail.text_views import MarkdownView, PlainView
from desktop_app.dialogs.error import ErrorDialog
from desktop_app.look.theme import Face


@pytest.fixture
def view(shown):
    return shown(MarkdownView("Description"), 700, 500)


@pytest.fixture
def picture(tmp_path):
    """A real picture, 321 pixels wide and 300 high."""
    image = QImage(321, 300, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    path = tmp_path / "picture.png"
    assert image.save(str(path))
    return path


def images_in(document):
    block, found = document.begin(), []
    while block.isValid():
        parts = block.begin()
        while not parts.atEnd():
            if parts.fragment().charFormat().isImageFormat():
                found.append(parts.fragment().text())
            parts += 1
        block = block.next()
    return found


def button(widget, text):
    return next(b for b in widget.findChildren(QPushButton) if b.text() == text)


@pytest.mark.parametrize("form", ["{path}", "file://{path}", "http://127.0.0.1:9/{path}"])
def test_a_picture_is_named_and_never_loaded(view, picture, form):
    view.show_markdown(f"Before ![a chart]({form.format(path=picture)}) after")
    assert images_in(view.document()) == []
    assert "[image: a chart]" in view.toPlainText()
    assert view.document().size().height() < 100


def test_a_picture_beside_the_program_is_not_loaded(view, picture, monkeypatch):
    monkeypatch.chdir(picture.parent)
    view.show_markdown(f"![]({picture.name}) ![a]({picture.name}) ![a]({picture.name})")
    assert images_in(view.document()) == []
    assert view.toPlainText().split() == ["[image:", "a]", "[image:", "a]"]


def test_a_picture_in_a_table_or_behind_a_link_is_not_loaded(view, picture):
    view.show_markdown(f"| a |\n|---|\n| ![in]({picture}) |\n\n[![on]({picture})](http://x)")
    assert images_in(view.document()) == []
    assert "[image: in]" in view.toPlainText()
    assert "[image: on]" in view.toPlainText()
    assert view.document().size().height() < 150


def test_html_is_shown_as_it_is_written(view, picture):
    html = f'<img src="{picture}"><script>alert(1)</script><iframe src="http://x"></iframe>'
    view.show_markdown(html)
    assert view.toPlainText() == html
    assert view.document().size().height() < 100


def test_a_link_is_shown_and_copied_but_never_followed(
    qtbot, pane, open_record, make_task, qapp
):
    open_record(Kind.TASK, make_task(description="[here](file:///etc/passwd)"))
    view = pane.description.reader.markdown
    cursor = QTextCursor(view.document())
    cursor.setPosition(2)
    with qtbot.waitSignal(view.link_chosen) as chosen:
        qtbot.mouseClick(
            view.viewport(), Qt.MouseButton.LeftButton, pos=view.cursorRect(cursor).center()
        )
    assert chosen.args == ["file:///etc/passwd"]
    assert view.toPlainText() == "here"
    button(pane, "Copy address").click()
    assert qapp.clipboard().text() == "file:///etc/passwd"


class Browser(QObject):
    def __init__(self):
        super().__init__()
        self.asked = []

    @Slot(QUrl)
    def take(self, url):
        self.asked.append(url.toString())


def test_the_browser_is_given_an_address_of_the_web_and_its_true_host_is_named(qtbot):
    browser = Browser()
    QDesktopServices.setUrlHandler("https", browser, "take")
    try:
        links = LinkBar()
        qtbot.addWidget(links)
        links.show_address("https://bank.example@evil.example/login")
        assert browser.asked == []
        button(links, "Open evil.example in the browser").click()
        assert browser.asked == ["https://bank.example@evil.example/login"]
    finally:
        QDesktopServices.unsetUrlHandler("https")


@pytest.mark.parametrize("address", ["file:///etc/passwd", "javascript:1", "https:", "data:,x"])
def test_no_other_address_can_be_opened(qtbot, address):
    links = LinkBar()
    qtbot.addWidget(links)
    links.show_address(address)
    assert [each.text() for each in links.findChildren(QPushButton) if each.isVisible()] == [
        "Copy address"
    ]


def test_a_table_too_large_to_lay_out_is_shown_as_its_source(qtbot, view):
    source = "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 5_000
    view.show_markdown(source)
    qtbot.waitUntil(lambda: not view.feeder.is_feeding())
    assert view.toPlainText().count("| 1 | 2 |\n") >= 4_990
    view.show_markdown("| a | b |\n|---|---|\n| 1 | 2 |\n")
    assert "|" not in view.toPlainText()


@pytest.mark.parametrize(
    ("source", "look"),
    [
        ("# Heading\n\non", lambda block: block.blockFormat().headingLevel() == 1),
        ("```\ncode\n```\n\non", lambda block: block.blockFormat().background() != QBrush()),
        ("- item\n- another", lambda block: block.textList() is not None),
    ],
    ids=["heading", "code", "list"],
)
def test_what_begins_a_piece_looks_as_it_does_elsewhere(view, qtbot, source, look):
    before = "words\n\n" * (PIECE // 6)
    view.show_markdown(f"{before}{source}")
    qtbot.waitUntil(lambda: not view.feeder.is_feeding())
    texts = view.toPlainText().split("\n")
    number = texts.index(source.split("\n")["```" in source].lstrip("#- "))
    assert texts[number - 1] == "words"
    assert look(view.document().findBlockByNumber(number))


def inked(view, word):
    """Return the stretches of the line in which a word stands that hold ink, in pixels."""
    cursor = view.document().find(word)
    line = view.cursorRect(cursor)
    picture = view.viewport().grab().toImage()
    ground = picture.pixel(picture.width() - 1, line.center().y())
    rows = range(line.top(), line.bottom())
    columns = [any(picture.pixel(x, y) != ground for y in rows) for x in range(picture.width())]
    edges = [x for x in range(1, len(columns)) if columns[x] != columns[x - 1]]
    return list(zip(edges[::2], edges[1::2], strict=True))


@pytest.mark.parametrize(
    ("source", "parts_of_mark"),
    [
        ("- llll", 1),
        ("- outer\n  - llll", 1),
        ("- [ ] llll", 1),
        ("- [x] llll", 1),
        ("1. llll", 2),
        ("> - llll", 1),
    ],
)
def test_the_mark_of_an_item_stands_off_its_text(view, source, parts_of_mark):
    view.show_markdown(source)
    ink = inked(view, "llll")
    mark, text = ink[:parts_of_mark], ink[parts_of_mark:]
    assert len(text) == 4
    assert text[0][0] - mark[-1][1] >= 6


def test_the_mark_of_a_deeper_item_stands_further_in(view):
    view.show_markdown("- aaaa\n  - bbbb\n    - cccc\n\n> - dddd")
    starts = [inked(view, word)[0][0] for word in ("aaaa", "bbbb", "cccc")]
    assert starts == sorted(set(starts))
    assert inked(view, "dddd")[0][0] > starts[0]


def test_a_long_number_of_an_item_is_not_cut(view):
    view.show_markdown("99998. llll\n99999. another")
    assert inked(view, "llll")[0][0] > 0


@pytest.mark.parametrize("kind", [MarkdownView, PlainView])
def test_five_megabytes_on_one_line_are_taken_in_small_steps(shown, kind):
    view = shown(kind("Text"))
    show = view.show_markdown if kind is MarkdownView else view.show_text
    show("x" * 5_000_000)
    assert view.feeder.is_feeding()
    assert 0 < view.document().characterCount() < 20 * PIECE
    blocks = [view.document().findBlockByNumber(n) for n in range(5)]
    assert max(block.length() for block in blocks) <= 1_001


@pytest.mark.parametrize("kind", [MarkdownView, PlainView])
def test_a_text_is_shown_from_its_start(qtbot, shown, kind):
    view = shown(kind("Text"), 300, 120)
    show = view.show_markdown if kind is MarkdownView else view.show_text
    show("A paragraph of some words.\n\n" * 2_000)
    view.resize(260, 100)
    qtbot.waitUntil(lambda: not view.feeder.is_feeding())
    assert view.verticalScrollBar().maximum() > 0
    assert view.verticalScrollBar().value() == 0
    assert view.textCursor().position() == 0


def test_another_record_is_shown_from_its_top(qtbot, shown, workspace, make_task):
    first, second = make_task("First"), make_task("Second")
    pane = shown(DetailPane(workspace), 380, 240)
    with qtbot.waitSignal(pane.seen_anew):
        pane.show_record(Kind.TASK, first)
    bar = next(
        area.verticalScrollBar()
        for area in pane.findChildren(QScrollArea)
        if area.isAncestorOf(pane.header)
    )
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    bar.setValue(bar.maximum())
    with qtbot.waitSignal(pane.seen_anew):
        pane.show_record(Kind.TASK, second)
    assert bar.value() == 0


def test_plain_text_is_shown_in_signs_of_one_width(shown, theme):
    view = shown(PlainView("Text"))
    assert view.font().family() == theme.font(Face.MONO).family()


def test_a_long_description_shows_its_head_and_three_ways_on(
    qtbot, pane, open_record, make_task, tmp_path
):
    text = "A sentence of a long report.\n\n" * 12_000
    open_record(Kind.TASK, make_task(description=text))
    description = pane.description
    qtbot.waitUntil(lambda: not description.reader.markdown.feeder.is_feeding())
    assert len(description.reader.markdown.toPlainText()) <= HEAD
    assert not description._edit.isEnabled()

    button(pane.description, "Save to file…").click()
    dialog = pane.findChild(QFileDialog)
    path = tmp_path / "report.md"
    dialog.fileSelected.emit(str(path))
    dialog.reject()
    qtbot.waitUntil(path.exists)
    assert path.read_text() == text

    button(pane, "Show as plain text").click()
    plain = description.reader.plain
    qtbot.waitUntil(lambda: not plain.feeder.is_feeding(), timeout=20_000)
    assert plain.toPlainText() == text


def test_a_file_that_cannot_be_written_is_said_in_words(
    qtbot, pane, open_record, make_task, tmp_path
):
    open_record(Kind.TASK, make_task(description="long " * 60_000))
    button(pane.description, "Save to file…").click()
    dialog = pane.findChild(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "missing" / "report.md"))
    dialog.reject()
    qtbot.waitUntil(lambda: pane.findChild(ErrorDialog) is not None)
    assert "could not be written" in pane.findChild(ErrorDialog).accessibleDescription()


def test_a_description_is_written_and_saved(
    qtbot, pane, open_record, settled, make_task, task_of
):
    pk = make_task()
    open_record(Kind.TASK, pk)
    button(pane, "Write the description").click()
    field = pane.description._editor._field
    assert field.hasFocus()
    qtbot.keyClicks(field, "# Plan")
    settled(qtbot.keyClick, field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert task_of(pk).description == "# Plan"
    assert pane.description.reader.markdown.toPlainText() == "Plan"


def test_a_description_being_written_survives_a_refresh_and_is_saved_on_leaving(
    qtbot, pane, open_record, settled, make_task, task_of, workspace
):
    first, second = make_task(), make_task("Another")
    open_record(Kind.TASK, first)
    pane.description.start_editing()
    field = pane.description._editor._field
    qtbot.keyClicks(field, "half a thought")
    settled(workspace.archive, Kind.TASK, (second,))
    assert field.toPlainText() == "half a thought"
    open_record(Kind.TASK, second)
    qtbot.waitUntil(lambda: task_of(first).description == "half a thought")
    assert not pane.description.is_editing()


def test_cancel_and_esc_save_nothing(qtbot, pane, open_record, make_task, task_of):
    pk = make_task(description="As it was")
    open_record(Kind.TASK, pk)
    pane.description.start_editing()
    qtbot.keyClick(pane.description._editor._field, Qt.Key.Key_Escape)
    assert not pane.description.is_editing()
    pane.description.start_editing()
    qtbot.keyClicks(pane.description._editor._field, "no ")
    qtbot.keyClick(pane.description._editor._field, Qt.Key.Key_Escape)
    assert pane.description.is_editing()
    button(pane.description, "Cancel").click()
    assert pane.description.reader.markdown.toPlainText() == "As it was"
    assert task_of(pk).record.version == 1


def test_where_there_is_no_description_what_else_the_record_came_with_is_shown(
    qtbot, pane, open_record, import_task, make_task
):
    pk = import_task(b'{"prompt": "Imported", "steps": ["look", "leap"]}')
    open_record(Kind.TASK, pk)
    (shown,) = pane.description.findChildren(PayloadView)
    qtbot.waitUntil(lambda: "steps" in [node.name for node in shown.tree.root.children])
    assert shown.isVisible()
    open_record(Kind.TASK, make_task())
    assert not shown.isVisible()
