-- Takes the tables out again, with all that they hold.

DROP TABLE execution_search;
DROP TABLE status_update_search;
DROP TABLE bug_search;
DROP TABLE design_note_search;
DROP TABLE conversation_search;
DROP TABLE message_search;
DROP TABLE learning_search;
DROP TABLE saved_view;
DROP TABLE learning_evidence;
DROP TABLE learning_tag;
DROP TABLE learning;
DROP TABLE message_body;
DROP TABLE message;
DROP TABLE conversation;
DROP TABLE design_note;
DROP TABLE bug_task;
DROP TABLE bug;
DROP TABLE status_update;
DROP TABLE execution_body;
DROP TABLE execution;
DELETE FROM audit_entry WHERE kind > 2;
DELETE FROM tombstone WHERE kind > 2;
DELETE FROM curtain WHERE kind > 2;
