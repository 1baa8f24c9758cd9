-- name: put_checkpoint
INSERT OR REPLACE INTO checkpoints
    (thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, head, metadata)
VALUES (?, ?, ?, ?, ?, ?);

-- name: put_value -- a version never changes: what is there stays
INSERT OR IGNORE INTO channel_values
    (thread_id, checkpoint_ns, channel, version, base_version, type, value)
VALUES (?, ?, ?, ?, ?, ?, ?);

-- name: put_write -- a value that was written once stays
INSERT OR IGNORE INTO pending_writes
    (thread_id, checkpoint_ns, checkpoint_id, task_path, task_id, idx, channel, type, value)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: replace_write -- errors, interrupts and resumes take the place of what was there
INSERT OR REPLACE INTO pending_writes
    (thread_id, checkpoint_ns, checkpoint_id, task_path, task_id, idx, channel, type, value)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: checkpoint_by_id
SELECT * FROM checkpoints WHERE thread_id = ? AND checkpoint_ns = ? AND checkpoint_id = ?;

-- name: latest_checkpoint -- the unique index holds the sequences too, so that one index does
SELECT * FROM checkpoints WHERE sequence = (
    SELECT max(sequence) FROM checkpoints WHERE thread_id = ? AND checkpoint_ns = ?);

-- name: values_with_bases -- the versions asked for (JSON [[channel, version], ...]) and all below
WITH RECURSIVE wanted (channel, version) AS (
    SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:versions)
    UNION
    SELECT stored.channel, stored.base_version
    FROM wanted JOIN channel_values AS stored
        ON stored.thread_id = :thread_id AND stored.checkpoint_ns = :checkpoint_ns
        AND stored.channel = wanted.channel AND stored.version = wanted.version
    WHERE stored.base_version IS NOT NULL
)
SELECT stored.channel, stored.version, stored.base_version, stored.type, stored.value
FROM wanted JOIN channel_values AS stored
    ON stored.thread_id = :thread_id AND stored.checkpoint_ns = :checkpoint_ns
    AND stored.channel = wanted.channel AND stored.version = wanted.version;

-- name: writes_of_checkpoint -- in the order in which they apply
SELECT task_id, channel, type, value FROM pending_writes
WHERE thread_id = ? AND checkpoint_ns = ? AND checkpoint_id = ?
ORDER BY task_path, task_id, idx;

-- name: page_of_thread -- newest first, below a sequence
SELECT * FROM checkpoints WHERE sequence IN (
    SELECT sequence FROM checkpoints
    WHERE thread_id = :thread_id AND sequence < :below
      AND (:checkpoint_ns IS NULL OR checkpoint_ns = :checkpoint_ns)
      AND (:checkpoint_id IS NULL OR checkpoint_id = :checkpoint_id)
    ORDER BY sequence DESC LIMIT :page_size)
ORDER BY sequence DESC;

-- name: page_of_all -- newest first, below a sequence
SELECT * FROM checkpoints WHERE sequence < :below ORDER BY sequence DESC LIMIT :page_size;

-- name: sequence_of_checkpoint
SELECT sequence FROM checkpoints
WHERE (:thread_id IS NULL OR thread_id = :thread_id) AND checkpoint_id = :checkpoint_id
ORDER BY sequence LIMIT 1;

-- name: checkpoints_of_thread
SELECT * FROM checkpoints WHERE thread_id = ? ORDER BY sequence;

-- name: threads_of_run
SELECT DISTINCT thread_id FROM checkpoints WHERE json_extract(metadata, '$.run_id') = ?;

-- name: delete_checkpoints_of_run
DELETE FROM checkpoints WHERE json_extract(metadata, '$.run_id') = ?;

-- name: delete_checkpoint
DELETE FROM checkpoints WHERE thread_id = ? AND checkpoint_ns = ? AND checkpoint_id = ?;

-- name: delete_checkpoints
DELETE FROM checkpoints WHERE thread_id = ?;

-- name: delete_values
DELETE FROM channel_values WHERE thread_id = ?;

-- name: delete_writes
DELETE FROM pending_writes WHERE thread_id = ?;

-- name: delete_stray_writes -- of checkpoints that are gone
DELETE FROM pending_writes
WHERE thread_id = ?1 AND NOT EXISTS (
    SELECT 1 FROM checkpoints AS kept
    WHERE kept.thread_id = ?1 AND kept.checkpoint_ns = pending_writes.checkpoint_ns
      AND kept.checkpoint_id = pending_writes.checkpoint_id);

-- name: versions_of_thread
SELECT checkpoint_ns, channel, version, base_version FROM channel_values WHERE thread_id = ?;

-- name: delete_value
DELETE FROM channel_values
WHERE thread_id = ? AND checkpoint_ns = ? AND channel = ? AND version = ?;

-- name: copy_checkpoints
INSERT OR REPLACE INTO checkpoints
    (thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, head, metadata)
SELECT :target, checkpoint_ns, checkpoint_id, parent_checkpoint_id, head, metadata
FROM checkpoints WHERE thread_id = :source ORDER BY sequence;

-- name: copy_values
INSERT OR REPLACE INTO channel_values
SELECT :target, checkpoint_ns, channel, version, base_version, type, value
FROM channel_values WHERE thread_id = :source;

-- name: copy_writes
INSERT OR REPLACE INTO pending_writes
SELECT :target, checkpoint_ns, checkpoint_id, task_path, task_id, idx, channel, type, value
FROM pending_writes WHERE thread_id = :source;

-- name: heads_that_name -- a channel, and perhaps some that only hold its name somewhere
SELECT sequence, head FROM checkpoints WHERE instr(head, ?) > 0;

-- name: replace_head
UPDATE checkpoints SET head = ? WHERE sequence = ?;

-- name: rename_values
UPDATE channel_values SET channel = :new WHERE channel = :old;

-- name: rename_writes
UPDATE pending_writes SET channel = :new WHERE channel = :old;
