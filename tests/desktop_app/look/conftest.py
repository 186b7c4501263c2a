import pytest

from desktop_app.look.theme import Scheme, Theme


@pytest.fixture
def theme(qapp):
    worn = Theme(Scheme.LIGHT)
    worn.apply(qapp)
    yield worn
    Theme(Scheme.LIGHT).apply(qapp)
