"""Embeddings by llama.cpp, on a thread of their own."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from core.errors import StartupError
from shared.embedding.parts import parts_of
from shared.gguf_file import check_gguf
from shared.llama_threads import limit_spinning

# The model was trained on inputs of at most 256 tokens, [CLS] and [SEP] among them.
_PART_TOKENS = 254


class LlamaEmbedder:
    """Turns texts into unit vectors (`core.ports.Embedder`).

    A text over 254 tokens is embedded by parts; the vector is the mean of theirs, weighed by
    their length. llama.cpp is not thread-safe, so one thread does all the work.
    """

    def __init__(
        self, path: Path, threads: int = 1, *, named_by: str = "EMBEDDING_MODEL_PATH"
    ) -> None:
        """Load the GGUF at ``path``, which ``named_by`` names in messages.

        Raises: StartupError when it is missing or no GGUF.
        """
        check_gguf(path, named_by, "`make setup` makes the default")
        limit_spinning()
        from llama_cpp import Llama

        from shared.llama_log import silence_llama

        silence_llama()
        try:
            self._llama = Llama(
                str(path), embedding=True, n_ctx=512, n_batch=512, n_threads=threads, verbose=False
            )
        except ValueError as error:
            raise StartupError(f"{named_by}={path} cannot be loaded: {error}") from error
        self._path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embedder")

    @property
    def dimensions(self) -> int:
        """The length of a vector."""
        return int(self._llama.n_embd())

    @property
    def model_name(self) -> str:
        """The name that the GGUF gives itself, else its file name."""
        return str(self._llama.metadata.get("general.name", self._path.stem))

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one unit vector a text."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._embed_all, list(texts))

    async def __aenter__(self) -> Self:
        """Return the embedder, warm, to be closed at the end of the block.

        The first decode starts llama.cpp's threads and touches the weights, which no caller's
        text should wait for.
        """
        await self.embed(["warm up"])
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait for the running work, then free the model."""
        await asyncio.to_thread(self._thread.shutdown)
        self._llama.close()

    def _embed_all(self, texts: list[str]) -> list[list[float]]:
        return [self._embed_one(text) for text in texts]

    def _embed_one(self, text: str) -> list[float]:
        if self._count_tokens(text) <= _PART_TOKENS:
            return _unit(self._llama.embed(text))
        total = [0.0] * self.dimensions
        for part in parts_of(text, self._count_tokens, _PART_TOKENS):
            vector = _unit(self._llama.embed(part.text))
            total = [old + part.tokens * new for old, new in zip(total, vector, strict=True)]
        return _unit(total)

    def _count_tokens(self, text: str) -> int:
        return len(self._llama.tokenize(text.encode(), add_bos=False))


def _unit(vector: Sequence[float]) -> list[float]:
    length = math.sqrt(sum(value * value for value in vector)) or 1.0
    return [value / length for value in vector]
