-- The queue of long work: Sheaf's own, and what scripts put in. It belongs to the machine and
-- is in no dump. token is the claim's; lease_until is when it ends unless it is renewed.
-- A claim changes few pages, as there are few indexes.
CREATE TABLE job (
  pk INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  payload TEXT NOT NULL,
  state INTEGER NOT NULL DEFAULT 0,
  priority INTEGER NOT NULL,
  run_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  max_attempts INTEGER NOT NULL,
  worker TEXT,
  token TEXT,
  lease_until INTEGER,
  cancel_asked INTEGER NOT NULL DEFAULT 0,
  done INTEGER,
  total INTEGER,
  unit TEXT NOT NULL DEFAULT '',
  result TEXT,
  error TEXT,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER
) STRICT;
CREATE INDEX job_queued ON job (kind, priority, run_at) WHERE state = 0;
CREATE INDEX job_running ON job (lease_until) WHERE state = 1;
CREATE INDEX job_over ON job (finished_at, state, kind) WHERE state > 1;
CREATE TABLE job_line (
  pk INTEGER PRIMARY KEY,
  job_pk INTEGER NOT NULL REFERENCES job (pk) ON DELETE CASCADE,
  said_at INTEGER NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE INDEX job_line_job ON job_line (job_pk);
