-- Parts of imported files that could not be used, until they are mended or dropped. They
-- show while their import is in force; taken_in_pk is the import that took one in later.
CREATE TABLE set_aside (
  pk INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  operation_pk INTEGER NOT NULL REFERENCES operation (pk) ON DELETE CASCADE,
  upload_pk INTEGER NOT NULL REFERENCES upload (pk) ON DELETE CASCADE,
  file TEXT NOT NULL,
  line INTEGER,
  char_column INTEGER,
  pointer TEXT NOT NULL,
  reason TEXT NOT NULL,
  text TEXT NOT NULL,
  byte_offset INTEGER,
  byte_length INTEGER,
  taken_in_pk INTEGER REFERENCES operation (pk) ON DELETE SET NULL,
  dropped_at INTEGER
) STRICT;
CREATE INDEX set_aside_operation ON set_aside (operation_pk);
CREATE INDEX set_aside_upload ON set_aside (upload_pk);
CREATE INDEX set_aside_taken_in ON set_aside (taken_in_pk) WHERE taken_in_pk IS NOT NULL;
