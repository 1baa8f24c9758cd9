-- name: due -- ended tasks that are old enough, oldest first; :statuses is a JSON array.
-- An accepted fork that has not begun is made from a checkpoint of its origin, which stays.
SELECT task_id FROM tasks
WHERE status IN (SELECT value FROM json_each(:statuses)) AND updated_at <= :before
  AND task_id NOT IN (
      SELECT forked_from_task_id FROM tasks AS fork
      WHERE forked_from_task_id <> ''
        AND NOT EXISTS (SELECT 1 FROM checkpoints WHERE thread_id = fork.task_id))
ORDER BY task_id LIMIT :most;

-- name: still_due -- the same of the JSON array :among, asked in the transaction that deletes
SELECT task_id FROM tasks
WHERE task_id IN (SELECT value FROM json_each(:among))
  AND status IN (SELECT value FROM json_each(:statuses)) AND updated_at <= :before
  AND NOT EXISTS (
      SELECT 1 FROM tasks AS fork
      WHERE fork.forked_from_task_id = tasks.task_id AND fork.forked_from_task_id <> ''
        AND NOT EXISTS (SELECT 1 FROM checkpoints WHERE thread_id = fork.task_id))
ORDER BY task_id;

-- name: size -- of the tasks of a JSON array
SELECT (SELECT count(*) FROM events
        WHERE task_id IN (SELECT value FROM json_each(:among))) AS events,
       (SELECT count(*) FROM checkpoints
        WHERE thread_id IN (SELECT value FROM json_each(:among))) AS checkpoints;

-- name: delete_events
DELETE FROM events WHERE task_id = ?;

-- name: delete_decisions
DELETE FROM decisions WHERE task_id = ?;

-- name: delete_task
DELETE FROM tasks WHERE task_id = ?;
