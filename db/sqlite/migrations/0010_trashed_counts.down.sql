-- No batch counts tasks in the trash.
UPDATE batch SET
  running = (
    SELECT count(*) FROM task WHERE batch_pk = batch.pk AND task.status = 0
    AND task.trashed_at IS NULL AND NOT EXISTS (
      SELECT 1 FROM curtain WHERE kind = 2 AND task.pk BETWEEN first_pk AND last_pk)),
  queued = (
    SELECT count(*) FROM task WHERE batch_pk = batch.pk AND task.status = 1
    AND task.trashed_at IS NULL AND NOT EXISTS (
      SELECT 1 FROM curtain WHERE kind = 2 AND task.pk BETWEEN first_pk AND last_pk)),
  review = (
    SELECT count(*) FROM task WHERE batch_pk = batch.pk AND task.status = 2
    AND task.trashed_at IS NULL AND NOT EXISTS (
      SELECT 1 FROM curtain WHERE kind = 2 AND task.pk BETWEEN first_pk AND last_pk)),
  blocked = (
    SELECT count(*) FROM task WHERE batch_pk = batch.pk AND task.status = 3
    AND task.trashed_at IS NULL AND NOT EXISTS (
      SELECT 1 FROM curtain WHERE kind = 2 AND task.pk BETWEEN first_pk AND last_pk)),
  failed = (
    SELECT count(*) FROM task WHERE batch_pk = batch.pk AND task.status = 4
    AND task.trashed_at IS NULL AND NOT EXISTS (
      SELECT 1 FROM curtain WHERE kind = 2 AND task.pk BETWEEN first_pk AND last_pk)),
  succeeded = (
    SELECT count(*) FROM task WHERE batch_pk = batch.pk AND task.status = 5
    AND task.trashed_at IS NULL AND NOT EXISTS (
      SELECT 1 FROM curtain WHERE kind = 2 AND task.pk BETWEEN first_pk AND last_pk)),
  canceled = (
    SELECT count(*) FROM task WHERE batch_pk = batch.pk AND task.status = 6
    AND task.trashed_at IS NULL AND NOT EXISTS (
      SELECT 1 FROM curtain WHERE kind = 2 AND task.pk BETWEEN first_pk AND last_pk))
WHERE trashed_at IS NOT NULL;
