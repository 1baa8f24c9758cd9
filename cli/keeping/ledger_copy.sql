-- The table is the tool service's (tool_service/ledger/schema.sql).

-- name: checked_receipts -- the calls that ended, of tools that looked before their effect
SELECT call_id FROM calls WHERE result IS NOT NULL AND before_effect <> '{}';

-- name: make_known
CREATE TEMP TABLE known (call_id TEXT PRIMARY KEY);

-- name: know
INSERT INTO known (call_id) VALUES (?);

-- name: take_back_receipts
UPDATE calls SET result = NULL, received_at = NULL
WHERE result IS NOT NULL AND before_effect <> '{}'
  AND call_id NOT IN (SELECT call_id FROM known);
