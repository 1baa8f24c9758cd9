-- name: schema
CREATE TABLE IF NOT EXISTS sources (
    source      TEXT PRIMARY KEY,
    generation  TEXT NOT NULL UNIQUE,   -- marks the passages of the version that counts
    passages    INTEGER NOT NULL,
    sha256      TEXT NOT NULL,
    ingested_at TEXT NOT NULL           -- ISO 8601, UTC
) STRICT;

-- name: all_sources
SELECT * FROM sources ORDER BY source;

-- name: put_source
INSERT INTO sources (source, generation, passages, sha256, ingested_at)
VALUES (:source, :generation, :passages, :sha256, :ingested_at)
ON CONFLICT (source) DO UPDATE SET generation = excluded.generation,
    passages = excluded.passages, sha256 = excluded.sha256, ingested_at = excluded.ingested_at;

-- name: delete_source
DELETE FROM sources WHERE source = ?;
