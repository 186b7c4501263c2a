"""Writing what was read, and reading what was written."""

import io
import json

from db.exchange.exporting import export
from tests.db.factories import import_files, opened


def exported(storage, format_name, **options):
    """Return the text of an export."""
    out = io.BytesIO()
    export(storage, format_name, out, **options)
    return out.getvalue().decode()


def same(one, other):
    """Whether two values are equal down to the order of keys."""
    return json.dumps(one) == json.dumps(other)


def as_text(content):
    """Return a value as JSON, but for numbers given as text between `@`."""
    return json.dumps(content).replace('"@', "").replace('@"', "")


def there_and_back(tmp_path, text, format_name, name="in.json"):
    """Return what is written of a file right after it was imported alone."""
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with opened() as storage:
        assert import_files(storage, path).formats == [format_name]
        return exported(storage, format_name)


def read_again(tmp_path, text, format_name, name="again.json"):
    """Return the titles of the tasks that a new storage reads from an export."""
    path = tmp_path / name
    path.write_text(text)
    with opened() as storage:
        assert import_files(storage, path).formats == [format_name]
        return [json.loads(row)["title"] for row in storage.rows("task")]
