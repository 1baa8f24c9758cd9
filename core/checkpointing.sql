-- The tables are made by LangGraph's AsyncSqliteSaver.setup.

-- name: put_checkpoint
INSERT OR REPLACE INTO checkpoints (thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id,
                                    type, checkpoint, metadata)
VALUES (?, ?, ?, ?, ?, ?, ?);

-- name: put_write
INSERT OR IGNORE INTO writes (thread_id, checkpoint_ns, checkpoint_id, task_id, task_path, idx,
                              channel, type, value)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: replace_write
INSERT OR REPLACE INTO writes (thread_id, checkpoint_ns, checkpoint_id, task_id, task_path, idx,
                               channel, type, value)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: delete_checkpoints
DELETE FROM checkpoints WHERE thread_id = ?;

-- name: delete_writes
DELETE FROM writes WHERE thread_id = ?;
