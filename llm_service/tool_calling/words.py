"""What a model writes freely when it may call tools: words, or the beginning of a call.

Small models write calls in forms of their own, such as JSON in a fence, whatever they are told.
These count where an answer begins with them; the form that they were told counts behind words, too.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing

from llm_service.prompt import Finished

_LONGEST = 120  # characters that are enough to tell at the beginning
_TAIL = 40  # and further on: a fence, and the key that calls begin with
_FENCE = r"(?:```\w*\s*)?"
_CALLS = re.compile(_FENCE + r"\{\s*\"tool_calls\"\s*:")
_NAMED = re.compile(
    r"\s*" + _FENCE + r"\[?\s*\{\s*\"(?:name|tool|function)\"\s*:\s*\"(?P<name>[\w-]+)\""
)
_MAY_BEGIN = re.compile(r"```|\{")


class Words:
    """Passes on what a model writes, up to where it begins a call of one of ``names``."""

    def __init__(self, names: Collection[str]) -> None:
        """Hold back what may begin a call; without names, nothing."""
        self._names = names
        self._held = ""
        self._at_start = True
        self.begin_a_call = False

    async def of(
        self, stream: AsyncGenerator[str | Finished, None]
    ) -> AsyncGenerator[str | Finished, None]:
        """Yield the pieces and how it finished; nothing more once a call begins."""
        async with aclosing(stream) as pieces:
            async for piece in pieces:
                if not isinstance(piece, str):
                    if self._held:
                        yield self._held
                    yield piece
                    return
                self._held += piece
                if words := self._take():
                    yield words
                if self.begin_a_call:
                    return

    def _take(self) -> str:
        """Return what is certain to be words, and note where a call begins."""
        if not self._names:
            return self._release(len(self._held))
        named = _NAMED.match(self._held) if self._at_start else None
        told = _CALLS.search(self._held)
        self.begin_a_call = told is not None or (named is not None and named["name"] in self._names)
        if self.begin_a_call:
            return self._release(told.start() if told else 0).rstrip()
        if self._at_start and self._may_be_named():
            return ""
        self._at_start = False
        begins = _MAY_BEGIN.search(self._held, max(0, len(self._held) - _TAIL))
        # One or two backticks at the end may become a fence.
        end = begins.start() if begins else len(self._held.rstrip("`"))
        return self._release(end)

    def _release(self, end: int) -> str:
        released, self._held = self._held[:end], self._held[end:]
        return released

    def _may_be_named(self) -> bool:
        start = self._held.lstrip()
        return len(self._held) < _LONGEST and (not start or start[0] in "`{[")
