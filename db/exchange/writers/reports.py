"""Reports as files: Markdown, and HTML that needs nothing from anywhere else."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from db.cancel import CancelToken
from db.errors import MalformedFileError
from db.exchange.formats.base import Pieces, Selection
from db.exchange.verifying import Prints, ReadBack
from db.exchange.writers.report import TITLE, Entry, Heading, Look, Report, block_title
from db.ports import Storage
from db.query import EVERYWHERE, QUERIES
from db.records import Block, Kind, Record
from db.times import now_us, to_iso
from db.vocabulary import Part

_LOSES: Final = "the exact text a record came from, and its history"
_DEEPEST: Final = 6
_CODE: Final = Part.TOOL_CALL | Part.TOOL_RESULT
_CHECKED_EVERY: Final = 1000


class ReportFile:
    """A report in one look."""

    loses = _LOSES
    kinds = frozenset(Kind)

    def __init__(
        self, name: str, title: str, suffix: str, look: Look, anchor: re.Pattern[str]
    ) -> None:
        """Take a look and the pattern of a line that names a record, by kind and id."""
        self.name = name
        self.title = title
        self.suffix = suffix
        self._look = look
        self._anchor = anchor
        self._prints = Prints()

    def size(self, storage: Storage, selection: Selection) -> int:
        """Return how many records `write` counts: those that were asked for."""
        if selection.complete:
            return sum(storage.count(made(places=EVERYWHERE)) for made in QUERIES.values())
        batches = len(selection.batches) if selection.asked is Kind.BATCH else 0
        return selection.size + (batches if selection.others is None else 0)

    def write(self, storage: Storage, selection: Selection) -> Pieces:
        """Yield the report, a record at a time."""
        report = Report(storage, selection)
        yield self._look.begin(report.contents()).encode(), 0
        for each in report.entries():
            if isinstance(each, Heading):
                yield self._look.heading(each).encode(), 0
            else:
                if each.number:
                    self._prints.add(each.kind, each.id)
                yield self._look.entry(each).encode(), each.number
        yield self._look.end().encode(), 0

    def note(self, name: str, value: Any, *, is_redacted: bool) -> None:
        """Do nothing: what is written is noted record by record."""

    def read_back(self, path: Path, name: str, token: CancelToken, found: ReadBack) -> None:
        """Find the records in the file."""
        try:
            with path.open(encoding="utf-8", newline="\n") as lines:
                for number, line in enumerate(lines):
                    if number % _CHECKED_EVERY == 0:
                        token.check()
                    if match := self._anchor.match(line):
                        kind = Kind[match[1].upper()]
                        found.add(kind, kind, match[2])
        except UnicodeDecodeError as error:
            raise MalformedFileError(f"{error}.", path=name) from error

    def verified(self, written: int, found: ReadBack) -> int:
        """Return how many of the records are in the file."""
        return min(written, self._prints.common(found.prints))

    def missing(
        self, _storage: Storage, _selection: Selection, _found: ReadBack
    ) -> Iterator[tuple[Kind, Record]]:
        """Yield nothing: a row is known as a whole."""
        yield from ()


def markdown_report() -> ReportFile:
    """Return a report in Markdown."""
    anchor = re.compile(r'#{2,6} <a id="([a-z_]+)-([0-9a-zA-Z-]+)"></a>')
    return ReportFile("markdown", "Report, Markdown", ".md", _Markdown(), anchor)


def html_report() -> ReportFile:
    """Return a report in HTML."""
    anchor = re.compile(r'<section class="[a-z ]+" id="([a-z_]+)-([0-9a-zA-Z-]+)">')
    return ReportFile("html", "Report, HTML", ".html", _Html(), anchor)


def _anchor_of(entry: Entry) -> str:
    return f"{entry.kind.name.lower()}-{entry.id}"


def _heading_of(entry: Entry) -> str:
    if entry.kind in {Kind.MESSAGE, Kind.EXECUTION}:
        return entry.title
    return f"{entry.kind.word.capitalize()}: {entry.title}"


_SIGNS: Final = re.compile(r"([\\`*_\[\]<>#|~])")
_TAG: Final = re.compile(r"<(?=[A-Za-z/!?])|!(?=\[)")
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")
_BACKTICKS: Final = re.compile("`{3,}")


class _Markdown:
    """Everything that records say stands in quotes, so nothing in it reaches outside."""

    def begin(self, contents: Sequence[tuple[str, str]]) -> str:
        lines = [f"# {TITLE}", "", f"Written {to_iso(now_us())}", ""]
        lines += [f"- [{_plain(title)}](#batch-{id_})" for id_, title in contents]
        return "\n".join(lines) + "\n"

    def heading(self, heading: Heading) -> str:
        return f"\n## {_plain(heading.title)}\n"

    def entry(self, entry: Entry) -> str:
        level = "#" * min(entry.level, _DEEPEST)
        parts = [
            f'\n{level} <a id="{_anchor_of(entry)}"></a>{_plain(_heading_of(entry))}\n',
            "".join(f"- {_plain(name)}: {_plain(value)}\n" for name, value in entry.facts),
            *(self._text(name, text) for name, text in entry.texts),
            *(self._block(block) for block in entry.blocks),
        ]
        return "\n".join(filter(None, parts))

    def end(self) -> str:
        return ""

    def _text(self, name: str, text: str) -> str:
        title = f"**{_plain(name)}**\n\n" if name else ""
        return title + _quoted(_inert(_lines(text)))

    def _block(self, block: Block) -> str:
        if block.type & _CODE:
            runs = _BACKTICKS.findall(block.text)
            fence = "`" * max([3, *(len(run) + 1 for run in runs)])
            title = f"**{_plain(block_title(block))}**"
            return _quoted([title, "", fence, *_lines(block.text), fence])
        return self._text(block_title(block), block.text)


def _plain(text: str) -> str:
    """Return a text of one line in which no sign means anything."""
    return _SIGNS.sub(r"\\\1", " ".join(text.split()))


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _quoted(lines: Sequence[str]) -> str:
    return "".join(f"> {line}".rstrip(" ") + "\n" for line in lines)


def _inert(lines: Sequence[str]) -> list[str]:
    """Return lines of Markdown in which no tag and no picture is one; code stays as it is."""
    made, fence = [], ""
    for line in lines:
        match = _FENCE.match(line)
        if match and not fence:
            fence = match[1]
        elif match and match[1].startswith(fence):
            fence = ""
        made.append(line if fence or match else _TAG.sub(r"\\\g<0>", line))
    return made


_CONTROLS: Final = {code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n"} | {
    127: 0x2421
}
"""Control signs, which HTML cannot hold, and the pictures of them."""

_STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --quiet: #777; --bad: #c0392b; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2, h3, h4, h5, h6 { line-height: 1.25; margin: 1.2em 0 .3em; }
section { border-left: 2px solid var(--line); padding-left: .8rem; margin: .8rem 0; }
section.message.user { border-left-width: 5px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; margin: .3rem 0;
  font-size: .85em; color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .4rem 0; font: inherit; }
pre.code { font: 13px/1.45 ui-monospace, monospace; border: 1px solid var(--line);
  padding: .5rem; max-height: 30rem; overflow: auto; }
summary { cursor: pointer; color: var(--quiet); }
.error > summary, .error > pre { color: var(--bad); }
p.written { color: var(--quiet); }
"""  # noqa: E501 - a style sheet


