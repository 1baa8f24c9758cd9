CREATE TABLE IF NOT EXISTS calls (
    call_id        TEXT PRIMARY KEY,
    request_digest TEXT NOT NULL,            -- sha256 of tool and arguments
    tool           TEXT NOT NULL,
    arguments      TEXT NOT NULL,            -- JSON
    before_effect  TEXT NOT NULL,            -- JSON: what the tool saw before its effect
    intended_at    TEXT NOT NULL,
    result         TEXT,                     -- JSON; NULL: an intent without a receipt
    received_at    TEXT
) STRICT;
