from desktop_app.look.theme import Scheme, Theme


def light_theme(app):
    """Return the light theme that `app` wears, in which each test begins.

    Dressing takes a tenth of a second, so it is done only after tests that wore another.
    """
    for worn in app.findChildren(Theme):
        if (worn.scheme, worn.zoom) == (Scheme.LIGHT, 1.0):
            return worn
    worn = Theme(Scheme.LIGHT)
    worn.apply(app)
    return worn
