-- Runs, status updates, bugs, design notes, conversations with their messages, learnings, views.

-- One turn of the work on a task. Its unique key begins with the task, so it serves lists of one.
CREATE TABLE execution (
  pk INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  archived_at INTEGER,
  trashed_at INTEGER,
  version INTEGER NOT NULL DEFAULT 1,
  origin TEXT,
  external_id TEXT,
  task_pk INTEGER NOT NULL REFERENCES task (pk) ON DELETE CASCADE,
  turn INTEGER NOT NULL CHECK (turn >= 0),
  step TEXT NOT NULL DEFAULT '',
  attempt INTEGER NOT NULL DEFAULT 1 CHECK (attempt >= 1),
  status INTEGER NOT NULL CHECK (status BETWEEN 0 AND 6),
  status_word TEXT,
  decision TEXT NOT NULL DEFAULT '',
  started_at INTEGER,
  completed_at INTEGER,
  lease_until INTEGER,
  duration INTEGER GENERATED ALWAYS AS (completed_at - started_at) VIRTUAL,
  place INTEGER NOT NULL GENERATED ALWAYS AS (
    CASE WHEN trashed_at IS NOT NULL THEN 2 WHEN archived_at IS NOT NULL THEN 1 ELSE 0 END
  ) VIRTUAL,
  source TEXT GENERATED ALWAYS AS (
    substr(origin, 1, instr(origin || ':', ':') - 1)
  ) VIRTUAL
) STRICT;
CREATE UNIQUE INDEX execution_external ON execution (external_id, origin) WHERE origin IS NOT NULL;
CREATE UNIQUE INDEX execution_turn ON execution (task_pk, turn, step, attempt);
CREATE INDEX execution_updated ON execution (place, updated_at);
CREATE INDEX execution_created ON execution (place, created_at);
CREATE INDEX execution_status ON execution (place, status, updated_at);
CREATE INDEX execution_step ON execution (place, step, updated_at);
CREATE INDEX execution_decision ON execution (place, decision, updated_at);
CREATE INDEX execution_duration ON execution (place, duration, updated_at);
CREATE INDEX execution_lease ON execution (lease_until) WHERE lease_until IS NOT NULL;
CREATE TABLE execution_body (
  pk INTEGER PRIMARY KEY REFERENCES execution (pk) ON DELETE CASCADE,
  description TEXT NOT NULL DEFAULT '',
  raw TEXT,
  upload_pk INTEGER REFERENCES upload (pk) ON DELETE SET NULL,
  byte_offset INTEGER,
  byte_length INTEGER
) STRICT;
CREATE INDEX execution_body_upload ON execution_body (upload_pk) WHERE upload_pk IS NOT NULL;

CREATE TABLE status_update (
  pk INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  archived_at INTEGER,
  trashed_at INTEGER,
  version INTEGER NOT NULL DEFAULT 1,
  origin TEXT,
  external_id TEXT,
  batch_pk INTEGER REFERENCES batch (pk) ON DELETE CASCADE,
  task_pk INTEGER REFERENCES task (pk) ON DELETE CASCADE,
  actor TEXT NOT NULL DEFAULT '',
  description TEXT NOT NULL DEFAULT '',
  raw TEXT,
  upload_pk INTEGER REFERENCES upload (pk) ON DELETE SET NULL,
  byte_offset INTEGER,
  byte_length INTEGER,
  place INTEGER NOT NULL GENERATED ALWAYS AS (
    CASE WHEN trashed_at IS NOT NULL THEN 2 WHEN archived_at IS NOT NULL THEN 1 ELSE 0 END
  ) VIRTUAL,
  source TEXT GENERATED ALWAYS AS (
    substr(origin, 1, instr(origin || ':', ':') - 1)
  ) VIRTUAL
) STRICT;
CREATE UNIQUE INDEX status_update_external ON status_update (external_id, origin) WHERE origin IS NOT NULL;
CREATE INDEX status_update_updated ON status_update (place, updated_at);
CREATE INDEX status_update_created ON status_update (place, created_at);
CREATE INDEX status_update_title ON status_update (place, title COLLATE NOCASE);
CREATE INDEX status_update_actor ON status_update (place, actor, updated_at);
CREATE INDEX status_update_batch ON status_update (batch_pk, updated_at) WHERE batch_pk IS NOT NULL;
CREATE INDEX status_update_task ON status_update (task_pk, updated_at) WHERE task_pk IS NOT NULL;
CREATE INDEX status_update_upload ON status_update (upload_pk) WHERE upload_pk IS NOT NULL;

