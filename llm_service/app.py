"""The LLM service, put together: model, engine, embedder and servicer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from core.errors import Unavailable
from llm_service.backends.backend import Backend
from llm_service.backends.llama import LlamaBackend, LlamaSettings
from llm_service.config import LlmSettings
from llm_service.engine import Engine
from llm_service.rewording.opening import open_reworder
from llm_service.rewording.rewording import Reworder
from llm_service.servicer import LlmServicer
from llm_service.tool_calling.backend import ToolCallingBackend
from shared.bundled_model import ANSWER_STYLE
from shared.embedding import LlamaEmbedder
from shared.pb.mesh.llm.v1.llm_service_pb2_grpc import add_LlmServiceServicer_to_server
from shared.server import MeshServer, ServiceIdentity
from shared.settings import load_settings

# Time for the calls that a dead engine held to be answered, before the process ends.
_LAST_WORDS_SECONDS = 0.5


async def serve() -> None:
    """Run the LLM service until it is told to stop."""
    settings = load_settings(LlmSettings)
    async with (
        _open_backend(settings) as backend,
        LlamaEmbedder(settings.embedding_model_path) as embedder,
        Engine(
            backend,
            kept_seconds=settings.llm_kept_seconds,
            unattended_seconds=settings.llm_unattended_seconds,
        ) as engine,
        AsyncExitStack() as stack,
    ):
        model = await backend.describe()
        reworder: Reworder | None = None
        if model.answer_style == ANSWER_STYLE:
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
            watch = group.create_task(_watch(backend, engine, server))
            await server.run(before_stop=engine.drain)
            watch.cancel()


async def _watch(backend: Backend, engine: Engine, server: MeshServer) -> None:
    """End the process with a failure once nothing computes any more; the supervisor starts anew."""
    try:
        await backend.watch()
    except Unavailable as error:
        await server.set_health(False)
        engine.abandon(error)
        await asyncio.sleep(_LAST_WORDS_SECONDS)
        raise


@asynccontextmanager
async def _open_backend(settings: LlmSettings) -> AsyncIterator[Backend]:
    backend = await (_openai if settings.llm_backend == "openai" else _llama)(settings)
    try:
        yield ToolCallingBackend(backend)
    finally:
        await backend.close()


async def _openai(settings: LlmSettings) -> Backend:
    # OpenAI's client takes 33 MB, which llama.cpp needs not.
    from llm_service.backends.openai_compatible.backend import OpenAiBackend

    return OpenAiBackend(
        settings.openai_server, slots=settings.llm_slots, queue_limit=settings.llm_queue_limit
    )


async def _llama(settings: LlmSettings) -> Backend:
    return await LlamaBackend.open(
        LlamaSettings(
            path=settings.model.path,
            context=settings.llm_context,
            slots=settings.llm_slots,
            threads=settings.threads,
            queue_limit=settings.llm_queue_limit,
            reproducible=settings.llm_reproducible,
            named_by=settings.model.named_by,
            remedy=settings.model.remedy,
        )
    )
