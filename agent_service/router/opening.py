"""Opens the router that a GGUF is for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

from agent_service.router.embedding_router import open_router as open_embedding_router
from agent_service.router.generative_router import GenerativeRouter
from agent_service.router.llama_router_model import LlamaRouterModel
from core.ports import Router
from core.workflows import BUILT_IN, Workflows
from shared.gguf_file import read_architecture
from shared.llama_threads import threads_for

_DEFAULT_TIMEOUT_SECONDS = 10.0


@asynccontextmanager
async def open_router(
    model_path: Path,
    workflows: Workflows = BUILT_IN,
    *,
    variable: str = "ROUTER_MODEL_PATH",
    timeout_seconds: float = _DEFAULT_TIMEOUT_SECONDS,
) -> AsyncIterator[Router]:
    """Open the embedding router for an embedding GGUF, the generative one for any other.

    ``variable`` is the setting that errors name; a generative decision takes at most
    ``timeout_seconds``. Raises: StartupError when the file is no model that can route.
    """
    architecture = read_architecture(model_path, variable, "make setup")
    opened = (
        open_embedding_router(model_path)
        if "bert" in architecture
        else _open_generative(model_path, workflows, variable, timeout_seconds)
    )
    async with opened as router:
        yield router


@asynccontextmanager
async def _open_generative(
    path: Path, workflows: Workflows, variable: str, timeout_seconds: float
) -> AsyncIterator[GenerativeRouter]:
    loop = asyncio.get_running_loop()
    thread = ThreadPoolExecutor(1, thread_name_prefix="router")
    try:
        model = await loop.run_in_executor(
            thread, lambda: LlamaRouterModel(path, variable, workflows, threads=threads_for(path))
        )
        try:
            yield GenerativeRouter(model, thread, timeout_seconds, workflows)
        finally:
            # Behind what still runs: a decision that was given up stops at its next look.
            await loop.run_in_executor(thread, model.close)
    finally:
        await asyncio.to_thread(thread.shutdown)
