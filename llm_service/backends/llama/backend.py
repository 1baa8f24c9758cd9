"""llama.cpp behind the protocol of backends."""

from __future__ import annotations

import asyncio
import hashlib
from array import array
from collections.abc import AsyncGenerator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from jinja2 import TemplateError

from core.errors import InvalidInput, MeshError, PromptTooLong, StartupError, Unavailable
from llm_service.backends.backend import EngineStatistics
from llm_service.backends.llama.cache.cells import CellPool
from llm_service.backends.llama.cache.memory import available_bytes
from llm_service.backends.llama.cache.parking import Parking
from llm_service.backends.llama.cache.pool_size import PoolSize, fit_pool
from llm_service.backends.llama.cache.sequences import SequenceCache
from llm_service.backends.llama.context import LlamaContext
from llm_service.backends.llama.grammars.grammar import grammar_of
from llm_service.backends.llama.job import Job
from llm_service.backends.llama.loaded_model import LoadedModel
from llm_service.backends.llama.model_file import ModelFile
from llm_service.backends.llama.pace import Pace
from llm_service.backends.llama.proof import prove
from llm_service.backends.llama.sampling import make_sampler
from llm_service.backends.llama.slots import Slots
from llm_service.backends.llama.worker import Worker
from llm_service.prompt import Finished, ModelDescription, Prompt, PromptMessage, TokenCounts
from shared.chat_template import read_chat_template
from shared.gguf_file import check_gguf
from shared.llama_log import silence_llama
from shared.prompt_tokens import PromptTokens
from shared.vocabulary import Vocabulary

_MIN_ANSWER_TOKENS = 8
_LOOK_SECONDS = 1.0
_LOOKS_A_STEP = 300
_LARGEST_CHUNK = 256
_MAX_SEQUENCES = 256  # llama.cpp's own limit


@dataclass(frozen=True, slots=True)
class LlamaSettings:
    """How to load a model. ``context`` 0: as it was trained, at most 8192 tokens."""

    path: Path
    context: int = 0
    slots: int = 4
    threads: int = 1
    queue_limit: int = 64
    reproducible: bool = True
    named_by: str = "LLM_MODEL_PATH"
    remedy: str = "name another GGUF file"


