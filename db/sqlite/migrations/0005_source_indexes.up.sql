-- A filter by the tool a record came from reads an index.
CREATE INDEX execution_source ON execution (place, source, updated_at);
CREATE INDEX status_update_source ON status_update (place, source, updated_at);
CREATE INDEX bug_source ON bug (place, source, updated_at);
CREATE INDEX design_note_source ON design_note (place, source, updated_at);
CREATE INDEX message_source ON message (place, source, updated_at);
CREATE INDEX learning_source ON learning (place, source, updated_at);
