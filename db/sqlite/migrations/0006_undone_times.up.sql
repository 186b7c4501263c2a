-- When an operation was taken back: a later one ends the chance to do it again.
ALTER TABLE operation ADD COLUMN undone_at INTEGER;