class LlamaBackend:
    """A loaded model, its context, and the thread that computes."""

    def __init__(
        self,
        settings: LlamaSettings,
        model: LoadedModel,
        prompts: PromptTokens,
        size: PoolSize,
        context: LlamaContext,
        file: ModelFile,
    ) -> None:
        """Take over what `open` loaded; wants a running event loop."""
        self._file = file
        self._settings = settings
        self._model = model
        self._prompts = prompts
        self._size = size
        self._context = context
        cache = SequenceCache(
            context,
            CellPool(context.cells),
            Parking(size.parked),
            numbers=_sequences(settings, model),
            shares=model.shares_prefixes,
            in_order=settings.reproducible,
        )
        slots = Slots(
            context,
            model,
            cache,
            count=settings.slots,
            pace=Pace(min(_LARGEST_CHUNK, context.batch_size - settings.slots)),
        )
        self._worker = Worker(slots, queue_limit=settings.queue_limit)

    @classmethod
    async def open(cls, settings: LlamaSettings) -> Self:
        """Load a model. Raises: StartupError (no such file, damaged, too large for the memory)."""
        return cls(settings, *await asyncio.to_thread(_load, settings))

    async def describe(self) -> ModelDescription:
        """Return what is known of the model; reads the whole file for its sha256."""
        return await asyncio.to_thread(self._describe)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[str | Finished, None]:
        """Yield pieces of text, then how it finished.

        Raises: InvalidInput (a prompt over the context, a schema or grammar that cannot be
        compiled or that allows no token of the model), LimitExceeded (the queue is full),
        Unavailable (the engine's thread failed or stops).
        """
        job = await asyncio.to_thread(self._prepare, prompt)
        try:
            self._worker.submit(job)
        except MeshError:
            job.free()
            raise
        try:
            while True:
                item = await job.items.get()
                if isinstance(item, MeshError):
                    raise item
                yield item
                if isinstance(item, Finished):
                    return
        finally:
            job.cancel()

    async def count_tokens(self, prompts: Sequence[tuple[PromptMessage, ...]]) -> TokenCounts:
        """Count the tokens of prompts. Raises: InvalidInput (the chat template refuses one)."""
        return await asyncio.to_thread(self._count_tokens, prompts)

    def statistics(self) -> EngineStatistics:
        """Return how busy the slots are."""
        return replace(self._worker.statistics(), pool_tokens=self._context.cells)

    async def watch(self) -> None:
        """Return never, but raise Unavailable once the thread has failed or the file has changed.

        Weights that are read from the file as they are needed would be others from then on. A step
        that does not end, as some ambiguous grammars bring about, is a failure too. It is timed in
        looks: while the whole process is frozen there are none.
        """
        died, looks = self._worker.died, 0
        while not (await asyncio.wait([died], timeout=_LOOK_SECONDS))[0]:
            if await asyncio.to_thread(self._file.changed):
                named = f"{self._settings.named_by}={self._settings.path}"
                raise Unavailable(f"{named} was written to while it was in use")
            looks = looks + 1 if self._worker.in_same_step() else 0
            if looks >= _LOOKS_A_STEP:
                raise Unavailable(f"a step of the LLM engine did not end in {looks} seconds")
        raise Unavailable(f"the LLM engine's thread failed: {died.result()}") from died.result()

    async def close(self) -> None:
        """Stop the thread and free the model; what still runs fails as Unavailable."""
        if await self._worker.stop():
            self._context.close()
            self._model.close()
        self._file.close()

    def _prepare(self, prompt: Prompt) -> Job:
        tokens = array("i", self._prompts.of(prompt.messages))
        room = self._size.context - _MIN_ANSWER_TOKENS
        if len(tokens) > room:
            raise PromptTooLong(
                f"the prompt has {len(tokens)} tokens; the model's context leaves room for {room}: "
                f"shorten it, or {self._larger_context}"
            )
        if not tokens:
            raise InvalidInput("the prompt has no tokens", "messages")
        return Job(
            tokens,
            min(prompt.max_tokens, self._size.context - len(tokens)),
            prompt.stop,
            make_sampler(prompt, grammar_of(prompt), self._model),
        )

    def _count_tokens(self, prompts: Sequence[tuple[PromptMessage, ...]]) -> TokenCounts:
        return TokenCounts(tuple(len(self._prompts.of(messages)) for messages in prompts))

    @property
    def _larger_context(self) -> str:
        """What a person can do who needs more context."""
        trained, used = self._model.trained_context, self._size.context
        if used < trained:
            return f"set LLM_CONTEXT above {used} (the model was trained with {trained})"
        return (
            "take a model with a larger context (`mesh models list`, then `mesh models pull NAME` "
            "and `mesh models use NAME`)"
        )

    def _describe(self) -> ModelDescription:
        path = self._settings.path
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        metadata = self._model.metadata
        return ModelDescription(
            name=metadata.get("general.name", path.stem),
            context_tokens=self._size.context,
            answer_style=metadata.get("mesh.answer_style", ""),
            sha256=digest,
            size_bytes=path.stat().st_size,
            threads=self._settings.threads,
            parameters=self._model.parameters,
            slots=self._settings.slots,
            pool_tokens=self._context.cells,
            larger_context=self._larger_context,
        )


_Loaded = tuple[LoadedModel, PromptTokens, PoolSize, LlamaContext, ModelFile]


def _load(settings: LlamaSettings) -> _Loaded:
    named = f"{settings.named_by}={settings.path}"
    check_gguf(settings.path, settings.named_by, settings.remedy)
    silence_llama()
    with ExitStack() as opened:
        try:
            loaded = _load_all(settings, named, opened)
        except (ValueError, OSError, TemplateError) as error:
            raise StartupError(f"{named} cannot be loaded: {error}; {settings.remedy}") from error
        opened.pop_all()
    return loaded


def _load_all(settings: LlamaSettings, named: str, opened: ExitStack) -> _Loaded:
    file = ModelFile.open(settings.path)
    opened.callback(file.close)
    free = available_bytes()
    model = LoadedModel(settings.path)
    opened.callback(model.close)
    template = read_chat_template(model, named)
    prompts = PromptTokens(template, Vocabulary(model.vocabulary, template.source))
    size = fit_pool(
        context=settings.context,
        trained_context=model.trained_context,
        slots=settings.slots,
        bytes_per_token=model.cache_bytes_per_token,
        weight_bytes=settings.path.stat().st_size,
        available_bytes=free,
    )
    context = _make_context(settings, model, size)
    opened.callback(context.close)
    prove(context)
    return model, prompts, size, context, file


def _make_context(settings: LlamaSettings, model: LoadedModel, size: PoolSize) -> LlamaContext:
    return LlamaContext(
        model,
        cells=size.cells,
        sequences=_sequences(settings, model),
        batch=min(size.cells, _LARGEST_CHUNK + settings.slots),
        threads=settings.threads,
        reproducible=settings.reproducible,
    )


def _sequences(settings: LlamaSettings, model: LoadedModel) -> int:
    """Return how many sequences the cache names: those that run, and those that are kept."""
    return _MAX_SEQUENCES if model.shares_prefixes else settings.slots
