-- name: insert_task
INSERT INTO tasks (task_id, correlation_id, request_digest, context_id, text, requested_workflow,
                   status, workflow, progress, remaining_loops, failure_reason, failure_message,
                   question, crashes, trace_parent, created_at, updated_at, forked_from_task_id,
                   forked_from_checkpoint_id, fork_edits, deadline_at, answers,
                   collection)
VALUES (:task_id, :correlation_id, :request_digest, :context_id, :text, :requested_workflow,
        :status, :workflow, :progress, :remaining_loops, :failure_reason, :failure_message,
        :question, :crashes, :trace_parent, :created_at, :updated_at, :forked_from_task_id,
        :forked_from_checkpoint_id, :fork_edits, :deadline_at, :answers,
        :collection);

-- name: task_by_id
SELECT * FROM tasks WHERE task_id = ?;

-- name: status_of_task
SELECT status FROM tasks WHERE task_id = ?;

-- name: task_by_correlation_id
SELECT * FROM tasks WHERE correlation_id = ?;

-- name: count_waiting -- tasks that take a place in the queue
SELECT count(*) FROM tasks WHERE status IN ('queued', 'running');

-- name: page_of_tasks -- newest first, below the id of the page token
SELECT * FROM tasks
WHERE (:before = '' OR task_id < :before)
  AND (:status = '' OR status = :status)
  AND (:workflow = '' OR workflow = :workflow)
  AND (:context_id = '' OR context_id = :context_id)
ORDER BY task_id DESC LIMIT :page_size;

-- name: oldest_queued
SELECT * FROM tasks WHERE status = 'queued' ORDER BY task_id LIMIT 1;

-- name: unfinished
SELECT * FROM tasks WHERE status IN ('queued', 'running') ORDER BY task_id;

-- name: change_life -- where a task stands, why, and what was asked and answered
UPDATE tasks SET status = :status, failure_reason = :failure_reason,
                 failure_message = :failure_message, question = :question,
                 answers = :answers, crashes = :crashes,
                 deadline_at = :deadline_at, updated_at = :updated_at
WHERE task_id = :task_id;

-- name: requeue_running -- a clean stop or a recovery hands running tasks back to the queue
UPDATE tasks SET status = 'queued' WHERE status = 'running';

-- name: save_progress -- of a completed hop
UPDATE tasks SET progress = :progress, workflow = :workflow, remaining_loops = :remaining_loops,
                 crashes = :crashes, updated_at = :updated_at
WHERE task_id = :task_id;

-- name: answers
SELECT answers FROM tasks WHERE task_id = ?;

-- name: overdue -- tasks in the queue whose deadline has passed
SELECT task_id FROM tasks WHERE status = 'queued' AND deadline_at != '' AND deadline_at < ?;

-- name: append_event -- the next sequence is one past the last, in the same transaction
INSERT INTO events (task_id, sequence, type, at, hop_index, role, attempt, remaining_loops, detail)
SELECT :task_id, coalesce(max(sequence), 0) + 1, :type, :at, :hop_index, :role, :attempt,
       :remaining_loops, :detail
FROM events WHERE task_id = :task_id
RETURNING position, sequence;

-- name: events_from
SELECT * FROM events WHERE task_id = ? AND sequence >= ? ORDER BY sequence LIMIT ?;

-- name: events_of_all -- of all tasks, in the order of their commits
SELECT * FROM events WHERE position >= ? ORDER BY position LIMIT ?;

-- name: last_position
SELECT coalesce(max(position), 0) FROM events;

-- name: last_sequence
SELECT coalesce(max(sequence), 0) FROM events WHERE task_id = ?;

-- name: starts_of_hop -- how many there were, and the skill that they named (all the same)
SELECT count(*), coalesce(max(json_extract(detail, '$.skill')), '')
FROM events WHERE task_id = ? AND hop_index = ? AND type = 'hop_started';

-- name: decide -- the first value under a call id stays
INSERT INTO decisions (task_id, call_id, value, decided_at)
VALUES (:task_id, :call_id, :value, :at)
ON CONFLICT (task_id, call_id) DO NOTHING;

-- name: decision
SELECT value FROM decisions WHERE task_id = ? AND call_id = ?;

-- name: take_ownership
UPDATE ownership SET fencing_token = fencing_token + 1, clean_stop = 0 WHERE id = 1;

-- name: owner
SELECT fencing_token, clean_stop FROM ownership WHERE id = 1;

-- name: stop_cleanly
UPDATE ownership SET clean_stop = 1 WHERE id = 1;

-- name: take_over_events -- of schema 2: as far as clocks tell, in the order in which they came
INSERT INTO events (task_id, sequence, type, at, hop_index, role, attempt, remaining_loops, detail)
SELECT task_id, sequence, type, at, hop_index, role, attempt, remaining_loops, detail
FROM (SELECT *, max(at) OVER (PARTITION BY task_id ORDER BY sequence) AS came FROM events_2)
ORDER BY came, task_id, sequence;
