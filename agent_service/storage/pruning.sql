-- name: due -- ended tasks that are old enough, oldest first; :statuses is a JSON array
SELECT task_id FROM tasks
WHERE status IN (SELECT value FROM json_each(:statuses)) AND updated_at <= :before
ORDER BY task_id LIMIT :most;

-- name: count_due
WITH due AS (
    SELECT task_id FROM tasks
    WHERE status IN (SELECT value FROM json_each(:statuses)) AND updated_at <= :before
)
SELECT (SELECT count(*) FROM due) AS tasks,
       (SELECT count(*) FROM events WHERE task_id IN due) AS events,
       (SELECT count(*) FROM checkpoints WHERE thread_id IN due) AS checkpoints;

-- name: still_due -- asked again in the transaction that deletes: the task may go on meanwhile
SELECT 1 FROM tasks
WHERE task_id = :task_id AND status IN (SELECT value FROM json_each(:statuses))
  AND updated_at <= :before;

-- name: delete_events
DELETE FROM events WHERE task_id = ?;

-- name: delete_task
DELETE FROM tasks WHERE task_id = ?;
