"""The router that runs inside the agent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from agent_service.router.head import Head, features_of, load_head
from core.ports import CallContext, Embedder
from core.routing import FALLBACK, RouteDecision
from shared.embedding import LlamaEmbedder
from shared.gguf_file import sha256_of

# Work that a wrong guess can't spoil: quote the documents when they may hold the answer.
_PLAUSIBLE = 0.15


class EmbeddingRouter:
    """Classifies by embedding, wording and a linear head (`core.ports.Router`)."""

    def __init__(self, embedder: Embedder, head: Head) -> None:
        """Embed with ``embedder``, decide with ``head``."""
        self._embedder = embedder
        self._head = head

    async def route(self, text: str, context: CallContext) -> RouteDecision:
        """Return the most probable workflow.

        The fallback is the second best when it is plausible (0.15 or more), else ``direct``,
        which touches nothing.
        """
        (vector,) = await self._embedder.embed([text])
        scores = self._head.probabilities(features_of(text, vector))
        first, second, *_ = sorted(scores, key=lambda route: scores[route], reverse=True)
        return RouteDecision(
            decision=first,
            confidence=scores[first],
            fallback=second if scores[second] >= _PLAUSIBLE else FALLBACK,
            scores=scores,
        )


@asynccontextmanager
async def open_router(model_path: Path) -> AsyncIterator[EmbeddingRouter]:
    """Load model and head. Raises: StartupError when they do not belong together."""
    head = load_head()
    async with LlamaEmbedder(model_path) as embedder:
        head.check_fitted_on(await asyncio.to_thread(sha256_of, model_path), model_path)
        yield EmbeddingRouter(embedder, head)
