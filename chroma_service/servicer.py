"""KnowledgeService on the wire."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import grpc

from chroma_service.documents import collection_name, require_source
from chroma_service.library import Document, Ingested, Library, Progress
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

    async def Ingest(
        self, request: pb.IngestRequest, context: Context
    ) -> AsyncIterator[pb.IngestResponse]:
        """Ingest a document and stream how far it is."""
        document = Document(
            collection_name(request.collection),
            require_source(request.source),
            request.content,
            request.media_type,
        )
        async with aclosing(self._library.ingest(document)) as steps:
            async for step in steps:
                yield self._step(step)

    async def Query(self, request: pb.QueryRequest, context: Context) -> pb.QueryResponse:
        """Find passages."""
        text = require_text(request.text, "text")
        require_range(request.limit, "limit", 0, _MAX_LIMIT)
        collection = collection_name(request.collection)
        found = await self._library.query(collection, text, request.limit or _DEFAULT_LIMIT)
        return pb.QueryResponse(
            passages=[
                pb.Passage(
                    source=each.source,
                    start_line=each.start_line,
                    end_line=each.end_line,
                    text=each.text,
                    score=each.score,
                    headings=each.headings,
                    title=self._library.title(collection, each.source),
                )
                for each in found
            ]
        )

    async def ListSources(
        self, request: pb.ListSourcesRequest, context: Context
    ) -> pb.ListSourcesResponse:
        """List a page of the sources."""
        wanted = collection_name(request.collection) if request.collection else ""
        require_range(request.page_size, "page_size", 0, MAX_PAGE)
        found = [each for each in self._library.sources if wanted in ("", each.collection)]
        return page_of_sources(found, self._source, request.page_size, request.page_token)

    async def DeleteSource(
        self, request: pb.DeleteSourceRequest, context: Context
    ) -> pb.DeleteSourceResponse:
        """Delete a source."""
        source, collection = require_source(request.source), collection_name(request.collection)
        return pb.DeleteSourceResponse(passages=await self._library.delete(collection, source))

    def _step(self, step: Progress | Ingested) -> pb.IngestResponse:
        if isinstance(step, Progress):
            progress = pb.IngestProgress(passages=step.passages, total_passages=step.total)
            return pb.IngestResponse(progress=progress)
        ended = pb.Ingested(
            source=self._source(step.version), replaced=step.replaced, unchanged=step.unchanged
        )
        return pb.IngestResponse(ingested=ended)

    def _source(self, version: SourceVersion) -> pb.Source:
        source = pb.Source(
            source=version.source,
            passages=version.passages,
            sha256=version.sha256,
            collection=version.collection,
            title=self._library.title(version.collection, version.source),
        )
        source.ingested_at.FromJsonString(version.ingested_at)
        return source
