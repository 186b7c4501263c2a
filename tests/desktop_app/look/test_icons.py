from importlib.resources import files

import pytest
from PySide6.QtSvg import QSvgRenderer

from resources.loader import resource_bytes

NAMES = (
    "app batches tasks archive unarchive trash restore purge import export search undo redo "
    "new edit copy settings help palette sort columns filter chevron-left chevron-right "
    "chevron-first chevron-last close check warning error info inbox history file link tag "
    "clock database refresh pause play more folder star sun moon keyboard jobs"
).split()
DRAWN = sorted(
    path.name[:-4]
    for path in files("resources").joinpath("icons").iterdir()
    if path.name.endswith(".svg")
)


def test_every_promised_icon_is_there():
    assert set(NAMES) <= set(DRAWN)


@pytest.mark.parametrize("name", DRAWN)
def test_an_icon_is_a_drawing_that_qt_understands(qapp, name):
    assert QSvgRenderer(resource_bytes(f"icons/{name}.svg")).isValid()


@pytest.mark.parametrize("name", [name for name in DRAWN if name != "app"])
def test_an_icon_has_the_one_grid_and_stroke_and_no_colour_of_its_own(name):
    content = resource_bytes(f"icons/{name}.svg")
    assert b'viewBox="0 0 24 24"' in content
    assert b'stroke="currentColor" stroke-width="1.75"' in content
    assert b"#" not in content