CREATE TABLE bug (
  pk INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  archived_at INTEGER,
  trashed_at INTEGER,
  version INTEGER NOT NULL DEFAULT 1,
  origin TEXT,
  external_id TEXT,
  batch_pk INTEGER REFERENCES batch (pk) ON DELETE SET NULL,
  status INTEGER NOT NULL CHECK (status BETWEEN 0 AND 6),
  status_word TEXT,
  severity INTEGER NOT NULL DEFAULT 2 CHECK (severity BETWEEN 0 AND 3),
  steps TEXT NOT NULL DEFAULT '',
  proposed_fix TEXT NOT NULL DEFAULT '',
  description TEXT NOT NULL DEFAULT '',
  raw TEXT,
  upload_pk INTEGER REFERENCES upload (pk) ON DELETE SET NULL,
  byte_offset INTEGER,
  byte_length INTEGER,
  place INTEGER NOT NULL GENERATED ALWAYS AS (
    CASE WHEN trashed_at IS NOT NULL THEN 2 WHEN archived_at IS NOT NULL THEN 1 ELSE 0 END
  ) VIRTUAL,
  source TEXT GENERATED ALWAYS AS (
    substr(origin, 1, instr(origin || ':', ':') - 1)
  ) VIRTUAL
) STRICT;
CREATE UNIQUE INDEX bug_external ON bug (external_id, origin) WHERE origin IS NOT NULL;
CREATE INDEX bug_updated ON bug (place, updated_at);
CREATE INDEX bug_created ON bug (place, created_at);
CREATE INDEX bug_title ON bug (place, title COLLATE NOCASE);
CREATE INDEX bug_status ON bug (place, status, updated_at);
CREATE INDEX bug_severity ON bug (place, severity, updated_at);
CREATE INDEX bug_batch ON bug (batch_pk, updated_at) WHERE batch_pk IS NOT NULL;
CREATE INDEX bug_upload ON bug (upload_pk) WHERE upload_pk IS NOT NULL;

CREATE TABLE bug_task (
  bug_pk INTEGER NOT NULL REFERENCES bug (pk) ON DELETE CASCADE,
  task_pk INTEGER NOT NULL REFERENCES task (pk) ON DELETE CASCADE,
  PRIMARY KEY (bug_pk, task_pk)
) STRICT, WITHOUT ROWID;
CREATE INDEX bug_task_task ON bug_task (task_pk, bug_pk);

CREATE TABLE design_note (
  pk INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  archived_at INTEGER,
  trashed_at INTEGER,
  version INTEGER NOT NULL DEFAULT 1,
  origin TEXT,
  external_id TEXT,
  batch_pk INTEGER REFERENCES batch (pk) ON DELETE SET NULL,
  task_pk INTEGER REFERENCES task (pk) ON DELETE SET NULL,
  context TEXT NOT NULL DEFAULT '',
  decision TEXT NOT NULL DEFAULT '',
  consequences TEXT NOT NULL DEFAULT '',
  superseded_by_pk INTEGER REFERENCES design_note (pk) ON DELETE SET NULL,
  description TEXT NOT NULL DEFAULT '',
  raw TEXT,
  upload_pk INTEGER REFERENCES upload (pk) ON DELETE SET NULL,
  byte_offset INTEGER,
  byte_length INTEGER,
  place INTEGER NOT NULL GENERATED ALWAYS AS (
    CASE WHEN trashed_at IS NOT NULL THEN 2 WHEN archived_at IS NOT NULL THEN 1 ELSE 0 END
  ) VIRTUAL,
  source TEXT GENERATED ALWAYS AS (
    substr(origin, 1, instr(origin || ':', ':') - 1)
  ) VIRTUAL
) STRICT;
CREATE UNIQUE INDEX design_note_external ON design_note (external_id, origin) WHERE origin IS NOT NULL;
CREATE INDEX design_note_updated ON design_note (place, updated_at);
CREATE INDEX design_note_created ON design_note (place, created_at);
CREATE INDEX design_note_title ON design_note (place, title COLLATE NOCASE);
CREATE INDEX design_note_batch ON design_note (batch_pk, updated_at) WHERE batch_pk IS NOT NULL;
CREATE INDEX design_note_task ON design_note (task_pk, updated_at) WHERE task_pk IS NOT NULL;
CREATE INDEX design_note_superseded ON design_note (superseded_by_pk) WHERE superseded_by_pk IS NOT NULL;
CREATE INDEX design_note_upload ON design_note (upload_pk) WHERE upload_pk IS NOT NULL;

