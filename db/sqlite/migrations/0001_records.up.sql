-- Batches and tasks, where they came from, what was done to them, and their search index.

CREATE TABLE upload (
  pk INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  sha256 TEXT NOT NULL,
  name TEXT NOT NULL,
  path TEXT NOT NULL,
  format TEXT NOT NULL,
  origin TEXT NOT NULL,
  size INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX upload_sha256 ON upload (sha256);
CREATE INDEX upload_path ON upload (path);

CREATE TABLE batch (
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
  running INTEGER NOT NULL DEFAULT 0,
  queued INTEGER NOT NULL DEFAULT 0,
  review INTEGER NOT NULL DEFAULT 0,
  blocked INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  succeeded INTEGER NOT NULL DEFAULT 0,
  canceled INTEGER NOT NULL DEFAULT 0,
  description TEXT NOT NULL DEFAULT '',
  raw TEXT,
  upload_pk INTEGER REFERENCES upload (pk) ON DELETE SET NULL,
  byte_offset INTEGER,
  byte_length INTEGER,
  place INTEGER NOT NULL GENERATED ALWAYS AS (
    CASE WHEN trashed_at IS NOT NULL THEN 2 WHEN archived_at IS NOT NULL THEN 1 ELSE 0 END
  ) VIRTUAL,
  status INTEGER NOT NULL GENERATED ALWAYS AS (
    CASE WHEN running > 0 THEN 0 WHEN failed > 0 THEN 4 WHEN review > 0 THEN 2
         WHEN blocked > 0 THEN 3 WHEN queued > 0 THEN 1 WHEN succeeded > 0 THEN 5
         WHEN canceled > 0 THEN 6 ELSE 1 END
  ) VIRTUAL,
  total INTEGER NOT NULL GENERATED ALWAYS AS (
    running + queued + review + blocked + failed + succeeded + canceled
  ) VIRTUAL,
  source TEXT GENERATED ALWAYS AS (
    substr(origin, 1, instr(origin || ':', ':') - 1)
  ) VIRTUAL
) STRICT;
CREATE UNIQUE INDEX batch_external ON batch (external_id, origin) WHERE origin IS NOT NULL;
CREATE INDEX batch_updated ON batch (place, updated_at);
CREATE INDEX batch_created ON batch (place, created_at);
CREATE INDEX batch_title ON batch (place, title COLLATE NOCASE);
CREATE INDEX batch_status ON batch (place, status, updated_at);
CREATE INDEX batch_total ON batch (place, total, updated_at);
CREATE INDEX batch_source ON batch (place, source, updated_at);
CREATE INDEX batch_upload ON batch (upload_pk) WHERE upload_pk IS NOT NULL;

CREATE TABLE task (
  pk INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  batch_pk INTEGER REFERENCES batch (pk) ON DELETE CASCADE,
  parent_pk INTEGER REFERENCES task (pk) ON DELETE CASCADE,
  title TEXT NOT NULL,
  status INTEGER NOT NULL CHECK (status BETWEEN 0 AND 6),
  status_word TEXT,
  kind TEXT NOT NULL DEFAULT 'task',
  priority INTEGER NOT NULL DEFAULT 2 CHECK (priority BETWEEN 0 AND 4),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  archived_at INTEGER,
  trashed_at INTEGER,
  version INTEGER NOT NULL DEFAULT 1,
  origin TEXT,
  external_id TEXT,
  place INTEGER NOT NULL GENERATED ALWAYS AS (
    CASE WHEN trashed_at IS NOT NULL THEN 2 WHEN archived_at IS NOT NULL THEN 1 ELSE 0 END
  ) VIRTUAL,
  source TEXT GENERATED ALWAYS AS (
    substr(origin, 1, instr(origin || ':', ':') - 1)
  ) VIRTUAL
) STRICT;
CREATE UNIQUE INDEX task_external ON task (external_id, origin) WHERE origin IS NOT NULL;
CREATE INDEX task_parent ON task (parent_pk) WHERE parent_pk IS NOT NULL;
CREATE INDEX task_updated ON task (place, updated_at);
CREATE INDEX task_created ON task (place, created_at);
CREATE INDEX task_title ON task (place, title COLLATE NOCASE);
CREATE INDEX task_status ON task (place, status, updated_at);
CREATE INDEX task_priority ON task (place, priority, updated_at);
CREATE INDEX task_kind ON task (place, kind, updated_at);
CREATE INDEX task_source ON task (place, source, updated_at);
CREATE INDEX task_batch ON task (batch_pk, place, updated_at);

-- The long part of a task, apart from what lists read and bulk actions rewrite.
CREATE TABLE task_body (
  pk INTEGER PRIMARY KEY REFERENCES task (pk) ON DELETE CASCADE,
  description TEXT NOT NULL DEFAULT '',
  raw TEXT,
  upload_pk INTEGER REFERENCES upload (pk) ON DELETE SET NULL,
  byte_offset INTEGER,
  byte_length INTEGER
) STRICT;
CREATE INDEX task_body_upload ON task_body (upload_pk) WHERE upload_pk IS NOT NULL;

CREATE TABLE tag (
  pk INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE task_tag (
  task_pk INTEGER NOT NULL REFERENCES task (pk) ON DELETE CASCADE,
  tag_pk INTEGER NOT NULL REFERENCES tag (pk) ON DELETE CASCADE,
  PRIMARY KEY (task_pk, tag_pk)
) STRICT, WITHOUT ROWID;
CREATE INDEX task_tag_tag ON task_tag (tag_pk, task_pk);

CREATE TABLE task_link (
  from_pk INTEGER NOT NULL REFERENCES task (pk) ON DELETE CASCADE,
  to_pk INTEGER NOT NULL REFERENCES task (pk) ON DELETE CASCADE,
  kind INTEGER NOT NULL,
  PRIMARY KEY (from_pk, to_pk, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX task_link_to ON task_link (to_pk);

CREATE TABLE operation (
  pk INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  verb TEXT NOT NULL,
  title TEXT NOT NULL,
  actor TEXT NOT NULL,
  state INTEGER NOT NULL,
  undoable INTEGER NOT NULL DEFAULT 1,
  started_at INTEGER NOT NULL,
  finished_at INTEGER,
  owner TEXT,
  report TEXT
) STRICT;
CREATE INDEX operation_state ON operation (state, finished_at);

-- before and after hold the fields that changed, as JSON. For a record that was made,
-- after is NULL: the record itself says it, until an undo takes it out and writes it here.
CREATE TABLE audit_entry (
  pk INTEGER PRIMARY KEY AUTOINCREMENT,
  operation_pk INTEGER NOT NULL REFERENCES operation (pk) ON DELETE CASCADE,
  kind INTEGER NOT NULL,
  record_pk INTEGER NOT NULL,
  action INTEGER NOT NULL,
  before TEXT,
  after TEXT
) STRICT;
CREATE INDEX audit_entry_operation ON audit_entry (operation_pk, kind, record_pk);
CREATE INDEX audit_entry_record ON audit_entry (kind, record_pk);

-- Records of an operation that is not finished: no list, search or export shows them.
CREATE TABLE curtain (
  operation_pk INTEGER NOT NULL REFERENCES operation (pk) ON DELETE CASCADE,
  kind INTEGER NOT NULL,
  first_pk INTEGER NOT NULL,
  last_pk INTEGER NOT NULL,
  PRIMARY KEY (kind, first_pk)
) STRICT, WITHOUT ROWID;

CREATE TABLE setting (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL CHECK (json_valid(value))
) STRICT, WITHOUT ROWID;

CREATE TABLE tombstone (
  pk INTEGER PRIMARY KEY AUTOINCREMENT,
  kind INTEGER NOT NULL,
  record_id TEXT NOT NULL,
  operation_pk INTEGER REFERENCES operation (pk) ON DELETE SET NULL,
  deleted_at INTEGER NOT NULL,
  reason TEXT NOT NULL
) STRICT;
CREATE INDEX tombstone_record ON tombstone (kind, record_id);

CREATE VIRTUAL TABLE batch_search USING fts5 (
  title, names, body,
  content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE task_search USING fts5 (
  title, names, body,
  content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'
);
-- Many rows make one large segment; segments are merged when there are sixteen.
INSERT INTO task_search (task_search, rank) VALUES ('hashsize', 33554432);
INSERT INTO task_search (task_search, rank) VALUES ('automerge', 0);
