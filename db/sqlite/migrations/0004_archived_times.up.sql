-- Lists of what was archived lately. Live records are not in these indexes, so they cost them
-- nothing.
CREATE INDEX batch_archived ON batch (place, archived_at) WHERE archived_at IS NOT NULL;
CREATE INDEX task_archived ON task (place, archived_at) WHERE archived_at IS NOT NULL;
CREATE INDEX execution_archived ON execution (place, archived_at) WHERE archived_at IS NOT NULL;
CREATE INDEX status_update_archived ON status_update (place, archived_at) WHERE archived_at IS NOT NULL;
CREATE INDEX bug_archived ON bug (place, archived_at) WHERE archived_at IS NOT NULL;
CREATE INDEX design_note_archived ON design_note (place, archived_at) WHERE archived_at IS NOT NULL;
CREATE INDEX conversation_archived ON conversation (place, archived_at) WHERE archived_at IS NOT NULL;
CREATE INDEX message_archived ON message (place, archived_at) WHERE archived_at IS NOT NULL;
CREATE INDEX learning_archived ON learning (place, archived_at) WHERE archived_at IS NOT NULL;
