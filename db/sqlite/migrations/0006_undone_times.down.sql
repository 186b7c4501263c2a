ALTER TABLE operation DROP COLUMN undone_at;
