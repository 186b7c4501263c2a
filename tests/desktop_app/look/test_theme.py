from collections import Counter

import pytest
from PySide6.QtGui import QAction, QPalette
from PySide6.QtWidgets import QDialogButtonBox, QProxyStyle, QPushButton, QStyle

from db.vocabulary import Status
from desktop_app.look.icons import icon, put_icon, status_sign
from desktop_app.look.theme import Face, Scheme, Theme, current_theme
from desktop_app.look.tokens import CONTRAST, DARK, LIGHT, TEXT_PX


def dominant(pixmap):
    image = pixmap.toImage()
    solid = Counter(
        image.pixelColor(x, y).name().upper()
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).alpha() == 255
    )
    return solid.most_common(1)[0][0]


@pytest.mark.parametrize(
    ("scheme", "worn"), [("light", LIGHT), ("dark", DARK), ("contrast", CONTRAST)]
)
def test_a_chosen_scheme_is_worn_at_once(theme, qapp, qtbot, scheme, worn):
    with qtbot.waitSignal(theme.changed):
        theme.set_scheme(scheme)

    assert theme.tokens == worn
    assert qapp.palette().color(QPalette.ColorRole.Base).name().upper() == worn.surface
    assert (
        qapp.palette().color(QPalette.ColorRole.HighlightedText).name().upper() == worn.sel_text
    )
    assert worn.surface in qapp.styleSheet()


def test_the_application_has_one_theme_and_everyone_finds_it(theme, qapp):
    assert current_theme() is theme
    newer = Theme(Scheme.DARK)
    newer.apply(qapp)

    assert current_theme() is newer
    assert len(qapp.findChildren(Theme)) == 1


def test_measures_grow_with_the_text(theme, qapp):
    before = theme.px(40)
    theme.set_zoom(2)

    assert theme.px(40) == 2 * before
    assert qapp.font().pixelSize() == theme.px(TEXT_PX)
    assert theme.font(Face.SMALL).pixelSize() < theme.font(Face.BODY).pixelSize()


def test_an_unknown_scheme_is_refused(theme):
    with pytest.raises(ValueError, match="sepia"):
        theme.set_scheme("sepia")


def test_the_icon_of_a_button_follows_the_theme(theme, qtbot):
    button = QPushButton()
    qtbot.addWidget(button)
    put_icon(button, "new")
    light = dominant(button.icon().pixmap(48, 48))
    theme.set_scheme("dark")

    assert light == LIGHT.text
    assert dominant(button.icon().pixmap(48, 48)) == DARK.text


def test_a_newer_icon_replaces_the_older_for_good(theme):
    action = QAction()
    put_icon(action, "new", "text")
    put_icon(action, "new", "bad")
    theme.set_scheme("dark")

    assert dominant(action.icon().pixmap(48, 48)) == DARK.bad
    assert len(action.children()) == 1


def test_an_icon_nobody_drew_is_an_error(theme):
    with pytest.raises(FileNotFoundError):
        icon("no-such-icon")


def test_every_state_has_its_own_sign():
    assert len({status_sign(status) for status in Status}) == len(Status)


class _WithIcons(QProxyStyle):
    """A style which, like that of many desktops, puts icons on the buttons of dialogs."""

    def styleHint(self, hint, option=None, widget=None, data=None):
        if hint == QStyle.StyleHint.SH_DialogButtonBox_ButtonsHaveIcons:
            return 1
        return super().styleHint(hint, option, widget, data)


def test_the_buttons_of_dialogs_have_words_and_no_icons(qapp, qtbot):
    qapp.setStyle(_WithIcons("Fusion"))
    kinds = QDialogButtonBox.StandardButton
    box = QDialogButtonBox(kinds.Cancel | kinds.Close | kinds.Ok)
    qtbot.addWidget(box)
    assert all(button.icon().isNull() for button in box.buttons())
