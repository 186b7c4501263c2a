"""What the commands are for, in words: the lists and notes of their help."""

from __future__ import annotations

from typing import Final

COMMANDS: Final = {
    "search": "search records of every kind",
    "list": "list records of one kind",
    "show": "show everything about one record",
    "new": "make a record",
    "edit": "change fields of a record",
    "import": "take in files that other tools wrote",
    "export": "write records to a file",
    "formats": "list the formats, and what each can carry",
    "imports": "list the imports there were, and what each did",
    "set-aside": "list, mend and import what imports had to set aside",
    "archive": "put records aside",
    "unarchive": "bring archived records back",
    "trash": "move records to the trash",
    "restore": "bring records back from the trash, or all of a backup",
    "purge": "delete records for good",
    "undo": "take back the latest operation",
    "redo": "do again what was taken back last",
    "jobs": "use the queue of jobs: claim work, and say how it went",
    "storages": "list the kinds of storage",
    "migrate": "bring the storage's tables to a version",
    "backup": "make a backup now",
    "backups": "list the backups, test them, and say how they are kept",
    "retention": "archive, trash or delete by rules what is old enough",
    "storage": "say what takes room in the storage",
    "vacuum": "give the disk back what the storage does not need",
    "forget": "remove all about a person, project or batch, and prove it",
    "check": "check the storage, and say what was found",
    "salvage": "save what can be read of a damaged file",
    "diagnostics": "tell what helps to mend Sheaf, with no text of records",
}

VIEWS: Final = "views"
"""What saved views are listed as."""

EXIT_CODES: Final = """\
exit codes:
  0  done
  1  refused, and nothing was changed; or a mistake of Sheaf's own, of which a report is kept
  2  the command line is not right
  3  done, with something set aside: records that an undo had to leave, repeated records
     or an unfinished last line of an import, missing originals of an export, findings of
     a check, traces that were not to be forgotten
  4  the storage cannot be used: locked, damaged, newer than this Sheaf, or missing
  130  stopped by Ctrl+C; what was begun was taken back
"""

JSON_ERRORS: Final = """\
With --json, standard output gets one JSON document and nothing else; that of an error is
{"error": {"type", "what", "safe", "advice", "code"}}, and "path", "line", "column",
"pointer", "reason" where a file is at fault. What people read of it is on standard error.
"""

_FIELD_NOTE: Final = """
Fields of every kind: title, description. Of a task: status, priority, kind, batch, parent,
tags, links. Of a run: task, turn, step, attempt, status, decision, started_at, completed_at,
lease_until. Of a status update: batch, task, actor. Of a bug: status, severity, steps,
proposed_fix, batch, tasks. Of a design note: context, decision, consequences, batch, task,
superseded_by. Of a conversation: batch, task. Of a learning: category, confidence, review,
tags, evidence, batch, task, superseded_by. Records are named by id; several values are joined
by commas; links are written kind=ID: links=blocks=ID,relates=ID; times as
2026-01-31T14:05Z. An empty value takes the old one away."""

