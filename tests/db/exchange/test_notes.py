"""Notes in Markdown: progress logs, learnings, plans."""

import json

import pytest

from db.records import Kind
from db.times import parse_time
from tests.db.exchange.kinds import details_of
from tests.db.factories import SHARED, batches_of, faults, import_files, records_of

LOG = """\
# Ralph Progress Log
Started: Wed 25 Feb 2026 12:39:50 GMT
---

## Codebase Patterns
- Row with `both` oars
- Tie knots
  twice
  - and look

---

## 2026-02-28 - US-022
- What was implemented: the rudder
- Files changed:
  - rudder.c
- **Learnings for future iterations:**
  - It turns both ways
  - Oil it:
    * weekly
- Done
---

## 2026-02-28 20:52:57 GMT - US-023
- **Learnings:**
  - It turns both ways
---
"""
LEARNED = (
    "# Learning: Level 1\n\n**Date**: 2025-01-16  \n**Level**: 1\n\n### Key Learnings\n\n1. x\n"
)


def read(storage, path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    report = import_files(storage, path)
    assert report.formats == ["notes"]
    return report


def test_a_progress_log_is_read_as_what_was_done_and_learned(storage, tmp_path):
    report = read(storage, tmp_path / "ralph" / "progress.txt", LOG)

    assert report.new == {"batch": 1, "status update": 2, "learning": 5}
    (batch,) = batches_of(storage)
    assert batch.title == "Progress of ralph"
    assert json.loads(storage.batches.get(batch.pk).raw) == LOG
    said = sorted(records_of(storage, Kind.STATUS_UPDATE), key=lambda each: each.pk)
    assert [each.title for each in said] == [
        "2026-02-28 - US-022",
        "2026-02-28 20:52:57 GMT - US-023",
    ]
    assert said[0].created_at == parse_time("2026-02-28")
    assert said[1].created_at == parse_time("2026-02-28T20:52:57")
    learned = details_of(storage, Kind.LEARNING)
    assert {each.description for each in learned.values()} == {
        "Row with `both` oars",
        "Tie knots\ntwice\n- and look",
        "It turns both ways",
        "Oil it:\n* weekly",
    }
    assert learned["US-022: It turns both ways"].record.tags == ("US-022",)
    assert learned["US-023: It turns both ways"].record.batch_title == "Progress of ralph"
    assert learned["patterns: Row with `both` oars"].record.category == "pattern"
    assert faults(storage) == []


def test_a_log_that_grew_brings_what_is_new(storage, tmp_path):
    path = tmp_path / "ralph" / "progress.txt"
    read(storage, path, LOG)
    more = LOG.replace("- Tie", "- Look out\n- Tie") + "\n## 2026-03-01 - US-024\n- Swam\n---\n"

    report = read(storage, path, more)

    assert report.new == {"status update": 1, "learning": 1}
    assert report.changed == {"batch": 1}
    assert import_files(storage, path).effective == 0


def test_a_document_of_learnings_is_a_learning(storage, tmp_path):
    assert read(storage, tmp_path / "level-1.md", LEARNED).new == {"learning": 1}

    (found,) = details_of(storage, Kind.LEARNING).values()
    assert found.record.title == "Level 1"
    assert found.record.created_at == parse_time("2025-01-16")
    assert found.description == LEARNED.strip()


@pytest.mark.parametrize("folder", ["plans", ".claude/plans"])
def test_a_plan_is_a_design_note(storage, tmp_path, folder):
    text = "# Plan: Sail home\n\n## Context\n\nIt is late.\n"
    assert read(storage, tmp_path / folder / "calm-sea.md", text).new == {"design note": 1}

    (found,) = details_of(storage, Kind.DESIGN_NOTE).values()
    assert (found.record.title, found.description) == ("Sail home", text.strip())


def test_a_plan_with_boxes_to_tick_is_a_checklist(storage, tmp_path):
    path = tmp_path / "tasks.md"
    path.write_text("# Implementation Plan\n\n- [ ] 1. Row\n- [ ] 2. Sail\n- [ ] 3. Rest\n")

    assert import_files(storage, path).formats == ["checklist"]


def test_a_log_without_entries_is_kept_whole(storage, tmp_path):
    assert read(storage, tmp_path / "progress.txt", "# Ralph Progress Log\n").new == {
        "batch": 1
    }


def test_other_texts_are_passed_over(storage, tmp_path):
    read(storage, tmp_path / "level-1.md", LEARNED)
    for name, text in (("a.md", "# Planets\n"), ("b.txt", "progress\n"), ("c.md", "")):
        (tmp_path / name).write_text(text)

    assert set(import_files(storage, tmp_path).passed_over) == {"a.md", "b.txt", "c.md"}


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real files are not there")
@pytest.mark.parametrize("real", sorted(SHARED.glob("learnings/*.md")), ids=lambda p: p.name)
def test_a_real_document_of_learnings_is_read(storage, real):
    assert import_files(storage, real).new == {"learning": 1}
    (found,) = records_of(storage, Kind.LEARNING)
    assert found.title.startswith("Level ")
    assert found.created_at == parse_time("2025-01-16")
