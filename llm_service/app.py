"""The LLM service, put together: model, engine, embedder and servicer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from llm_service.backends.llama import LlamaBackend
from llm_service.config import LlmSettings
from llm_service.engine import Engine
from llm_service.rewording.opening import open_reworder
from llm_service.rewording.rewording import Reworder
from llm_service.servicer import LlmServicer
from shared.embedding import LlamaEmbedder
from shared.pb.mesh.llm.v1.llm_service_pb2_grpc import add_LlmServiceServicer_to_server
from shared.server import MeshServer, ServiceIdentity
from shared.settings import load_settings


async def serve() -> None:
    """Run the LLM service until it is told to stop."""
    settings = load_settings(LlmSettings)
    async with (
        _open_backend(settings) as backend,
        LlamaEmbedder(settings.embedding_model_path) as embedder,
        AsyncExitStack() as stack,
    ):
        model = await asyncio.to_thread(backend.describe)
        engine = Engine(
            backend,
            queue_limit=settings.llm_queue_limit,
            kept_seconds=settings.llm_kept_seconds,
        )
        reworder: Reworder | None = None
        if model.extractive:
            reworder = await stack.enter_async_context(open_reworder())
        identity = ServiceIdentity(
            "llm", capabilities=("generate", "embed"), model=model.name, threads=model.threads
        )
        server = MeshServer(identity, settings)
        server.add_service(
            "mesh.llm.v1.LlmService",
            add_LlmServiceServicer_to_server,
            LlmServicer(engine, embedder, model, reworder),
        )
        async with asyncio.TaskGroup() as group:
            work = group.create_task(engine.work())
            await server.run(before_stop=engine.drain)
            work.cancel()


@asynccontextmanager
async def _open_backend(settings: LlmSettings) -> AsyncIterator[LlamaBackend]:
    backend = await asyncio.to_thread(
        LlamaBackend,
        settings.model.path,
        context=settings.llm_context,
        threads=settings.threads,
        named_by=settings.model.named_by,
        remedy=settings.model.remedy,
    )
    try:
        yield backend
    finally:
        backend.close()
