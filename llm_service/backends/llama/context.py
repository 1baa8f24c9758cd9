"""A llama.cpp context: the cache of keys and values, and steps over a batch of sequences."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import llama_cpp
import numpy as np

from llm_service.backends.llama.cache.parking import Saved
from llm_service.backends.llama.grammars.allowed_tokens import Scores
from llm_service.backends.llama.loaded_model import LoadedModel
from llm_service.backends.llama.sampling import Sampler

_NO_CELL = 1
_BF16 = 30  # GGML_TYPE_BF16, which the binding does not name
_NARROW_HEAD = 32  # a block of Q8_0
_WIDE_HEAD = 64  # numbers that ggml's products of F16 and BF16 take at a time; fewer go singly


class DecodeFailed(Exception):
    """llama.cpp could not compute a step."""


class LlamaContext:
    """Belongs to one thread: llama.cpp's contexts are not thread-safe."""

    def __init__(
        self,
        model: LoadedModel,
        *,
        cells: int,
        sequences: int,
        batch: int,
        threads: int,
        reproducible: bool,
    ) -> None:
        """Reserve ``cells`` tokens of cache for all sequences together.

        Raises: ValueError when llama.cpp cannot.
        """
        parameters = llama_cpp.llama_context_default_params()
        parameters.n_ctx = cells
        parameters.n_batch = parameters.n_ubatch = batch
        parameters.n_seq_max = sequences
        parameters.n_threads = parameters.n_threads_batch = threads
        parameters.kv_unified = True
        parameters.swa_full = True  # a part of a sequence can be handed on then
        parameters.no_perf = True
        parameters.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_ENABLED
        parameters.type_k, parameters.type_v = _cache_types(model.head_width, reproducible)
        self._context: Any = llama_cpp.llama_init_from_model(model.pointer, parameters)
        if not self._context:
            raise ValueError("llama.cpp cannot make a context for it")
        self._words = int(llama_cpp.llama_vocab_n_tokens(model.vocabulary))
        self._memory: Any = llama_cpp.llama_get_memory(self._context)
        self.cells = int(llama_cpp.llama_n_ctx(self._context))
        self.batch_size = batch
        self._batch = _Batch(batch)

    def close(self) -> None:
        """Free the cache."""
        if self._context:
            llama_cpp.llama_free(self._context)
            self._context = None

    def decode(self, parts: Sequence[tuple[int, int, Sequence[int], bool]]) -> list[int]:
        """Compute a step over (sequence, first position, tokens, whether the last is sampled).

        Returns, for each part that is sampled, where its scores lie. Raises: DecodeFailed.
        """
        sampled = self._batch.fill(parts)
        found = llama_cpp.llama_decode(self._context, self._batch.structure)
        if found != 0:
            raise DecodeFailed(
                "the cache has no free cell" if found == _NO_CELL else f"llama_decode: {found}"
            )
        return sampled

    def sample(self, sampler: Sampler, index: int) -> int:
        """Return the next token by the scores at ``index``. Raises: InvalidInput (none fits)."""
        return sampler.draw(self._context, index, self.scores)

    def scores(self, index: int) -> Scores:
        """Return the scores of every token at ``index``, until the next step."""
        pointer = llama_cpp.llama_get_logits_ith(self._context, index)
        return np.ctypeslib.as_array(pointer, (self._words,))

    def share(self, source: int, target: int, count: int) -> bool:
        """Give the first ``count`` tokens of a sequence to an empty one too."""
        llama_cpp.llama_memory_seq_cp(self._memory, source, target, 0, count)
        return self.length(target) == count

    def forget(self, sequence: int) -> None:
        """Take a sequence's tokens away; cells that others share stay."""
        llama_cpp.llama_memory_seq_rm(self._memory, sequence, -1, -1)

    def save(self, sequence: int) -> Saved:
        """Return a copy of what a sequence holds, outside the cache."""
        size = llama_cpp.llama_state_seq_get_size(self._context, sequence)
        data: Saved = (ctypes.c_uint8 * size)()
        written = llama_cpp.llama_state_seq_get_data(self._context, data, size, sequence)
        if written != size:
            raise DecodeFailed(f"llama_state_seq_get_data: {written} of {size} bytes")
        return data

    def restore(self, sequence: int, saved: Saved, count: int) -> bool:
        """Put the first ``count`` tokens of a copy into an empty sequence."""
        size = len(saved)
        read = llama_cpp.llama_state_seq_set_data(self._context, saved, size, sequence)
        llama_cpp.llama_memory_seq_rm(self._memory, sequence, count, -1)
        return int(read) == size and self.length(sequence) == count

    def length(self, sequence: int) -> int:
        """Return how many tokens a sequence holds."""
        return int(llama_cpp.llama_memory_seq_pos_max(self._memory, sequence)) + 1


def _cache_types(head_width: int, reproducible: bool) -> tuple[int, int]:
    """Return the types of keys and values.

    With keys and values of one type ggml adds up attention in another order for a batch of one, of
    few and of many tokens; with two types in one order for all. Which two only costs time: over
    2,000 tokens of heads 64 wide BF16 keys took 3.1 s and BF16 values 4.4, of heads 32 wide Q8_0
    keys with BF16 values took 1.4 s, and others 2.9 or more.
    """
    if not reproducible:
        return llama_cpp.GGML_TYPE_F16, llama_cpp.GGML_TYPE_F16
    if head_width % _WIDE_HEAD == 0:
        return _BF16, llama_cpp.GGML_TYPE_F16
    if head_width == _NARROW_HEAD:
        return llama_cpp.GGML_TYPE_Q8_0, _BF16
    return llama_cpp.GGML_TYPE_F16, _BF16


class _Batch:
    """llama.cpp's batch over arrays of ours: filling it takes no call a token."""

    def __init__(self, size: int) -> None:
        self._token = np.zeros(size, dtype=np.int32)
        self._position = np.zeros(size, dtype=np.int32)
        self._sequence = np.zeros(size, dtype=np.int32)
        self._count = np.ones(size, dtype=np.int32)
        self._wanted = np.zeros(size, dtype=np.int8)
        step = self._sequence.itemsize
        self._pointers = self._sequence.ctypes.data + step * np.arange(size, dtype=np.uintp)
        self.structure = llama_cpp.llama_batch()
        kinds: dict[str, Any] = {name: kind for name, kind, *_ in llama_cpp.llama_batch._fields_}
        for name, array in (
            ("token", self._token),
            ("pos", self._position),
            ("n_seq_id", self._count),
            ("seq_id", self._pointers),
            ("logits", self._wanted),
        ):
            setattr(self.structure, name, ctypes.cast(array.ctypes.data, kinds[name]))

    def fill(self, parts: Sequence[tuple[int, int, Sequence[int], bool]]) -> list[int]:
        at = 0
        sampled = []
        for sequence, first, tokens, wanted in parts:
            end = at + len(tokens)
            self._token[at:end] = tokens
            self._position[at:end] = np.arange(first, first + len(tokens), dtype=np.int32)
            self._sequence[at:end] = sequence
            self._wanted[at:end] = 0
            if wanted:
                self._wanted[end - 1] = 1
                sampled.append(end - 1)
            at = end
        self.structure.n_tokens = at
        return sampled
