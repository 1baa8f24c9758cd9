-- What must hold between the agent's tables (agent_service/storage/sqlite/schema.sql) and those of the
-- checkpoints (shared/checkpointing/schema.sql). A file of schema 1 has not all of them.

-- name: gaps -- event sequences that are not 1, 2, 3 and so on
SELECT task_id, count(*) FROM events GROUP BY task_id
HAVING min(sequence) <> 1 OR max(sequence) <> count(*) LIMIT :most;

-- name: silent -- tasks without an event: the first one is written with the task
SELECT task_id, 0 FROM tasks WHERE task_id NOT IN (SELECT task_id FROM events) LIMIT :most;

-- name: orphan_events
SELECT task_id, count(*) FROM events WHERE task_id NOT IN (SELECT task_id FROM tasks)
GROUP BY task_id LIMIT :most;

-- name: orphan_checkpoints
SELECT thread_id, count(*) FROM checkpoints WHERE thread_id NOT IN (SELECT task_id FROM tasks)
GROUP BY thread_id LIMIT :most;

-- name: orphan_values
SELECT thread_id, count(*) FROM channel_values WHERE thread_id NOT IN (SELECT task_id FROM tasks)
GROUP BY thread_id LIMIT :most;

-- name: orphan_writes
SELECT thread_id, count(*) FROM pending_writes WHERE thread_id NOT IN (SELECT task_id FROM tasks)
GROUP BY thread_id LIMIT :most;
