"""The workflow's ports in this process: the real model, sandbox, tools, router and embedder."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from agent_service.router import open_router
from chroma_service.chunking import chunk
from core.config import WorkflowConfig
from core.ports import (
    CallContext,
    ChatMessage,
    Embedder,
    Generation,
    GenerationSettings,
    KnowledgeBase,
    ModelInfo,
    Passage,
    Router,
    ToolDescription,
)
from llm_service.backends.llama import LlamaBackend, LlamaSettings
from llm_service.backends.reading import read_all
from llm_service.prompt import ModelDescription, Prompt, PromptMessage
from llm_service.rewording.opening import open_reworder
from llm_service.rewording.rewording import Reworder
from shared.bundled_model import ANSWER_STYLE, Rewording
from shared.embedding import LlamaEmbedder
from shared.settings import EMBEDDING_MODEL
from shared.testing import FakeTool, FakeToolbox
from tool_service.app import register
from tool_service.registry import ToolRegistry
from tool_service.sandbox.limits import SandboxLimits
from tool_service.sandbox.sandbox import Sandbox, open_sandbox
from tool_service.workspace import Workspace


class ModelHere:
    """The GGUF behind `core.ports.LanguageModel`."""

    def __init__(
        self, backend: LlamaBackend, described: ModelDescription, reworder: Reworder
    ) -> None:
        """Generate with ``backend``; ``reworder`` knows the words of the bundled model."""
        self._reworder = reworder
        self._backend = backend
        self._info = ModelInfo(described.name, described.context_tokens, described.answer_style)

    async def generate(
        self, messages: Sequence[ChatMessage], settings: GenerationSettings, context: CallContext
    ) -> Generation:
        """Generate to the end."""
        prompt = Prompt(
            tuple(PromptMessage(each.role, each.content) for each in messages),
            settings.json_schema,
            settings.max_tokens,
            settings.temperature,
            settings.seed,
            settings.stop,
        )
        text, end = await read_all(self._backend, prompt)
        return Generation(text, end.finish_reason, end.prompt_tokens, end.completion_tokens)

    async def reword(self, text: str, limit: int, context: CallContext) -> list[Rewording]:
        """Say a request in words that the model knows."""
        known = self._info.answer_style == ANSWER_STYLE
        return await self._reworder.reword(text, limit) if known else []

    async def count_tokens(self, prompts: Sequence[Sequence[ChatMessage]]) -> list[int]:
        """Return the tokens of each prompt."""
        given = [tuple(PromptMessage(e.role, e.content) for e in prompt) for prompt in prompts]
        return list((await self._backend.count_tokens(given)).tokens)

    async def describe(self) -> ModelInfo:
        """Return what is known of the model."""
        return self._info

    async def cancel_calls(self, task_id: str) -> None:
        """Have nothing to stop."""


def tools_here(registry: ToolRegistry) -> FakeToolbox:
    """Return the registered tools behind `core.ports.Toolbox`, with a ledger in memory."""
    return FakeToolbox(
        tools=[
            FakeTool(
                ToolDescription(
                    tool.name, tool.description, tool.parameters_schema, tool.idempotent
                ),
                tool.run,
                tool.offered,
            )
            for tool in (registry.get(name) for name in registry.names)
        ]
    )


class DocumentsHere:
    """Documents cut and ranked as the knowledge service does, by exact cosine."""

    def __init__(self, embedder: Embedder) -> None:
        """Start with no documents."""
        self._embedder = embedder
        self._passages: list[tuple[Passage, list[float]]] = []

    async def ingest(self, source: str, text: str) -> None:
        """Add a document."""
        chunks = chunk(text, markdown=True)
        vectors = await self._embedder.embed([each.in_context(source) for each in chunks])
        for each, vector in zip(chunks, vectors, strict=True):
            passage = Passage(source, each.start_line, each.end_line, each.text, 0.0)
            self._passages.append((passage, vector))

    async def query(
        self, text: str, limit: int, context: CallContext, collection: str = ""
    ) -> list[Passage]:
        """Return the nearest passages, best first."""
        [wanted] = await self._embedder.embed([text])
        scored = [
            Passage(
                passage.source,
                passage.start_line,
                passage.end_line,
                passage.text,
                sum(one * other for one, other in zip(wanted, vector, strict=True)),
            )
            for passage, vector in self._passages
        ]
        return sorted(scored, key=lambda each: -each.score)[:limit]


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything that an evaluation works with."""

    backend: LlamaBackend
    model: ModelHere
    sandbox: Sandbox
    tools: FakeToolbox
    router: Router
    embedder: Embedder
    empty: KnowledgeBase
    config: WorkflowConfig


@asynccontextmanager
async def open_bench(model_path: Path, folder: Path) -> AsyncIterator[Bench]:
    """Yield the services; programs and files of the tools stay below ``folder``."""
    backend = await LlamaBackend.open(LlamaSettings(path=model_path))
    async with (
        LlamaEmbedder(EMBEDDING_MODEL) as embedder,
        open_router(EMBEDDING_MODEL) as router,
        open_reworder() as reworder,
    ):
        sandbox = await open_sandbox(folder / "scratch", SandboxLimits())
        registry = register(Workspace(folder / "workspace"), sandbox)
        yield Bench(
            backend,
            ModelHere(backend, await backend.describe(), reworder),
            sandbox,
            tools_here(registry),
            router,
            embedder,
            DocumentsHere(embedder),
            WorkflowConfig(),
        )
    await backend.close()
