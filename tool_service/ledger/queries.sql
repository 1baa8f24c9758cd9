-- name: call_by_id
SELECT request_digest, before_effect, result FROM calls WHERE call_id = ?;

-- name: record_intent
INSERT INTO calls (call_id, request_digest, tool, arguments, before_effect, intended_at)
VALUES (:call_id, :request_digest, :tool, :arguments, :before_effect, :at);

-- name: record_receipt
UPDATE calls SET result = :result, received_at = :at WHERE call_id = :call_id;

-- name: forget_calls -- the ids of a task's calls start with the task's id and a colon
DELETE FROM calls WHERE call_id >= :task_id || ':' AND call_id < :task_id || ';';

-- name: withdraw_intent -- the call was refused before any effect
DELETE FROM calls WHERE call_id = ? AND result IS NULL;
