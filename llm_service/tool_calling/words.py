"""What a model writes freely when it may call tools: words, or the beginning of a call.

Small models write calls in forms of their own, such as JSON in a fence, whatever they are told.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing

from llm_service.prompt import Finished

_LONGEST = 120  # characters that are enough to tell
_FENCE = r"\s*(?:```\w*\s*)?"
_CALLS = re.compile(_FENCE + r"\{\s*\"tool_calls\"\s*:")
_NAMED = re.compile(_FENCE + r"\[?\s*\{\s*\"(?:name|tool|function)\"\s*:\s*\"(?P<name>[\w-]+)\"")


class Words:
    """Passes on what a model writes, unless it begins a call of one of ``names``."""

    def __init__(self, names: Collection[str]) -> None:
        """Hold back what may begin a call; without names, nothing."""
        self._names = names
        self._held = ""
        self._decided = not names
        self.begin_a_call = False

    async def of(
        self, stream: AsyncGenerator[str | Finished, None]
    ) -> AsyncGenerator[str | Finished, None]:
        """Yield the pieces and how it finished; nothing more once a call begins."""
        async with aclosing(stream) as pieces:
            async for piece in pieces:
                if isinstance(piece, str) and not self._decided:
                    self._held += piece
                    if self._begins():
                        self.begin_a_call = True
                        return
                    if self._may_begin():
                        continue
                    self._decided, piece = True, self._held
                elif not isinstance(piece, str) and not self._decided and self._held:
                    yield self._held
                yield piece

    def _begins(self) -> bool:
        named = _NAMED.match(self._held)
        known = named is not None and named["name"] in self._names
        return known or bool(_CALLS.match(self._held))

    def _may_begin(self) -> bool:
        start = self._held.lstrip()
        return len(self._held) < _LONGEST and (not start or start[0] in "`{[")
