-- name: sources
CREATE TABLE IF NOT EXISTS sources (
    collection  TEXT NOT NULL,
    source      TEXT NOT NULL,
    generation  TEXT NOT NULL UNIQUE,   -- marks the passages of the version that counts
    passages    INTEGER NOT NULL,
    sha256      TEXT NOT NULL,
    ingested_at TEXT NOT NULL,          -- ISO 8601, UTC
    way         INTEGER NOT NULL DEFAULT 1, -- in which it was cut and embedded
    PRIMARY KEY (collection, source)
) STRICT;

-- name: ingestions
CREATE TABLE IF NOT EXISTS ingestions (
    collection  TEXT NOT NULL,
    source      TEXT NOT NULL,
    generation  TEXT NOT NULL UNIQUE,   -- marks the passages of a version that does not count yet
    fingerprint TEXT NOT NULL,          -- of the document and of how it is cut
    begun_at    TEXT NOT NULL,          -- ISO 8601, UTC
    PRIMARY KEY (collection, source)
) STRICT;

-- name: set_version_1_aside
ALTER TABLE sources RENAME TO sources_1;

-- name: take_over_version_1
INSERT INTO sources (collection, source, generation, passages, sha256, ingested_at)
SELECT 'default', source, generation, passages, sha256, ingested_at FROM sources_1;

-- name: drop_version_1
DROP TABLE sources_1;

-- name: add_way
ALTER TABLE sources ADD COLUMN way INTEGER NOT NULL DEFAULT 1;

-- name: all_sources
SELECT * FROM sources ORDER BY collection, source;

-- name: all_ingestions
SELECT * FROM ingestions ORDER BY collection, source;

-- name: put_source
INSERT INTO sources (collection, source, generation, passages, sha256, ingested_at, way)
VALUES (:collection, :source, :generation, :passages, :sha256, :ingested_at, :way)
ON CONFLICT (collection, source) DO UPDATE SET generation = excluded.generation,
    passages = excluded.passages, sha256 = excluded.sha256, ingested_at = excluded.ingested_at,
    way = excluded.way;

-- name: delete_source
DELETE FROM sources WHERE collection = ? AND source = ?;

-- name: put_ingestion
INSERT INTO ingestions (collection, source, generation, fingerprint, begun_at)
VALUES (:collection, :source, :generation, :fingerprint, :begun_at)
ON CONFLICT (collection, source) DO UPDATE SET generation = excluded.generation,
    fingerprint = excluded.fingerprint, begun_at = excluded.begun_at;

-- name: delete_ingestion
DELETE FROM ingestions WHERE collection = ? AND source = ?;
