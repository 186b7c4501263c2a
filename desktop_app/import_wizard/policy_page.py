"""The third step: how objects of unknown shape are read, and what decides."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from desktop_app.import_wizard.mapping_box import MappingBox
from desktop_app.import_wizard.policy_box import PolicyBox
from desktop_app.look.theme import current_theme
from desktop_app.widgets.plain_label import PlainLabel


class PolicyPage(QWidget):
    """The policies, and before them the mapping where there is something to map."""

    policy_chosen = Signal(object)
    mapping_chosen = Signal(object)
    mapping_saved = Signal(object)
    shape_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.policy = PolicyBox()
        self.mapping = MappingBox()
        self.policy.chosen.connect(self.policy_chosen)
        self.mapping.chosen.connect(self.mapping_chosen)
        self.mapping.saved.connect(self.mapping_saved)
        self._head = PlainLabel(role="muted")
        self._head.setWordWrap(True)
        self.shape = QComboBox()
        self.shape.setAccessibleName("Objects like those of")
        self.shape.activated.connect(self.shape_chosen)
        px = current_theme().px
        fields = QWidget()
        inside = QVBoxLayout(fields)
        inside.setContentsMargins(0, px(8), 0, 0)
        inside.setSpacing(px(8))
        inside.addWidget(self._head)
        inside.addWidget(self.shape)
        inside.addWidget(self.mapping, 1)
        rules = QWidget()
        around = QVBoxLayout(rules)
        around.setContentsMargins(0, px(8), 0, 0)
        around.addWidget(self.policy)
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName("Mapping and policy")
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(fields, "Fields")
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidgetResizable(True)
        scroll.setWidget(rules)
        for ground in (rules, scroll.viewport()):
            ground.setAutoFillBackground(False)
        self.tabs.addTab(scroll, "Policy")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.tabs)
        self.show_subjects([], 0)

    def show_subjects(self, names: Sequence[str], place: int) -> None:
        """Offer to map objects of different shapes, named by the first file with them."""
        is_mapped = bool(names)
        if self.tabs.isTabVisible(0) != is_mapped:
            self.tabs.setTabVisible(0, is_mapped)
            self.tabs.setCurrentIndex(0 if is_mapped else 1)
        self.tabs.tabBar().setVisible(is_mapped)
        self.shape.clear()
        self.shape.addItems([f"Objects like those of {name}" for name in names])
        self.shape.setCurrentIndex(place)
        self.shape.setVisible(len(names) > 1)
        if is_mapped:
            self._head.setText(
                f"{names[place]} is a list of objects of a shape that Sheaf does not know. Say"
                " which member is what; it is remembered for the next file like it."
            )
