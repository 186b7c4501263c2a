"""A small valid file of every format, as `(name, content)`, written for the tests."""

import json

from tests.db.exchange import (
    test_agent_dashboard,
    test_backlog_md,
    test_batches_folder,
    test_beads,
    test_chatgpt,
    test_checklist,
    test_claude_ai,
    test_claude_code,
    test_codex,
    test_deespec,
    test_features,
    test_findings,
    test_gemini,
    test_generic,
    test_github,
    test_mcp_memory,
    test_notes,
    test_openai_batch,
    test_plans,
    test_ralph,
    test_swe_agent,
    test_taskmaster,
    test_taskwarrior,
    test_tasky,
    test_trello,
)
from tests.db.exchange.writing import exported
from tests.db.factories import opened, stage_everything


def lines(rows):
    return "".join(f"{json.dumps(row)}\n" for row in rows)


def dump(format_name):
    with opened() as storage:
        stage_everything(storage).commit()
        return exported(storage, format_name)


def samples():
    """Return the files by format."""
    session = [
        test_claude_code.PROMPT,
        test_plans.written(100, test_plans.FIRST),
        *test_claude_code.TURN[1:],
        *test_claude_code.side(test_claude_code.CHILD),
    ]
    done = test_batches_folder.task(test_batches_folder.ONE)
    finished = {**done, "result": test_batches_folder.RESULT}
    memory = [test_mcp_memory.ENTITY, test_mcp_memory.RELATION]
    return {
        "sheaf": ("all.sheaf.json", dump("sheaf")),
        "sheaf-jsonl": ("all.sheaf.jsonl", dump("sheaf-jsonl")),
        "taskmaster": ("tasks.json", json.dumps(test_taskmaster.TAGGED, indent=2)),
        "openai-batch": ("in.jsonl", lines(test_openai_batch.INPUT)),
        "claude-code": ("session.jsonl", lines(session)),
        "chatgpt": (
            "conversations.json",
            json.dumps([test_chatgpt.conversation(test_chatgpt.TALK)]),
        ),
        "codex": (
            "rollout.jsonl",
            lines([*test_codex.TURN, test_codex.plan(("Look", "pending"))]),
        ),
        "gemini": ("session.jsonl", lines([test_gemini.HEAD, *test_gemini.TALK])),
        "claude-ai": (
            "conversations.json",
            json.dumps([test_claude_ai.conversation(test_claude_ai.TALK)]),
        ),
        "swe-agent": ("cog.traj", json.dumps(test_swe_agent.TRAJECTORY)),
        "swe-preds": ("preds.jsonl", lines(test_swe_agent.PREDICTIONS)),
        "beads": ("issues.jsonl", lines(test_beads.EVERYTHING)),
        "agent-dashboard": ("export.json", json.dumps(test_agent_dashboard.EXPORT)),
        "findings": (
            "bugs.json",
            json.dumps({"template": test_findings.TEMPLATE, "entries": [test_findings.BUG]}),
        ),
        "mcp-memory": (
            "memory.jsonl",
            lines([{"type": "entity", **memory[0]}, {"type": "relation", **memory[1]}]),
        ),
        "ralph": ("prd.json", json.dumps(test_ralph.PRD)),
        "taskwarrior": ("export.json", json.dumps(test_taskwarrior.ROWS)),
        "github": ("issues.json", json.dumps(test_github.GH)),
        "trello": ("board.json", json.dumps(test_trello.BOARD)),
        "tasky": ("tasks.json", json.dumps(test_tasky.DOCUMENT)),
        "features": ("feature_list.json", json.dumps(test_features.ARRAY)),
        "backlog-md": ("backlog/tasks/back-7.1 - Steer.md", test_backlog_md.TASK),
        "checklist": ("tasks.md", test_checklist.SPEC_KIT),
        "batches-folder": (
            "export.json",
            json.dumps({"batchId": test_batches_folder.BATCH, "tasks": [finished]}),
        ),
        "notes": ("progress.txt", test_notes.LOG),
        "deespec": ("specs/sbi/SBI-INIT-001_init_layout/meta.yaml", test_deespec.META),
        "generic": ("rows.json", json.dumps(test_generic.ROWS)),
    }