-- `messages` and `errors` count its messages; an import sets them, a check recounts them.
CREATE TABLE conversation (
  pk INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  archived_at INTEGER,
  trashed_at INTEGER,
  version INTEGER NOT NULL DEFAULT 1,
  origin TEXT,
  external_id TEXT,
  batch_pk INTEGER REFERENCES batch (pk) ON DELETE SET NULL,
  task_pk INTEGER REFERENCES task (pk) ON DELETE SET NULL,
  parent_pk INTEGER REFERENCES conversation (pk) ON DELETE CASCADE,
  model TEXT NOT NULL DEFAULT '',
  project TEXT NOT NULL DEFAULT '',
  messages INTEGER NOT NULL DEFAULT 0,
  errors INTEGER NOT NULL DEFAULT 0,
  description TEXT NOT NULL DEFAULT '',
  raw TEXT,
  upload_pk INTEGER REFERENCES upload (pk) ON DELETE SET NULL,
  byte_offset INTEGER,
  byte_length INTEGER,
  place INTEGER NOT NULL GENERATED ALWAYS AS (
    CASE WHEN trashed_at IS NOT NULL THEN 2 WHEN archived_at IS NOT NULL THEN 1 ELSE 0 END
  ) VIRTUAL,
  source TEXT GENERATED ALWAYS AS (
    substr(origin, 1, instr(origin || ':', ':') - 1)
  ) VIRTUAL
) STRICT;
CREATE UNIQUE INDEX conversation_external ON conversation (external_id, origin) WHERE origin IS NOT NULL;
CREATE INDEX conversation_updated ON conversation (place, updated_at);
CREATE INDEX conversation_created ON conversation (place, created_at);
CREATE INDEX conversation_title ON conversation (place, title COLLATE NOCASE);
CREATE INDEX conversation_messages ON conversation (place, messages, updated_at);
CREATE INDEX conversation_source ON conversation (place, source, updated_at);
CREATE INDEX conversation_project ON conversation (place, project, updated_at);
CREATE INDEX conversation_batch ON conversation (batch_pk, updated_at) WHERE batch_pk IS NOT NULL;
CREATE INDEX conversation_task ON conversation (task_pk, updated_at) WHERE task_pk IS NOT NULL;
CREATE INDEX conversation_parent ON conversation (parent_pk) WHERE parent_pk IS NOT NULL;
CREATE INDEX conversation_upload ON conversation (upload_pk) WHERE upload_pk IS NOT NULL;

-- `parts` has a bit for each type of block a message holds; `blocks` holds them, as JSON.
CREATE TABLE message (
  pk INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  archived_at INTEGER,
  trashed_at INTEGER,
  version INTEGER NOT NULL DEFAULT 1,
  origin TEXT,
  external_id TEXT,
  conversation_pk INTEGER NOT NULL REFERENCES conversation (pk) ON DELETE CASCADE,
  parent_pk INTEGER REFERENCES message (pk) ON DELETE SET NULL,
  position INTEGER NOT NULL,
  role INTEGER NOT NULL CHECK (role BETWEEN 0 AND 3),
  parts INTEGER NOT NULL DEFAULT 0,
  has_error INTEGER NOT NULL DEFAULT 0 CHECK (has_error IN (0, 1)),
  place INTEGER NOT NULL GENERATED ALWAYS AS (
    CASE WHEN trashed_at IS NOT NULL THEN 2 WHEN archived_at IS NOT NULL THEN 1 ELSE 0 END
  ) VIRTUAL,
  source TEXT GENERATED ALWAYS AS (
    substr(origin, 1, instr(origin || ':', ':') - 1)
  ) VIRTUAL
) STRICT;
CREATE UNIQUE INDEX message_external ON message (external_id, origin) WHERE origin IS NOT NULL;
CREATE INDEX message_updated ON message (place, updated_at);
CREATE INDEX message_created ON message (place, created_at);
CREATE INDEX message_conversation ON message (conversation_pk, position);
CREATE INDEX message_role ON message (place, role, updated_at);
CREATE INDEX message_error ON message (place, updated_at) WHERE has_error = 1;
CREATE INDEX message_parent ON message (parent_pk) WHERE parent_pk IS NOT NULL;
CREATE TABLE message_body (
  pk INTEGER PRIMARY KEY REFERENCES message (pk) ON DELETE CASCADE,
  description TEXT NOT NULL DEFAULT '',
  blocks TEXT NOT NULL DEFAULT '[]',
  raw TEXT,
  upload_pk INTEGER REFERENCES upload (pk) ON DELETE SET NULL,
  byte_offset INTEGER,
  byte_length INTEGER
) STRICT;
CREATE INDEX message_body_upload ON message_body (upload_pk) WHERE upload_pk IS NOT NULL;

