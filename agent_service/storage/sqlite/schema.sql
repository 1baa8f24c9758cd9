-- Tasks, their events, and who owns the file. Checkpoints live beside them (shared/checkpointing/schema.sql).
CREATE TABLE IF NOT EXISTS tasks (
    task_id TEXT PRIMARY KEY,            -- UUIDv7, so that the order of ids is the order of arrival
    correlation_id TEXT NOT NULL UNIQUE, -- UUID4, the idempotency key of the submission
    request_digest TEXT NOT NULL,        -- sha256 of the request: tells a repeat from a reuse
    context_id TEXT NOT NULL,
    text TEXT NOT NULL,
    requested_workflow TEXT NOT NULL,    -- empty: the router decides
    status TEXT NOT NULL,                -- queued running completed failed cancelled input_required
    workflow TEXT NOT NULL DEFAULT '',   -- empty until routed
    progress TEXT NOT NULL DEFAULT '{}', -- JSON: what a reader sees of the state
    remaining_loops INTEGER NOT NULL,
    failure_reason TEXT NOT NULL DEFAULT '',
    failure_message TEXT NOT NULL DEFAULT '',
    question TEXT NOT NULL DEFAULT '',   -- JSON: what waits for a person; empty: nothing
    crashes INTEGER NOT NULL DEFAULT 0,  -- crashes of the agent since the last completed hop
    trace_parent TEXT NOT NULL DEFAULT '', -- W3C traceparent of the submission
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    forked_from_task_id TEXT NOT NULL DEFAULT '', -- empty: this task is no fork
    forked_from_checkpoint_id TEXT NOT NULL DEFAULT '',
    fork_edits TEXT NOT NULL DEFAULT '{}', -- JSON: channels that a fork starts with another value of
    deadline_at TEXT NOT NULL DEFAULT '', -- ISO 8601 in UTC; empty: none
    answers TEXT NOT NULL DEFAULT '{}',  -- JSON: call id of a question -> what a person said
    collection TEXT NOT NULL DEFAULT ''  -- of documents to search; empty: the default one
) STRICT;
CREATE INDEX IF NOT EXISTS tasks_by_status ON tasks (status, task_id);
CREATE INDEX IF NOT EXISTS tasks_by_origin ON tasks (forked_from_task_id)
    WHERE forked_from_task_id <> '';
CREATE TABLE IF NOT EXISTS events (
    position INTEGER PRIMARY KEY AUTOINCREMENT, -- over all tasks, in the order of commits; never reused
    task_id TEXT NOT NULL REFERENCES tasks (task_id),
    sequence INTEGER NOT NULL,           -- gapless from 1
    type TEXT NOT NULL,
    at TEXT NOT NULL,
    hop_index INTEGER NOT NULL,
    role TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    remaining_loops INTEGER NOT NULL,
    detail TEXT NOT NULL,                -- JSON object
    UNIQUE (task_id, sequence)
) STRICT;
-- What a hop chose before it acted on it: the first value stays, whatever a later attempt chooses.
CREATE TABLE IF NOT EXISTS decisions (
    task_id TEXT NOT NULL REFERENCES tasks (task_id),
    call_id TEXT NOT NULL,
    value TEXT NOT NULL,                 -- JSON
    decided_at TEXT NOT NULL,
    PRIMARY KEY (task_id, call_id)
) STRICT;
CREATE TABLE IF NOT EXISTS ownership (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    fencing_token INTEGER NOT NULL,      -- grows by one with every start of an agent
    clean_stop INTEGER NOT NULL          -- 1 when the last owner stopped in good order
) STRICT;
INSERT OR IGNORE INTO ownership (id, fencing_token, clean_stop) VALUES (1, 0, 1);
