"""The Original tab: the very bytes of a kept file that a record came from."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from db.cancel import CancelToken
from db.errors import RecordNotFoundError, SheafError
from db.originals import read_range, read_whole
from db.ports import Storage
from db.records import SourceRange, UploadRecord
from desktop_app.background import Background
from desktop_app.detail.files import save_file
from desktop_app.detail.seen import Seen
from desktop_app.detail.text_views import PlainView
from desktop_app.latest import Latest
from desktop_app.look.text import count, counted, isolated, size
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import SPACE_PX
from desktop_app.widgets.flow_layout import FlowLayout
from desktop_app.widgets.plain_label import PlainLabel

SHOWN_BYTES: Final = 5_000_000


class OriginalView(QWidget):
    """Names the kept file and the byte range, and shows or exports what is there."""

    def __init__(self, background: Background[Storage], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._latest = Latest(background, self)
        self._range: SourceRange | None = None
        self._key: object = None
        self._where = PlainLabel("")
        self._where.setWordWrap(True)
        self._show = QPushButton("Show in original")
        self._show.clicked.connect(self._read)
        self._export = QPushButton("Export original…")
        self._export.clicked.connect(self._ask_file)
        self._text = PlainView("Text of the original")
        self._text.setLineWrapMode(PlainView.LineWrapMode.NoWrap)
        buttons = FlowLayout()
        buttons.addWidget(self._show)
        buttons.addWidget(self._export)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, current_theme().px(SPACE_PX), 0, 0)
        column.addWidget(self._where)
        column.addLayout(buttons)
        column.addWidget(self._text, 1)
        column.addStretch()

    def show_seen(self, seen: Seen) -> None:
        """Show where a record came from; its text is read when asked for."""
        key = (seen.key, seen.source_range)
        if key == self._key:
            return
        self._key, self._range = key, seen.source_range
        self._latest.cancel()
        self._text.feeder.stop()
        self._text.hide()
        self._where.setText(_where(self._range))
        self._show.setVisible(self._range is not None)
        self._export.setVisible(self._range is not None)

    def _read(self) -> None:
        place = self._range
        assert place is not None

        def read(storage: Storage, _token: CancelToken) -> bytes:
            length = min(place.length, SHOWN_BYTES)
            sha256 = _upload(storage, place).sha256
            return read_range(storage.originals_folder(), sha256, place.offset, length)

        self._latest.ask(read, self._show_bytes, self._show_error)

    def _show_bytes(self, content: bytes) -> None:
        self._text.show_text(content.decode(errors="replace"))
        self._text.show()
        if self._range is not None and self._range.length > len(content):
            self._where.setText(
                f"{_where(self._range)}\nThe first {size(len(content))} are shown."
            )

    def _show_error(self, error: SheafError) -> None:
        self._text.show_text(str(error))
        self._text.show()

    def _ask_file(self) -> None:
        place = self._range
        assert place is not None
        save_file(
            self,
            self._background,
            place.name,
            lambda storage: read_whole(
                storage.originals_folder(), _upload(storage, place).sha256
            ),
        )


def _where(place: SourceRange | None) -> str:
    if place is None:
        return "This was made in Sheaf: there is no original file."
    return (
        f"{isolated(place.name)}\n{counted(place.length, 'byte', 'bytes')}"
        f" from byte {count(place.offset)}"
    )


def _upload(storage: Storage, place: SourceRange) -> UploadRecord:
    for upload in storage.uploads():
        if upload.pk == place.upload_pk:
            return upload
    raise RecordNotFoundError(f"The original of {place.name} is no longer kept.")
