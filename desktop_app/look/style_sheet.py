"""The one style sheet, written from the tokens and the present text size.

A widget asks for a style by a property: `primary`, `quiet` and `danger` on buttons, `card` on
frames, `role` on labels (`head`, `muted`, `title`, `heading`, `error`, `good`).
"""

from __future__ import annotations

from collections.abc import Callable
from string import Template
from typing import Final

from desktop_app.look import tokens as look
from desktop_app.look.tokens import Tokens

_RULES: Final = Template("""
QMainWindow, QDialog, QWidget#page { background: $bg; }
QToolTip { background: $raised; color: $text; border: 1px solid $strong; padding: $s4; }

QLabel[role="head"] { color: $faint; font-size: $small; font-weight: 600; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="error"] { color: $bad; }
QLabel[role="good"] { color: $ok; font-weight: 600; }
QLabel[role="title"] { font-size: $heading; font-weight: 600; }
QLabel[role="heading"] { font-size: $title; font-weight: 600; }
QFrame[card="true"] {
    background: $surface; border: 1px solid $line; border-radius: $card;
}

QMenuBar { background: $bg; padding: 2px $s8; }
QMenuBar::item { padding: $s4 $s10; border-radius: $s6; background: transparent; }
QMenuBar::item:selected { background: $hover; }
QMenuBar::item:pressed { background: $sel; color: $sel_text; }
QMenu { background: $raised; border: 1px solid $line; padding: $s4; }
QMenu::item { padding: $s6 $s24 $s6 $s8; border-radius: $s6; min-height: $s16; }
QMenu::item:selected { background: $sel; color: $sel_text; }
QMenu::item:disabled { color: $faint; background: transparent; }
QMenu::separator { height: 1px; background: $line; margin: $s4 $s8; }
QMenu::icon { padding-left: $s8; }
QMenu::icon:checked {
    background: $sel; border: 1px solid $accent; border-radius: $s6; margin: $s2 0 $s2 $s4;
    padding: $s2;
}
QMenu::indicator { width: $s16; height: $s16; margin-left: $s6; }
QMenu::indicator:checked { image: url($check); }
QMenu::right-arrow { image: url($right); width: $s12; height: $s12; margin-right: $s6; }

QLineEdit, QPlainTextEdit, QTextEdit, QAbstractSpinBox, QComboBox {
    background: $surface; color: $text; border: 1px solid $strong; border-radius: $control;
    selection-background-color: $accent; selection-color: $on_accent;
    placeholder-text-color: $faint;
}
QLineEdit, QAbstractSpinBox, QComboBox { padding: $e6 $e10; min-height: $s20; }
QPlainTextEdit, QTextEdit { padding: $e6; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QAbstractSpinBox:focus,
QComboBox:focus {
    border: 2px solid $accent;
}
QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus { padding: $f6 $f10; }
QPlainTextEdit:focus, QTextEdit:focus { padding: $f6; }
QLineEdit:disabled, QPlainTextEdit:disabled, QTextEdit:disabled, QComboBox:disabled {
    background: $bg; color: $faint; border-color: $line;
}
QTextBrowser, QPlainTextEdit[bare="true"] { border: none; background: transparent; }
QTextBrowser:focus { border: 2px solid $accent; border-radius: $s6; }
QAbstractSpinBox QLineEdit, QAbstractSpinBox QLineEdit:focus {
    border: none; padding: 0 $s8; background: transparent;
}
QAbstractItemView QLineEdit { border-radius: 0; min-height: 0; padding: 0 $f8; }
QAbstractItemView QLineEdit:focus { padding: 0 $f8; }
QComboBox { combobox-popup: 0; }
QComboBox::drop-down { border: none; width: $s24; }
QComboBox::down-arrow { image: url($down); width: $s12; height: $s12; }
QComboBox QAbstractItemView {
    background: $raised; border: 1px solid $line; padding: $s4; outline: 0;
}
QComboBox QAbstractItemView::item { min-height: $s28; padding: 0 $s8; border-radius: $s6; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { border: none; width: $s24; }
QAbstractSpinBox::up-arrow { image: url($up); width: $s12; height: $s12; }
QAbstractSpinBox::down-arrow { image: url($down); width: $s12; height: $s12; }

QPushButton, QToolButton {
    background: $surface; color: $text; border: 1px solid $line; border-radius: $control;
}
QPushButton { padding: $e6 $e12; min-height: $s20; }
QToolButton { padding: $e4; min-width: $s20; min-height: $s20; }
QPushButton:hover, QToolButton:hover { background: $hover; }
QPushButton:pressed, QToolButton:pressed { background: $sel; color: $sel_text; }
QToolButton:checked { background: $sel; color: $sel_text; border-color: $accent; }
QPushButton:focus, QToolButton:focus { border: 2px solid $accent; }
QPushButton:focus { padding: $f6 $f12; }
QToolButton:focus { padding: $f4; }
QPushButton:disabled, QToolButton:disabled { color: $faint; background: transparent; }
QPushButton[primary="true"] {
    background: $accent; color: $on_accent; border-color: $accent; font-weight: 600;
}
QPushButton[primary="true"]:hover { background: $accent_hover; }
QPushButton[primary="true"]:focus { border: 2px solid $text; }
QPushButton[primary="true"]:disabled {
    background: $idle_bg; color: $idle; border-color: $idle_bg;
}
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QPushButton[danger="true"] { color: $bad; border-color: $bad; font-weight: 600; }
QPushButton[danger="true"]:hover { background: $bad_bg; }
QPushButton[danger="true"]:focus { border-color: $bad; }
QPushButton[danger="true"]:disabled { color: $faint; border-color: $line; }
QPushButton[quiet="true"], QToolButton[quiet="true"] {
    background: transparent; border-color: transparent;
}
QToolButton[quiet="true"] { padding: $e2; }
QToolButton[quiet="true"]:focus { padding: $f2; }
QPushButton[quiet="true"]:hover, QToolButton[quiet="true"]:hover { background: $hover; }
QPushButton[quiet="true"]:focus, QToolButton[quiet="true"]:focus { border-color: $accent; }
QPushButton[quiet="true"]:pressed, QToolButton[quiet="true"]:pressed { background: $sel; }
QToolButton[step="true"] {
    background: transparent; border-color: transparent; padding: $e4 $e8; color: $muted;
}
QToolButton[step="true"]:hover { background: $hover; }
QToolButton[step="true"]:checked {
    background: $accent_soft; color: $accent; font-weight: 600;
}
QToolButton[step="true"]:disabled:!checked { color: $faint; }
QToolButton[step="true"]:focus { border: 2px solid $accent; padding: $f4 $f8; }
QToolButton[title="true"] {
    background: transparent; border-color: transparent; padding: $e2 $e6;
    font-size: $heading; font-weight: 600;
}
QToolButton[title="true"]:hover { background: $hover; }
QToolButton[title="true"]:focus { border: 2px solid $accent; padding: $f2 $f6; }
QPushButton::menu-indicator, QToolButton::menu-indicator { image: none; width: 0; }
QToolBar { background: $bg; border: none; spacing: $s4; padding: $s4 $s8; }

QCheckBox, QRadioButton { spacing: $s8; min-height: $s24; }
QCheckBox::indicator, QRadioButton::indicator, QAbstractItemView::indicator {
    width: $s16; height: $s16; background: $surface; border: 1px solid $strong;
}
QCheckBox::indicator, QAbstractItemView::indicator { border-radius: $s4; }
QRadioButton::indicator { border-radius: ${s16r}; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover { background: $hover; }
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border: 2px solid $accent; }
QRadioButton::indicator:focus { width: $f16; height: $f16; }
QCheckBox::indicator:checked, QRadioButton::indicator:checked,
QAbstractItemView::indicator:checked {
    background: $accent; border-color: $accent; image: url($check_on_accent);
}
QRadioButton::indicator:checked { image: url($dot_on_accent); }
QCheckBox::indicator:indeterminate {
    background: $accent; border-color: $accent; image: url($minus_on_accent);
}
QCheckBox:focus, QRadioButton:focus { color: $accent; }
QGroupBox {
    border: 1px solid $line; border-radius: $control; margin-top: $s20; padding: $s12;
}
QGroupBox::title { subcontrol-origin: margin; color: $muted; font-weight: 600; }

QAbstractItemView { background: $surface; border: none; outline: 0; }
QTreeView::item, QListView::item { min-height: $s28; padding: 0 $s6; }
QTreeView::item:hover, QListView::item:hover { background: $hover; }
QTreeView::item:selected, QListView::item:selected { background: $sel; color: $sel_text; }
QTreeView::branch { background: transparent; }
QTreeView::branch:has-children:closed { image: url($right); }
QTreeView::branch:has-children:open { image: url($down); }
QHeaderView { background: $surface; border: none; }
QHeaderView::section {
    background: $surface; color: $muted; border: none; border-bottom: 1px solid $line;
    padding: $s8 $s10; font-weight: 600;
}
QHeaderView[low="true"]::section { padding: $s4 $s10; }
QHeaderView::section:hover { background: $hover; color: $text; }
QHeaderView::up-arrow, QHeaderView::down-arrow {
    width: $s12; height: $s12; subcontrol-position: center right; right: $s4;
}
QHeaderView::up-arrow { image: url($up); }
QHeaderView::down-arrow { image: url($down); }
QTableCornerButton::section { background: $surface; border: none; }

QTabWidget::pane { border: none; border-top: 1px solid $line; }
QTabWidget::tab-bar { left: 0; }
QTabBar { qproperty-drawBase: 0; }
QTabBar::tab {
    background: transparent; color: $muted; border: none;
    border-bottom: 2px solid transparent; padding: $s8 $s10; min-height: $s16;
}
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; border-bottom: 2px solid $accent; }
QTabBar::tab:focus { color: $accent; }

QStatusBar { background: $bg; color: $muted; }
QStatusBar::item { border: none; }
QStatusBar QToolButton[whole="true"] { min-width: -1; }
QProgressBar {
    background: $line; border: none; border-radius: 3px; min-height: 6px; max-height: 6px;
    color: transparent;
}
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QSlider { min-height: $s24; }
QSlider::groove:horizontal { height: $s4; background: $line; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal {
    width: $s12; margin: -$s6 0; background: $surface; border: 2px solid $accent;
    border-radius: $s8;
}
QSlider::handle:horizontal:hover { background: $accent_soft; }
QSlider::handle:horizontal:focus { background: $accent; }
QSplitter::handle { background: transparent; }
QSplitter::handle:hover, QSplitter::handle:focus { background: $line; }
QSplitter::handle:horizontal { width: $gap; }
QSplitter::handle:vertical { height: $gap; }
QScrollArea { background: transparent; border: none; }
QScrollBar { background: transparent; border: none; margin: 0; }
QScrollBar:vertical { width: $s12; }
QScrollBar:horizontal { height: $s12; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QScrollBar::handle { background: $strong; border: 3px solid $surface; border-radius: ${s12r}; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::handle:vertical { min-height: $s32; }
QScrollBar::handle:horizontal { min-width: $s32; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

FilterChip, FilterChip:focus {
    color: $muted; background: transparent; border: 1px solid $line;
    border-radius: ${chip_radius}; padding: 0 $s10; min-height: 0;
}
FilterChip:hover { background: $hover; color: $text; }
FilterChip[filled="true"] {
    color: $accent; background: $accent_soft; border-color: $accent_soft; font-weight: 600;
}
FilterChip:focus { border: 2px solid $accent; padding: 0 $f10; }
Sidebar { background: $bg; }
ActivityPanel { background: $raised; border: 1px solid $strong; border-radius: $card; }
Toast { background: $raised; border: 1px solid $strong; border-radius: $control; }
Toast QPushButton { padding: 0 $e8; min-height: $f24; }
Toast QPushButton:focus { padding: 0 $f8; min-height: $f24; }
Toast QToolButton[quiet="true"] { padding: 0; min-height: $f24; }
Banner { background: $accent_soft; border: 1px solid $line; border-radius: $control; }
Banner[kind="warning"] { background: $run_bg; }
Banner[kind="error"] { background: $bad_bg; }
Banner[kind="warning"] QLabel, Banner[kind="error"] QLabel { color: $text; }
Banner QPushButton { background: transparent; border-color: $strong; }
Banner QPushButton[primary="true"] { background: $accent; border-color: $accent; }
""")

