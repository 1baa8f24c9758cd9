"""KnowledgeService on the wire."""

from __future__ import annotations

from typing import Any

import grpc

from chroma_service.library import Library
from chroma_service.manifest import SourceVersion
from chroma_service.source_pages import MAX_PAGE, page_of_sources
from shared.pb.mesh.knowledge.v1 import knowledge_service_pb2 as pb
from shared.pb.mesh.knowledge.v1.knowledge_service_pb2_grpc import KnowledgeServiceServicer
from shared.validation import require_range, require_text

_DEFAULT_LIMIT = 4
_MAX_LIMIT = 50
Context = grpc.aio.ServicerContext[Any, Any]


class KnowledgeServicer(KnowledgeServiceServicer):
    """Maps the rpcs to the library."""

    def __init__(self, library: Library) -> None:
        """Serve ``library``."""
        self._library = library

    async def Ingest(self, request: pb.IngestRequest, context: Context) -> pb.IngestResponse:
        """Ingest a document."""
        version, replaced = await self._library.ingest(
            request.source, request.content, request.media_type
        )
        return pb.IngestResponse(source=_source(version), replaced=replaced)

    async def Query(self, request: pb.QueryRequest, context: Context) -> pb.QueryResponse:
        """Find passages."""
        text = require_text(request.text, "text")
        require_range(request.limit, "limit", 0, _MAX_LIMIT)
        found = await self._library.query(text, request.limit or _DEFAULT_LIMIT)
        return pb.QueryResponse(
            passages=[
                pb.Passage(
                    source=each.source,
                    start_line=each.start_line,
                    end_line=each.end_line,
                    text=each.text,
                    score=each.score,
                )
                for each in found
            ]
        )

    async def ListSources(
        self, request: pb.ListSourcesRequest, context: Context
    ) -> pb.ListSourcesResponse:
        """List a page of the sources."""
        require_range(request.page_size, "page_size", 0, MAX_PAGE)
        return page_of_sources(
            self._library.sources, _source, request.page_size, request.page_token
        )

    async def DeleteSource(
        self, request: pb.DeleteSourceRequest, context: Context
    ) -> pb.DeleteSourceResponse:
        """Delete a source."""
        source = require_text(request.source, "source", max_bytes=1024)
        return pb.DeleteSourceResponse(passages=await self._library.delete(source))


def _source(version: SourceVersion) -> pb.Source:
    source = pb.Source(source=version.source, passages=version.passages, sha256=version.sha256)
    source.ingested_at.FromJsonString(version.ingested_at)
    return source
