-- The table is the knowledge service's (chroma_service/manifest.sql).

-- name: versions
SELECT source, generation FROM sources ORDER BY source;
