-- Tags are in the full text too: what has any is indexed anew, or all where that is quicker.
-- What is being imported is not in the index yet and stays out.
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
    iif(octet_length(coalesce(external_id, '')) = length(coalesce(external_id, '')), coalesce(external_id, ''), searchable(coalesce(external_id, '')))
      || coalesce((SELECT ' ' || group_concat(char(57344) || ' ' || iif(octet_length(name) = length(name), name, searchable(name)), ' ')
      FROM task_tag JOIN tag ON tag.pk = tag_pk WHERE task_pk = task.pk), ''),
    iif(octet_length((coalesce(description, ''))) = length((coalesce(description, ''))), (coalesce(description, '')), searchable((coalesce(description, ''))))
      || name_parts(title || ' ' || coalesce(external_id, '') || ' ' || (coalesce(description, ''))
        || ' ' || coalesce((SELECT ' ' || group_concat(name, ' ')
          FROM task_tag JOIN tag ON tag.pk = tag_pk WHERE task_pk = task.pk), ''))
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
    iif(octet_length(coalesce(external_id, '')) = length(coalesce(external_id, '')), coalesce(external_id, ''), searchable(coalesce(external_id, '')))
      || coalesce((SELECT ' ' || group_concat(char(57344) || ' ' || iif(octet_length(name) = length(name), name, searchable(name)), ' ')
      FROM learning_tag JOIN tag ON tag.pk = tag_pk WHERE learning_pk = learning.pk), ''),
    iif(octet_length((coalesce(description, '') || ' ' || coalesce(category, ''))) = length((coalesce(description, '') || ' ' || coalesce(category, ''))), (coalesce(description, '') || ' ' || coalesce(category, '')), searchable((coalesce(description, '') || ' ' || coalesce(category, ''))))
      || name_parts(title || ' ' || coalesce(external_id, '') || ' ' || (coalesce(description, '') || ' ' || coalesce(category, ''))
        || ' ' || coalesce((SELECT ' ' || group_concat(name, ' ')
          FROM learning_tag JOIN tag ON tag.pk = tag_pk WHERE learning_pk = learning.pk), ''))
  FROM learning WHERE pk IN (SELECT pk FROM reindexed) ORDER BY pk;

DROP TABLE reindexed;