class _Html:
    """One file without scripts and links to elsewhere; every text is escaped."""

    def begin(self, contents: Sequence[tuple[str, str]]) -> str:
        listed = "".join(
            f'<li><a href="#batch-{id_}">{_escaped(title)}</a></li>\n'
            for id_, title in contents
        )
        return (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta http-equiv="Content-Security-Policy"'
            " content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
            '<meta name="viewport" content="width=device-width">\n'
            f"<title>{TITLE}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
            f'<h1>{TITLE}</h1>\n<p class="written">Written {to_iso(now_us())}</p>\n'
            + (f"<nav><ul>\n{listed}</ul></nav>\n" if listed else "")
        )

    def heading(self, heading: Heading) -> str:
        return f"<h2>{_escaped(heading.title)}</h2>\n"

    def entry(self, entry: Entry) -> str:
        level = min(entry.level, _DEEPEST)
        role = entry.title.partition(" ")[2].lower() if entry.kind is Kind.MESSAGE else ""
        classes = " ".join(
            filter(str.isalpha, [entry.kind.name.lower().replace("_", ""), role])
        )
        facts = "".join(
            f"<dt>{_escaped(name)}</dt><dd>{_escaped(value)}</dd>"
            for name, value in entry.facts
        )
        return "".join(
            [
                f'<section class="{classes}" id="{_anchor_of(entry)}">\n',
                f"<h{level}>{_escaped(_heading_of(entry))}</h{level}>\n",
                f"<dl>{facts}</dl>\n" if facts else "",
                *(self._text(name, text) for name, text in entry.texts),
                *(self._block(block) for block in entry.blocks),
                "</section>\n",
            ]
        )

    def end(self) -> str:
        return "</body>\n</html>\n"

    def _text(self, name: str, text: str) -> str:
        title = f"<p><strong>{_escaped(name)}</strong></p>\n" if name else ""
        return f"{title}<pre>\n{_escaped(text)}</pre>\n"

    def _block(self, block: Block) -> str:
        title = _escaped(block_title(block))
        if not title:
            return self._text("", block.text)
        look = ' class="code"' if block.type & _CODE else ""
        error = ' class="error"' if block.is_error else ""
        return (
            f"<details{error}><summary>{title}</summary>"
            f"<pre{look}>\n{_escaped(block.text)}</pre></details>\n"
        )


def _escaped(text: str) -> str:
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return html.escape(plain.translate(_CONTROLS))
