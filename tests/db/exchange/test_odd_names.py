"""Names and words that a database cannot hold do not stop an import."""

import os
import sys

import pytest

from tests.db.factories import batches_of, faults, import_files, tasks_of, write_json

LONE = "\\ud800\\u0000"
FILES = {
    "generic": f'[{{"id": "{LONE}a", "title": "{LONE}", "status": "{LONE}", "type": "{LONE}",'
    f' "tags": ["{LONE}"], "parent": "{LONE}a", "dependencies": ["{LONE}b"]}}, {{"id": 2}}]',
    "taskmaster": f'{{"{LONE}": {{"tasks": [{{"id": "{LONE}", "title": "x", "status": "{LONE}",'
    f' "details": "{LONE}", "dependencies": ["{LONE}"]}}], "metadata":'
    f' {{"description": "{LONE}"}}}}}}',
    "openai-batch": f'{{"custom_id": "{LONE}", "response": {{"status_code": "{LONE}"}},'
    f' "error": {{"code": "{LONE}"}}}}\n{{"custom_id": "{LONE}", "url": "{LONE}",'
    f' "body": {{"input": "{LONE}"}}, "method": "POST"}}\n',
}


@pytest.mark.parametrize("format_name", FILES)
def test_words_with_lone_surrogates_and_nul_are_imported(storage, tmp_path, format_name):
    path = write_json(tmp_path / "a.json", FILES[format_name])

    report = import_files(storage, path)

    assert report.formats == [format_name]
    assert len(tasks_of(storage)) >= 1
    assert import_files(storage, path).effective == 0
    assert faults(storage) == []


@pytest.mark.skipif(sys.platform != "linux", reason="only here may a name be any bytes")
def test_a_file_whose_name_is_no_text_is_imported(storage, tmp_path):
    name = os.fsencode(tmp_path) + b"/caf\xe9.json"
    path = write_json(tmp_path.joinpath(os.fsdecode(name)), [{"id": 1}])

    import_files(storage, path)

    assert batches_of(storage)[0].title == "caf\ufffd"
    assert import_files(storage, path).effective == 0
