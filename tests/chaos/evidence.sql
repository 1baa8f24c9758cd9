-- name: tasks
SELECT task_id, text, status, workflow, progress, failure_reason,
       coalesce(json_extract(nullif(question, ''), '$.kind'), '') AS asks_for
FROM tasks ORDER BY task_id;

-- name: unfinished
SELECT count(*) FROM tasks WHERE status IN ('queued', 'running');

-- name: events
SELECT task_id, sequence, type, at, hop_index, attempt FROM events ORDER BY task_id, sequence;

-- name: calls
SELECT call_id, tool, result IS NOT NULL AS received FROM calls;

-- name: resumed -- the first sign of work at or after a time
SELECT min(at) FROM events WHERE type IN ('recovered', 'hop_started') AND at >= ?;
