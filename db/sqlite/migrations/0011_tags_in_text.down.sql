-- Indexes what has tags anew without them, or all where that is quicker.
CREATE TABLE reindexed (pk INTEGER PRIMARY KEY) STRICT;

DELETE FROM reindexed;
INSERT INTO reindexed SELECT DISTINCT task_pk FROM task_tag
  WHERE task_pk IN (SELECT id FROM task_search_docsize);
INSERT OR IGNORE INTO reindexed SELECT id FROM task_search_docsize
  WHERE 4 * (SELECT count(*) FROM reindexed) > (SELECT count(*) FROM task_search_docsize);
INSERT INTO task_search (task_search) SELECT 'delete-all'
  WHERE (SELECT count(*) FROM reindexed) = (SELECT count(*) FROM task_search_docsize);
DELETE FROM task_search
  WHERE rowid IN (SELECT pk FROM reindexed JOIN task_search_docsize ON id = pk);
INSERT INTO task_search (rowid, title, names, body)
  SELECT pk,
    iif(octet_length(title) = length(title), title, searchable(title)),
    iif(octet_length(coalesce(external_id, '')) = length(coalesce(external_id, '')), coalesce(external_id, ''), searchable(coalesce(external_id, ''))),
    iif(octet_length((coalesce(description, ''))) = length((coalesce(description, ''))), (coalesce(description, '')), searchable((coalesce(description, ''))))
      || name_parts(title || ' ' || coalesce(external_id, '') || ' ' || (coalesce(description, '')))
  FROM task LEFT JOIN task_body USING (pk) WHERE pk IN (SELECT pk FROM reindexed) ORDER BY pk;

DELETE FROM reindexed;
INSERT INTO reindexed SELECT DISTINCT learning_pk FROM learning_tag
  WHERE learning_pk IN (SELECT id FROM learning_search_docsize);
INSERT OR IGNORE INTO reindexed SELECT id FROM learning_search_docsize
  WHERE 4 * (SELECT count(*) FROM reindexed) > (SELECT count(*) FROM learning_search_docsize);
INSERT INTO learning_search (learning_search) SELECT 'delete-all'
  WHERE (SELECT count(*) FROM reindexed) = (SELECT count(*) FROM learning_search_docsize);
DELETE FROM learning_search
  WHERE rowid IN (SELECT pk FROM reindexed JOIN learning_search_docsize ON id = pk);
INSERT INTO learning_search (rowid, title, names, body)
  SELECT pk,
    iif(octet_length(title) = length(title), title, searchable(title)),
    iif(octet_length(coalesce(external_id, '')) = length(coalesce(external_id, '')), coalesce(external_id, ''), searchable(coalesce(external_id, ''))),
    iif(octet_length((coalesce(description, '') || ' ' || coalesce(category, ''))) = length((coalesce(description, '') || ' ' || coalesce(category, ''))), (coalesce(description, '') || ' ' || coalesce(category, '')), searchable((coalesce(description, '') || ' ' || coalesce(category, ''))))
      || name_parts(title || ' ' || coalesce(external_id, '') || ' ' || (coalesce(description, '') || ' ' || coalesce(category, '')))
  FROM learning WHERE pk IN (SELECT pk FROM reindexed) ORDER BY pk;

DROP TABLE reindexed;