CREATE TABLE learning (
  pk INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  archived_at INTEGER,
  trashed_at INTEGER,
  version INTEGER NOT NULL DEFAULT 1,
  origin TEXT,
  external_id TEXT,
  batch_pk INTEGER REFERENCES batch (pk) ON DELETE SET NULL,
  task_pk INTEGER REFERENCES task (pk) ON DELETE SET NULL,
  category TEXT NOT NULL DEFAULT '',
  confidence REAL NOT NULL DEFAULT 0.5 CHECK (confidence BETWEEN 0 AND 1),
  review INTEGER NOT NULL DEFAULT 0 CHECK (review BETWEEN 0 AND 3),
  superseded_by_pk INTEGER REFERENCES learning (pk) ON DELETE SET NULL,
  description TEXT NOT NULL DEFAULT '',
  raw TEXT,
  upload_pk INTEGER REFERENCES upload (pk) ON DELETE SET NULL,
  byte_offset INTEGER,
  byte_length INTEGER,
  place INTEGER NOT NULL GENERATED ALWAYS AS (
    CASE WHEN trashed_at IS NOT NULL THEN 2 WHEN archived_at IS NOT NULL THEN 1 ELSE 0 END
  ) VIRTUAL,
  source TEXT GENERATED ALWAYS AS (
    substr(origin, 1, instr(origin || ':', ':') - 1)
  ) VIRTUAL
) STRICT;
CREATE UNIQUE INDEX learning_external ON learning (external_id, origin) WHERE origin IS NOT NULL;
CREATE INDEX learning_updated ON learning (place, updated_at);
CREATE INDEX learning_created ON learning (place, created_at);
CREATE INDEX learning_title ON learning (place, title COLLATE NOCASE);
CREATE INDEX learning_category ON learning (place, category, updated_at);
CREATE INDEX learning_confidence ON learning (place, confidence, updated_at);
CREATE INDEX learning_review ON learning (place, review, updated_at);
CREATE INDEX learning_batch ON learning (batch_pk, updated_at) WHERE batch_pk IS NOT NULL;
CREATE INDEX learning_task ON learning (task_pk, updated_at) WHERE task_pk IS NOT NULL;
CREATE INDEX learning_superseded ON learning (superseded_by_pk) WHERE superseded_by_pk IS NOT NULL;
CREATE INDEX learning_upload ON learning (upload_pk) WHERE upload_pk IS NOT NULL;

CREATE TABLE learning_tag (
  learning_pk INTEGER NOT NULL REFERENCES learning (pk) ON DELETE CASCADE,
  tag_pk INTEGER NOT NULL REFERENCES tag (pk) ON DELETE CASCADE,
  PRIMARY KEY (learning_pk, tag_pk)
) STRICT, WITHOUT ROWID;
CREATE INDEX learning_tag_tag ON learning_tag (tag_pk, learning_pk);
CREATE TABLE learning_evidence (
  learning_pk INTEGER NOT NULL REFERENCES learning (pk) ON DELETE CASCADE,
  message_pk INTEGER NOT NULL REFERENCES message (pk) ON DELETE CASCADE,
  PRIMARY KEY (learning_pk, message_pk)
) STRICT, WITHOUT ROWID;
CREATE INDEX learning_evidence_message ON learning_evidence (message_pk, learning_pk);

-- A list as a person keeps it: `query` and `layout` are JSON.
CREATE TABLE saved_view (
  pk INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL UNIQUE,
  kind INTEGER NOT NULL,
  query TEXT NOT NULL CHECK (json_valid(query)),
  layout TEXT NOT NULL CHECK (json_valid(layout)),
  is_default INTEGER NOT NULL DEFAULT 0 CHECK (is_default IN (0, 1)),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE VIRTUAL TABLE execution_search USING fts5 (
  title, names, body,
  content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE status_update_search USING fts5 (
  title, names, body,
  content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE bug_search USING fts5 (
  title, names, body,
  content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE design_note_search USING fts5 (
  title, names, body,
  content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE conversation_search USING fts5 (
  title, names, body,
  content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE message_search USING fts5 (
  title, names, body,
  content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE learning_search USING fts5 (
  title, names, body,
  content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'
);
INSERT INTO message_search (message_search, rank) VALUES ('hashsize', 33554432);
INSERT INTO message_search (message_search, rank) VALUES ('automerge', 0);
