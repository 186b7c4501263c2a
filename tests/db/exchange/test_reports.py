"""Reports are readable, whole, and hold nothing that could act or be fetched."""

import io
import re
from html.parser import HTMLParser

import pytest

from db.exchange.exporting import export
from db.query import QUERIES, BatchQuery, TaskQuery
from db.records import Block, Kind
from db.vocabulary import Part
from tests.db.factories import (
    a_message,
    a_record,
    make,
    make_batch,
    make_task,
    records_of,
    stage_everything,
    stage_records,
)

NASTY = '<script>alert(1)</script> ![x](http://evil/x.png) </pre></section><img src="http://e">'


def exported(storage, format_name, **options):
    out = io.BytesIO()
    export(storage, format_name, out, **options)
    return out.getvalue().decode()


class Page(HTMLParser):
    """What an HTML page is made of."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.text, self.open = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in {"meta", "!doctype"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    @property
    def ids(self):
        return [value for name, value in self.attributes if name == "id"]


@pytest.mark.parametrize("format_name", ["markdown", "html"])
def test_a_report_of_everything_has_every_record_once(storage, format_name):
    stage_everything(storage).commit()
    make_task(storage, "loose")
    make(storage, Kind.LEARNING, title="alone")

    text = exported(storage, format_name)

    found = re.findall(r'id="([a-z_]+-[0-9a-f-]{36})"', text)
    wanted = [
        f"{kind.name.lower()}-{record.id}"
        for kind in Kind
        for record in records_of(storage, kind)
    ]
    assert sorted(found) == sorted(wanted)


def test_a_batch_is_followed_by_its_tasks_runs_and_conversations(storage):
    stage_everything(storage).commit()

    text = exported(storage, "markdown", query=BatchQuery())

    headings = re.findall(r"^(#+) (?:<a [^>]*></a>)?(.*)$", text, re.MULTILINE)
    assert headings[:2] == [("#", "Sheaf report"), ("##", "Batch: file")]
    assert ("###", "Task: t1") in headings
    task = headings.index(("###", "Task: t1"))
    below = [title for level, title in headings[task + 1 :] if len(level) > 3]
    assert below[:2] == ["Turn 1: Turn 1", "Turn 2: Turn 2"]
    talk = headings.index(("####", "Conversation: talk"))
    assert headings[talk + 1 : talk + 4] == [
        ("#####", "1. User"),
        ("#####", "2. Assistant"),
        ("#####", "3. Tool"),
    ]
    assert "> # Done\n> 测试\n" in text
    assert '> **Call run**\n>\n> ```\n> {"ö": 1}\n> ```\n' in text
    assert "> **Result (error)**" in text


def test_only_the_chosen_tasks_are_in_a_report_of_tasks(storage):
    batch = make_batch(storage, "home")
    make_task(storage, "wanted", batch=batch.id)
    make_task(storage, "other", batch=batch.id)

    text = exported(storage, "markdown", query=TaskQuery(text="wanted"))

    assert "Batch: home" in text
    assert "Task: wanted" in text
    assert "other" not in text


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind > Kind.TASK])
@pytest.mark.parametrize("format_name", ["markdown", "html"])
def test_records_of_any_kind_are_reported_alone(storage, kind, format_name):
    stage_everything(storage).commit()

    text = exported(storage, format_name, query=QUERIES[kind]())

    for record in records_of(storage, kind):
        assert f'id="{kind.name.lower()}-{record.id}"' in text


def test_html_is_whole_and_nothing_in_it_acts_or_is_fetched(storage):
    stage_everything(storage).commit()
    batch = make_batch(storage, NASTY, description=NASTY)
    make_task(
        storage, NASTY, batch=batch.id, description=f"{NASTY}\x1b[31m\x08", tags=['"><b>']
    )

    text = exported(storage, "html")

    page = Page(text)
    assert page.open == []
    assert not {"script", "img", "link", "iframe", "object", "form", "a:href"} & {*page.tags}
    for name, value in page.attributes:
        assert not name.startswith("on")
        if name in {"src", "href"}:
            assert value.startswith("#")
            assert value[1:] in page.ids
    assert "".join(page.text).count("<script>alert(1)</script>") >= 4
    assert "url(" not in text
    assert re.search("[\x00-\x08\x0b-\x1f]", text) is None


def test_in_markdown_no_record_reaches_out_of_its_quotes(storage):
    description = f"# no heading\n{NASTY}\n```\n<b>kept</b>\n\nrest\r# still quoted"
    make_task(storage, "# *t* <i>", description=description)

    text = exported(storage, "markdown")

    assert "### <a " not in text.split("> ")[1]
    assert "\\# \\*t\\* \\<i\\>" in text
    quoted = text[text.index("> # no heading") :]
    assert all(line.startswith(">") for line in quoted.splitlines())
    assert "> \\<script>alert(1)\\</script> \\![x](http://evil/x.png)" in text
    assert "> <b>kept</b>\n" in text


def test_a_fence_is_longer_than_those_inside(storage):
    staging = stage_records(storage)
    said = Block(type=Part.TOOL_RESULT, text="before\n````\n# no heading", name="run")
    staging.add_records([a_record(Kind.CONVERSATION, "c", "talk")])
    staging.add_records([a_message("m", "c", 0, said)])
    staging.commit()

    text = exported(storage, "markdown")

    assert "> `````\n> before\n> ````\n> # no heading\n> `````\n" in text
