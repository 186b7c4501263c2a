-- The parts of names such as findBatches are indexed too. What the index has is indexed anew;
-- what is being imported is not in it yet and stays out.
CREATE TABLE reindexed (pk INTEGER PRIMARY KEY) STRICT;

DELETE FROM reindexed;
INSERT INTO reindexed SELECT id FROM batch_search_docsize;
INSERT INTO batch_search (batch_search) VALUES ('delete-all');
INSERT INTO batch_search (rowid, title, names, body)
  SELECT pk,
    iif(octet_length(title) = length(title), title, searchable(title)),
    iif(octet_length(coalesce(external_id, '')) = length(coalesce(external_id, '')), coalesce(external_id, ''), searchable(coalesce(external_id, ''))),
    iif(octet_length((coalesce(description, ''))) = length((coalesce(description, ''))), (coalesce(description, '')), searchable((coalesce(description, ''))))
      || name_parts(title || ' ' || coalesce(external_id, '') || ' ' || (coalesce(description, '')))
  FROM batch WHERE pk IN (SELECT pk FROM reindexed) ORDER BY pk;

DELETE FROM reindexed;
INSERT INTO reindexed SELECT id FROM task_search_docsize;
INSERT INTO task_search (task_search) VALUES ('delete-all');
INSERT INTO task_search (rowid, title, names, body)
  SELECT pk,
    iif(octet_length(title) = length(title), title, searchable(title)),
    iif(octet_length(coalesce(external_id, '')) = length(coalesce(external_id, '')), coalesce(external_id, ''), searchable(coalesce(external_id, ''))),
    iif(octet_length((coalesce(description, ''))) = length((coalesce(description, ''))), (coalesce(description, '')), searchable((coalesce(description, ''))))
      || name_parts(title || ' ' || coalesce(external_id, '') || ' ' || (coalesce(description, '')))
  FROM task LEFT JOIN task_body USING (pk) WHERE pk IN (SELECT pk FROM reindexed) ORDER BY pk;

DELETE FROM reindexed;
INSERT INTO reindexed SELECT id FROM execution_search_docsize;
INSERT INTO execution_search (execution_search) VALUES ('delete-all');
INSERT INTO execution_search (rowid, title, names, body)
  SELECT pk,
    iif(octet_length(title) = length(title), title, searchable(title)),
    iif(octet_length(coalesce(external_id, '')) = length(coalesce(external_id, '')), coalesce(external_id, ''), searchable(coalesce(external_id, ''))),
    iif(octet_length((coalesce(description, ''))) = length((coalesce(description, ''))), (coalesce(description, '')), searchable((coalesce(description, ''))))
      || name_parts(title || ' ' || coalesce(external_id, '') || ' ' || (coalesce(description, '')))
  FROM execution LEFT JOIN execution_body USING (pk) WHERE pk IN (SELECT pk FROM reindexed) ORDER BY pk;

DELETE FROM reindexed;
INSERT INTO reindexed SELECT id FROM status_update_search_docsize;
INSERT INTO status_update_search (status_update_search) VALUES ('delete-all');
INSERT INTO status_update_search (rowid, title, names, body)
  SELECT pk,
    iif(octet_length(title) = length(title), title, searchable(title)),
    iif(octet_length(coalesce(external_id, '')) = length(coalesce(external_id, '')), coalesce(external_id, ''), searchable(coalesce(external_id, ''))),
    iif(octet_length((coalesce(description, ''))) = length((coalesce(description, ''))), (coalesce(description, '')), searchable((coalesce(description, ''))))
      || name_parts(title || ' ' || coalesce(external_id, '') || ' ' || (coalesce(description, '')))
  FROM status_update WHERE pk IN (SELECT pk FROM reindexed) ORDER BY pk;

DELETE FROM reindexed;
INSERT INTO reindexed SELECT id FROM bug_search_docsize;
INSERT INTO bug_search (bug_search) VALUES ('delete-all');
INSERT INTO bug_search (rowid, title, names, body)
  SELECT pk,
    iif(octet_length(title) = length(title), title, searchable(title)),
    iif(octet_length(coalesce(external_id, '')) = length(coalesce(external_id, '')), coalesce(external_id, ''), searchable(coalesce(external_id, ''))),
    iif(octet_length((coalesce(description, '') || ' ' || coalesce(steps, '') || ' ' || coalesce(proposed_fix, ''))) = length((coalesce(description, '') || ' ' || coalesce(steps, '') || ' ' || coalesce(proposed_fix, ''))), (coalesce(description, '') || ' ' || coalesce(steps, '') || ' ' || coalesce(proposed_fix, '')), searchable((coalesce(description, '') || ' ' || coalesce(steps, '') || ' ' || coalesce(proposed_fix, ''))))
      || name_parts(title || ' ' || coalesce(external_id, '') || ' ' || (coalesce(description, '') || ' ' || coalesce(steps, '') || ' ' || coalesce(proposed_fix, '')))
  FROM bug WHERE pk IN (SELECT pk FROM reindexed) ORDER BY pk;

