"""The look as the program wears it now: one palette, one style sheet, fonts and measures."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QFontMetricsF, QPalette
from PySide6.QtWidgets import QApplication

from desktop_app.look import tokens as look
from desktop_app.look.artwork import Artwork
from desktop_app.look.style_sheet import style_sheet
from desktop_app.look.tokens import CONTRAST, DARK, LIGHT, Tokens


class Scheme(StrEnum):
    """Which set of colours to wear; the words are what the settings keep."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"
    CONTRAST = "contrast"


class Face(StrEnum):
    """The kinds of text in the window."""

    BODY = "body"
    MEDIUM = "medium"
    SMALL = "small"
    MONO = "mono"


_FIXED: Final = {Scheme.LIGHT: LIGHT, Scheme.DARK: DARK, Scheme.CONTRAST: CONTRAST}


class Theme(QObject):
    """Dresses the application, and keeps dressing it as the system's wishes change.

    There is one, owned by the application; `current_theme()` finds it. `changed` comes
    after the palette, the style sheet and the measures are the new ones.
    """

    changed = Signal()

    def __init__(self, scheme: str = Scheme.SYSTEM) -> None:
        super().__init__()
        self._scheme = Scheme(scheme)
        self._zoom = 1.0
        self._tokens = LIGHT
        self._scale = 1.0
        self._artwork = Artwork()
        self._colours: dict[str, QColor] = {}
        self._fonts: dict[Face, QFont] = {}
        self._metrics: dict[Face, QFontMetricsF] = {}

    @property
    def tokens(self) -> Tokens:
        """The colours worn now."""
        return self._tokens

    @property
    def scheme(self) -> Scheme:
        """The choice behind them."""
        return self._scheme

    @property
    def zoom(self) -> float:
        """How much larger than the system's text ours is; 1 is the same."""
        return self._zoom

    def apply(self, app: QApplication) -> None:
        """Dress `app` from now on; a theme it had before is dropped."""
        for former in app.findChildren(Theme):
            former.setParent(None)
        self.setParent(app)
        app.setStyle("Fusion")
        hints = app.styleHints()
        hints.colorSchemeChanged.connect(self.refresh)
        hints.accessibility().contrastPreferenceChanged.connect(self.refresh)
        self.refresh()

    def set_scheme(self, scheme: str) -> None:
        """Wear another set of colours, or follow the system."""
        self._scheme = Scheme(scheme)
        self.refresh()

    def set_zoom(self, zoom: float) -> None:
        """Show all text, and everything measured by it, `zoom` times the system's size."""
        self._zoom = min(3.0, max(0.5, zoom))
        self.refresh()

    def refresh(self) -> None:
        """Look again at what the system wants: colours, contrast, text size."""
        app = _application()
        self._tokens = self._wanted()
        self._scale = self._wanted_scale()
        self._colours.clear()
        self._fonts.clear()
        self._metrics.clear()
        app.setFont(self.font(Face.BODY))
        app.setPalette(_palette(self._tokens))
        app.setStyleSheet(style_sheet(self._tokens, self.px, self._artwork.path))
        self.changed.emit()

    def px(self, drawn: float) -> int:
        """Return a measure, drawn for 13 px text, at the present text size."""
        return round(drawn * self._scale)

    def colour(self, token: str) -> QColor:
        """Return the colour of a token, such as `muted`."""
        if token not in self._colours:
            self._colours[token] = QColor(getattr(self._tokens, token))
        return self._colours[token]

    def font(self, face: Face) -> QFont:
        """Return the font for a kind of text; treat it as read-only."""
        if face not in self._fonts:
            self._fonts[face] = self._make_font(face)
        return self._fonts[face]

    def metrics(self, face: Face) -> QFontMetricsF:
        """Return the measures of a kind of text."""
        if face not in self._metrics:
            self._metrics[face] = QFontMetricsF(self.font(face))
        return self._metrics[face]

    def icon_path(self, name: str, ink: str) -> str:
        """Return the file of an icon in the colour of a token."""
        return self._artwork.path(name, getattr(self._tokens, ink))

    def _wanted(self) -> Tokens:
        if self._scheme is not Scheme.SYSTEM:
            return _FIXED[self._scheme]
        hints = _application().styleHints()
        if hints.accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast:
            return CONTRAST
        return DARK if hints.colorScheme() == Qt.ColorScheme.Dark else LIGHT

    def _wanted_scale(self) -> float:
        system = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
        text_px = max(look.TEXT_PX, QFontInfo(system).pixelSize())
        return text_px / look.TEXT_PX * self._zoom

    def _make_font(self, face: Face) -> QFont:
        system = QFontDatabase.SystemFont
        wanted = system.FixedFont if face is Face.MONO else system.GeneralFont
        font = QFontDatabase.systemFont(wanted)
        is_small = face is Face.SMALL
        font.setPixelSize(self.px(look.SMALL_TEXT_PX if is_small else look.TEXT_PX))
        if face is Face.MEDIUM:
            font.setWeight(QFont.Weight.Medium)
        return font


def current_theme() -> Theme:
    """Return the application's theme; without one it gets one that follows the system."""
    app = _application()
    found = app.findChild(Theme)
    if found is None:
        found = Theme()
        found.apply(app)
    return found


def _application() -> QApplication:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app


def _palette(worn: Tokens) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    for wanted, colour in {
        role.Window: worn.bg,
        role.WindowText: worn.text,
        role.Base: worn.surface,
        role.AlternateBase: worn.raised,
        role.Text: worn.text,
        role.Button: worn.surface,
        role.ButtonText: worn.text,
        role.BrightText: worn.on_accent,
        role.Highlight: worn.sel,
        role.HighlightedText: worn.sel_text,
        role.Accent: worn.accent,
        role.Link: worn.accent,
        role.LinkVisited: worn.rev,
        role.PlaceholderText: worn.faint,
        role.ToolTipBase: worn.raised,
        role.ToolTipText: worn.text,
        role.Light: worn.raised,
        role.Midlight: worn.hover,
        role.Mid: worn.line,
        role.Dark: worn.strong,
        role.Shadow: worn.strong,
    }.items():
        palette.setColor(wanted, QColor(colour))
    for text in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        palette.setColor(QPalette.ColorGroup.Disabled, text, QColor(worn.faint))
    return palette
