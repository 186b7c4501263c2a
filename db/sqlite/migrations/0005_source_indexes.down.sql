DROP INDEX execution_source;
DROP INDEX status_update_source;
DROP INDEX bug_source;
DROP INDEX design_note_source;
DROP INDEX message_source;
DROP INDEX learning_source;