NOTES: Final = {
    "search": """
The text is what the search box takes: words, "phrases", beginnings*, -without, OR, and
filters such as status:failed, tag:ui, batch:ID, conf:>=0.8, updated:<7d, after:2026-01-01,
has:error, in:messages, is:any, status:stalled. A batch is named by words of its title too:
batch:"finish up". Filters take OR and a minus: status:failed OR status:queued, -tag:ui. What
was not taken so is told. After -- all are words to search for.""",
    "new": _FIELD_NOTE,
    "edit": _FIELD_NOTE,
    "import": """
All files are imported or, where one cannot be used, none; every place at fault is named.
With `--bad-records set-aside` what cannot be used waits in `sheaf set-aside`. Of records
that one file has several times the latest is kept; how many were set aside is told, with
exit code 3. So is a last line that is cut off, as in a file that is still being written:
it is left out. Where `--duplicates` keeps the others, or a file of lines is only added to, so
that each state of a record is later than the one before it, nothing is set aside: the earlier
states are in the record's history.

A list of objects of unknown shape is read by the names of its members, or by what was chosen
in the window for files of that shape, or by the mapping in the file of --map:

  {"becomes": "task", "members": {"title": "headline", "status": "/state/name", "parent": ""},
   "statuses": {"triage": "queued"}}

`becomes` is task, bug, learning, design note or status update. `members` says where objects
have id, title, status, description, priority, kind, tags, created, updated, parent and needs:
under a name, or at a JSON pointer; "" is nowhere. What is left out is guessed. `statuses`
folds words that Sheaf does not know into queued, running, review, blocked, failed, succeeded
or canceled.

With --watch each import is an operation of its own, which can be undone; with --json each is
one line with one document. A file that is still being written is tried again later, one that
cannot be used is named once. What was imported is remembered: it is not read again until it
changes, also by the next `sheaf import --watch` or by the window. Ctrl+C ends it with exit
code 0.""",
    "export": """
What the format cannot carry is told first. A file that is there already is refused, with
exit code 1, unless --overwrite is said; of a folder only files of the same names go. A written
file is read back and compared; where some of it is not as it was meant, the exit code is 3,
and the first records that are not found in it are named. A manifest beside it,
PATH.manifest.json or PATH/manifest.json, says what was written. Kept originals that are
missing or damaged are named, with exit code 3; the others are written. A dump has no originals
inside.

What looks like a secret is found by best effort: keys, tokens, passwords, e-mail addresses.
Without --redact and --no-redact it is written, and on a terminal a line says how much of it
there is.""",
    "show": """
Of the records that belong to it the first 20 are shown, and how to list the others.""",
    "restore": """
A backup is named as `sheaf backups` lists it, by the beginning of that, by its file, or as
`latest`. It takes the place of everything but the queue of jobs, at once or not at all; what
is there now is backed up before, and restoring that takes the restore back. With --from,
records become what they are in a backup, as an import, which `sheaf undo` takes back.""",
    "backups": """
Backups are made daily when the program is used, and before migrations, imports, purges and
restores where something changed since the last one. Those older than --keep-days are dropped
and those older than --compress-after compressed when the window is used or by --rotate; the
last three never go, and none goes where the storage lost more than half of its records.
--prove restores one into a file of its own and checks it; what it finds is kept, and told
with exit code 3.""",
    "retention": """
A rule says which records in the words of the search box, and what becomes of them once they
are old enough; it does nothing until it is on. Without more the rules are listed with what
each would take now, and what comes in the next 30 days; --simulate names examples too. Rules
that are on are run daily while the window is used, and by --run. Archiving and trashing are
operations that `sheaf undo` takes back; `purge` takes only what is in the Trash, 30 days
unless the query says otherwise, after a backup, and asks for the number of records.

  sheaf retention add "Old and done" --kind tasks --query "status:done updated:>90d" \
    --then archive
  sheaf retention on "Old and done"

Never taken are running tasks and runs, with what they are part of and what belongs to it;
what the job of a worker names; and the 20 batches that changed last, with all in them.""",
    "vacuum": """
The file is written anew without free pages, and the index without words of records that are
gone. It needs room for two such files for a while. Others may go on reading, and writing until
the last part; who writes then waits. --every says how often the window does it by itself, when
more than a fifth of the file is free and there is room.""",
    "forget": """
A text is found in any case in titles, texts, tags, payloads, ids, the history, kept originals,
settings, views, jobs and backups; - reads it from standard input, so that your shell does not
remember it. What it stands in goes, with all that is part of it. First comes a survey, which
--dry-run ends with; then the number of records is asked for, which a script answers with
--yes. No backup is made before, and nothing brings it back.

Afterwards the file is written anew, and searched again with its log, its index, the originals
and the backups. The certificate says what was found; the history keeps it without the text. The
exit code is 3 where something of it is still in the workspace.""",
    "purge": """
Asks for the number of records; a script says --yes. It cannot be undone.""",
    "undo": """
A record that was changed since stays as it is, and one that was deleted permanently stays
away; both are told, with exit code 3.""",
    "jobs": """
Scripts put work in with `add` and get it with `claim KIND`, each job to one worker: it prints
a token, and the payload below it. `heartbeat`, `complete` and `fail` take the token. A job
whose worker is silent for longer than its lease goes back to the queue; one that fails is
tried again after 2, 4, 8 seconds and so on, until its attempts are used up. Sheaf's own work
is listed too: its kinds begin with "sheaf.". `claim` exits with 1 where there is nothing to
do, `heartbeat` where the job was canceled.""",
    "migrate": """
A copy of the file is kept beside it, under a name of its own, and named. Going down asks
for the version; a script says --yes. Other commands bring older tables up to date
themselves, and say so on standard error.""",
    "check": """
What a process that died left half-done is taken out or finished first, as it is before
every command that writes.

With --fix, what is derived is made anew, and records are changed as you would change them:
each such mending is an operation that `sheaf undo` takes back. The exit code is 3 where
something was found, also if it could be mended; the next check then finds nothing.""",
    "salvage": """
The damaged file is only read. What could not be read is named by table and number of row,
with exit code 3. Records that belonged to lost ones get a new one to belong to. The index and
all counts are made anew, and the originals go along.""",
    "diagnostics": """
Versions, sizes, counts, settings without texts, what the quick checks find, the end of the
log and the latest reports of crashes. No ids, titles or texts of records and no names of
your files are in it; secrets and your own folder are taken out. Without --output it is only
listed. A workspace that cannot be opened is no obstacle: why is then in it. Sheaf sends it
nowhere.""",
}
"""What a command does that its options do not say."""