DELETE FROM reindexed;
INSERT INTO reindexed SELECT id FROM design_note_search_docsize;
INSERT INTO design_note_search (design_note_search) VALUES ('delete-all');
INSERT INTO design_note_search (rowid, title, names, body)
  SELECT pk,
    iif(octet_length(title) = length(title), title, searchable(title)),
    iif(octet_length(coalesce(external_id, '')) = length(coalesce(external_id, '')), coalesce(external_id, ''), searchable(coalesce(external_id, ''))),
    iif(octet_length((coalesce(description, '') || ' ' || coalesce(context, '') || ' ' || coalesce(decision, '') || ' ' || coalesce(consequences, ''))) = length((coalesce(description, '') || ' ' || coalesce(context, '') || ' ' || coalesce(decision, '') || ' ' || coalesce(consequences, ''))), (coalesce(description, '') || ' ' || coalesce(context, '') || ' ' || coalesce(decision, '') || ' ' || coalesce(consequences, '')), searchable((coalesce(description, '') || ' ' || coalesce(context, '') || ' ' || coalesce(decision, '') || ' ' || coalesce(consequences, ''))))
      || name_parts(title || ' ' || coalesce(external_id, '') || ' ' || (coalesce(description, '') || ' ' || coalesce(context, '') || ' ' || coalesce(decision, '') || ' ' || coalesce(consequences, '')))
  FROM design_note WHERE pk IN (SELECT pk FROM reindexed) ORDER BY pk;

DELETE FROM reindexed;
INSERT INTO reindexed SELECT id FROM conversation_search_docsize;
INSERT INTO conversation_search (conversation_search) VALUES ('delete-all');
INSERT INTO conversation_search (rowid, title, names, body)
  SELECT pk,
    iif(octet_length(title) = length(title), title, searchable(title)),
    iif(octet_length(coalesce(external_id, '')) = length(coalesce(external_id, '')), coalesce(external_id, ''), searchable(coalesce(external_id, ''))),
    iif(octet_length((coalesce(description, '') || ' ' || coalesce(project, ''))) = length((coalesce(description, '') || ' ' || coalesce(project, ''))), (coalesce(description, '') || ' ' || coalesce(project, '')), searchable((coalesce(description, '') || ' ' || coalesce(project, ''))))
      || name_parts(title || ' ' || coalesce(external_id, '') || ' ' || (coalesce(description, '') || ' ' || coalesce(project, '')))
  FROM conversation WHERE pk IN (SELECT pk FROM reindexed) ORDER BY pk;

DELETE FROM reindexed;
INSERT INTO reindexed SELECT id FROM message_search_docsize;
INSERT INTO message_search (message_search) VALUES ('delete-all');
INSERT INTO message_search (rowid, title, names, body)
  SELECT pk,
    iif(octet_length(title) = length(title), title, searchable(title)),
    iif(octet_length(coalesce(external_id, '')) = length(coalesce(external_id, '')), coalesce(external_id, ''), searchable(coalesce(external_id, ''))),
    searchable((block_text(blocks)))
      || name_parts(title || ' ' || coalesce(external_id, '') || ' ' || (block_text(blocks)))
  FROM message LEFT JOIN message_body USING (pk) WHERE pk IN (SELECT pk FROM reindexed) ORDER BY pk;

DELETE FROM reindexed;
INSERT INTO reindexed SELECT id FROM learning_search_docsize;
INSERT INTO learning_search (learning_search) VALUES ('delete-all');
INSERT INTO learning_search (rowid, title, names, body)
  SELECT pk,
    iif(octet_length(title) = length(title), title, searchable(title)),
    iif(octet_length(coalesce(external_id, '')) = length(coalesce(external_id, '')), coalesce(external_id, ''), searchable(coalesce(external_id, ''))),
    iif(octet_length((coalesce(description, '') || ' ' || coalesce(category, ''))) = length((coalesce(description, '') || ' ' || coalesce(category, ''))), (coalesce(description, '') || ' ' || coalesce(category, '')), searchable((coalesce(description, '') || ' ' || coalesce(category, ''))))
      || name_parts(title || ' ' || coalesce(external_id, '') || ' ' || (coalesce(description, '') || ' ' || coalesce(category, '')))
  FROM learning WHERE pk IN (SELECT pk FROM reindexed) ORDER BY pk;

DROP TABLE reindexed;
