-- The table is the knowledge service's (chroma_service/manifest.sql).

-- name: versions
SELECT generation FROM sources ORDER BY generation;
