"""The client of KnowledgeService."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

import grpc

from core.errors import DeadlineExceeded, InvalidInput, Unavailable
from core.ports import CallContext, Passage
from shared import failpoints
from shared.call_metadata import to_metadata
from shared.clients.channel import streamed, unary
from shared.pb.mesh.knowledge.v1 import knowledge_service_pb2 as pb
from shared.pb.mesh.knowledge.v1.knowledge_service_pb2_grpc import KnowledgeServiceStub

_SHORT_SECONDS = 20.0
# Reading a PDF may take 45 seconds and says nothing meanwhile; a batch takes a few.
_SILENCE_SECONDS = 120.0
_PAUSE_SECONDS = 1.0

OnProgress = Callable[[pb.IngestProgress], None]


class KnowledgeClient:
    """Finds passages over gRPC (`core.ports.KnowledgeBase`), and manages sources."""

    def __init__(
        self, channel: grpc.aio.Channel, *, silence_seconds: float = _SILENCE_SECONDS
    ) -> None:
        """Call over ``channel``; give an ingestion up that says nothing for so long."""
        self._stub = KnowledgeServiceStub(channel)
        self._silence_seconds = silence_seconds

    @failpoints.at_call("client.query")
    async def query(
        self, text: str, limit: int, context: CallContext, collection: str = ""
    ) -> list[Passage]:
        """Return at most ``limit`` passages, best first, each with its source's title."""
        if limit < 1:  # to the service, 0 is its default
            raise InvalidInput(f"limit is {limit}: ask for a passage at least", "limit")
        return [
            Passage(
                source=each.title or each.source,
                start_line=each.start_line,
                end_line=each.end_line,
                text=each.text,
                score=each.score,
                headings=each.headings,
            )
            for each in await self.search(text, limit, context, collection)
        ]

    async def search(
        self, text: str, limit: int, context: CallContext, collection: str = ""
    ) -> list[pb.Passage]:
        """Return what `query` does, as it comes over the wire."""
        request = pb.QueryRequest(text=text, limit=limit, collection=collection)
        call = self._stub.Query(
            request, timeout=context.deadline_seconds, metadata=to_metadata(context)
        )
        return list((await unary(call)).passages)

    async def ingest(
        self,
        source: str,
        content: bytes,
        *,
        collection: str = "",
        media_type: str = "",
        on_progress: OnProgress = lambda _: None,
    ) -> pb.Ingested:
        """Ingest a document, replacing what ``source`` held before.

        It may take as long as it goes on. A call that is cut once it has begun, by the end of the
        service or of a deadline, is made again. Raises: Unavailable, DeadlineExceeded (no passage
        was kept for two minutes), InvalidInput, LimitExceeded, WrongState.
        """
        request = pb.IngestRequest(
            source=source, content=content, collection=collection, media_type=media_type
        )
        kept, went_on_at = -1, time.monotonic()
        while True:
            try:
                async for step in self._steps(request):
                    if step.HasField("ingested"):
                        return step.ingested
                    if step.progress.passages > kept:
                        kept, went_on_at = step.progress.passages, time.monotonic()
                    on_progress(step.progress)
                raise Unavailable("the knowledge service ended an ingestion without a word")
            except (Unavailable, DeadlineExceeded):
                silent = time.monotonic() - went_on_at
                if kept < 0 or silent >= self._silence_seconds:
                    raise
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _steps(self, request: pb.IngestRequest) -> AsyncIterator[pb.IngestResponse]:
        async with aclosing(streamed(self._stub.Ingest(request))) as steps:
            while True:
                try:
                    async with asyncio.timeout(self._silence_seconds):
                        step = await anext(steps)
                except StopAsyncIteration:
                    return
                except TimeoutError:
                    raise DeadlineExceeded(
                        f"the ingestion of {request.source} went on no further for "
                        f"{self._silence_seconds:g} s; what it kept is gone on with next time"
                    ) from None
                yield step

    async def list_sources(self, collection: str = "") -> list[pb.Source]:
        """Return the ingested sources (empty: of all collections), by collection and name."""
        request = pb.ListSourcesRequest(collection=collection)
        sources: list[pb.Source] = []
        while True:
            page = await unary(self._stub.ListSources(request, timeout=_SHORT_SECONDS))
            sources += page.sources
            if not page.next_page_token:
                return sources
            request.page_token = page.next_page_token

    async def delete_source(self, source: str, collection: str = "") -> int:
        """Delete a source; return how many passages it had. Raises: NotFound."""
        request = pb.DeleteSourceRequest(source=source, collection=collection)
        return int((await unary(self._stub.DeleteSource(request, timeout=_SHORT_SECONDS))).passages)
