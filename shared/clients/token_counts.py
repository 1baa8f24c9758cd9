"""Counts of tokens that were asked for before."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence

from core.ports import ChatMessage

_MAX_KEPT = 4096
_MAX_PROMPTS = 64
_MAX_CHARACTERS = 2 * 1024 * 1024

Prompt = Sequence[ChatMessage]


class TokenCounts:
    """The last 4,096 counts, by prompt; those of another model are forgotten."""

    def __init__(self) -> None:
        """Start with none."""
        self._counts: OrderedDict[bytes, int] = OrderedDict()
        self._model = ""

    def counted_by(self, model: str) -> None:
        """Note which model counts from now on; what another one counted is forgotten."""
        if model != self._model:
            self._counts.clear()
            self._model = model

    def find(self, prompt: Prompt) -> int | None:
        """Return the count of a prompt; None when it is not known."""
        digest = _digest(prompt)
        count = self._counts.get(digest)
        if count is not None:
            self._counts.move_to_end(digest)
        return count

    def keep(self, prompt: Prompt, count: int) -> None:
        """Keep a count; the one that was asked for longest ago goes when there are too many."""
        self._counts[_digest(prompt)] = count
        while len(self._counts) > _MAX_KEPT:
            self._counts.popitem(last=False)


def batches_of(prompts: Sequence[Prompt]) -> Iterator[list[Prompt]]:
    """Yield the prompts in batches that one request may hold."""
    batch: list[Prompt] = []
    size = 0
    for prompt in prompts:
        characters = sum(len(each.content) for each in prompt)
        if batch and (len(batch) == _MAX_PROMPTS or size + characters > _MAX_CHARACTERS):
            yield batch
            batch, size = [], 0
        batch.append(prompt)
        size += characters
    if batch:
        yield batch


def _digest(prompt: Prompt) -> bytes:
    digest = hashlib.sha256()
    for each in prompt:
        content = each.content.encode(errors="surrogatepass")
        digest.update(f"{each.role} {len(content)} ".encode() + content)
    return digest.digest()
