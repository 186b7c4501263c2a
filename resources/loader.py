"""Reading the files that lie beside this module, wherever the package is installed."""

from importlib.resources import files

_FOLDER = files(__package__)


def resource_bytes(name: str) -> bytes:
    """Return the content of one file, named from here: `icons/app.svg`.

    Raises:
        FileNotFoundError: there is no such file.
    """
    return _FOLDER.joinpath(name).read_bytes()
