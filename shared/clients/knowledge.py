"""The client of KnowledgeService."""

from __future__ import annotations

import grpc

from core.ports import CallContext, Passage
from shared import failpoints
from shared.call_metadata import to_metadata
from shared.clients.channel import unary
from shared.pb.mesh.knowledge.v1 import knowledge_service_pb2 as pb
from shared.pb.mesh.knowledge.v1.knowledge_service_pb2_grpc import KnowledgeServiceStub

_SHORT_SECONDS = 20.0
_INGEST_SECONDS = 300.0


class KnowledgeClient:
    """Finds passages over gRPC (`core.ports.KnowledgeBase`), and manages sources."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        """Call over ``channel``."""
        self._stub = KnowledgeServiceStub(channel)

    @failpoints.at_call("client.query")
    async def query(self, text: str, limit: int, context: CallContext) -> list[Passage]:
        """Return at most ``limit`` passages, best first."""
        answer = await unary(
            self._stub.Query(
                pb.QueryRequest(text=text, limit=limit),
                timeout=context.deadline_seconds,
                metadata=to_metadata(context),
            )
        )
        return [
            Passage(
                source=each.source,
                start_line=each.start_line,
                end_line=each.end_line,
                text=each.text,
                score=each.score,
            )
            for each in answer.passages
        ]

    async def ingest(self, source: str, content: bytes) -> pb.IngestResponse:
        """Ingest a document, replacing what ``source`` held before."""
        request = pb.IngestRequest(source=source, content=content)
        answer: pb.IngestResponse = await unary(self._stub.Ingest(request, timeout=_INGEST_SECONDS))
        return answer

    async def list_sources(self) -> list[pb.Source]:
        """Return the ingested sources, by name."""
        request = pb.ListSourcesRequest()
        sources: list[pb.Source] = []
        while True:
            page = await unary(self._stub.ListSources(request, timeout=_SHORT_SECONDS))
            sources += page.sources
            if not page.next_page_token:
                return sources
            request.page_token = page.next_page_token

    async def delete_source(self, source: str) -> int:
        """Delete a source; return how many passages it had. Raises: NotFound."""
        request = pb.DeleteSourceRequest(source=source)
        return int((await unary(self._stub.DeleteSource(request, timeout=_SHORT_SECONDS))).passages)