_MEASURES: Final = (2, 4, 6, 8, 10, 12, 16, 20, 24, 28, 32)


def style_sheet(
    worn: Tokens, px: Callable[[float], int], image: Callable[[str, str], str]
) -> str:
    """Return the sheet; `px` scales a measure, `image(name, colour)` is an icon's file."""
    values = {name: getattr(worn, name) for name in worn.__slots__}
    for measure in _MEASURES:
        side = px(measure)
        values[f"s{measure}"] = f"{side}px"
        # Inside a border of one or two pixels, so that focus moves no text.
        values[f"e{measure}"] = f"{side - 1}px"
        values[f"f{measure}"] = f"{side - 2}px"
    values |= {
        "small": f"{px(look.SMALL_TEXT_PX)}px",
        "heading": f"{px(look.HEADING_PX)}px",
        "title": f"{px(look.TITLE_PX)}px",
        "card": f"{px(look.CARD_RADIUS_PX)}px",
        "control": f"{px(look.CONTROL_RADIUS_PX)}px",
        "gap": f"{px(look.CARD_GAP_PX)}px",
        "s16r": f"{px(16) // 2 + 1}px",
        "s12r": f"{px(12) // 2}px",
        "chip_radius": f"{px(look.CHIP_PX) // 2}px",
        "check": image("check", worn.text),
        "right": image("chevron-right", worn.muted),
        "down": image("chevron-down", worn.muted),
        "up": image("chevron-up", worn.muted),
        "check_on_accent": image("check", worn.on_accent),
        "dot_on_accent": image("dot", worn.on_accent),
        "minus_on_accent": image("minus", worn.on_accent),
    }
    return _RULES.substitute(values)
