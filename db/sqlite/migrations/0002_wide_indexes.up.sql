-- Three indexes hold all that filters compare: rows are judged by them without being read.
DROP INDEX IF EXISTS task_updated;
DROP INDEX IF EXISTS task_status;
DROP INDEX IF EXISTS task_batch;
CREATE INDEX task_updated ON task (
  place, updated_at, pk, status, kind, priority, created_at, batch_pk
);
CREATE INDEX task_status ON task (
  place, status, updated_at, pk, kind, priority, created_at, batch_pk
);
CREATE INDEX task_batch ON task (
  batch_pk, place, updated_at, pk, status, kind, priority, created_at
);
