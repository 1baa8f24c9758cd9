"""A backend that can be offered tools, on one that only writes text.

The model is told of the tools in words and writes freely: whether it calls one is its own choice.
What begins as a call is written again, held to the tools' schemas by a grammar. The forms for calls
that chat templates have are not used: docs/ARCHITECTURE.md says what was measured.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

from core.errors import PromptTooLong, Unavailable
from core.json_text import write_json
from llm_service.backends.backend import Backend, EngineStatistics
from llm_service.prompt import (
    Finished,
    ModelDescription,
    Prompt,
    PromptMessage,
    TokenCounts,
    WrittenCall,
)
from llm_service.tool_calling.plain_form import (
    held_to_calls,
    made_before,
    plain_prompt,
    read_calls,
)
from llm_service.tool_calling.words import Words


class ToolCallingBackend:
    """A `Backend` that takes prompts with tools."""

    def __init__(self, backend: Backend) -> None:
        """Write with ``backend``."""
        self._backend = backend

    async def describe(self) -> ModelDescription:
        """Return what is known of the model."""
        return await self._backend.describe()

    async def stream(self, prompt: Prompt) -> AsyncGenerator[str | Finished, None]:
        """Yield pieces of text, then how it finished and what it calls.

        Raises: InvalidInput (also of a tool's schema), and what the backend raises.
        """
        try:
            async with aclosing(self._stream(prompt)) as pieces:
                async for piece in pieces:
                    yield piece
        except PromptTooLong as error:
            if not prompt.tools:
                raise
            raise PromptTooLong(
                f"{error}; {len(prompt.tools)} tools are a part of it: send fewer"
            ) from error

    async def count_tokens(self, prompts: Sequence[tuple[PromptMessage, ...]]) -> TokenCounts:
        """Count the tokens of prompts without tools."""
        return await self._backend.count_tokens(prompts)

    def statistics(self) -> EngineStatistics:
        """Return how busy it is."""
        return self._backend.statistics()

    async def watch(self) -> None:
        """Return never, but raise Unavailable once nothing can be computed any more."""
        await self._backend.watch()

    async def close(self) -> None:
        """Free the model."""
        await self._backend.close()

    async def _stream(self, prompt: Prompt) -> AsyncGenerator[str | Finished, None]:
        if not prompt.speaks_of_tools:
            async with aclosing(self._backend.stream(prompt)) as pieces:
                async for piece in pieces:
                    yield piece
            return
        # Schemas of tools may be long: none of the event loop's business.
        asked = await asyncio.to_thread(plain_prompt, prompt)
        made = made_before(prompt.messages)
        if prompt.tool_choice != "required":
            names = {each.name for each in prompt.tools if prompt.tool_choice == "auto"}
            words = Words(names)
            async with aclosing(words.of(self._backend.stream(asked))) as pieces:
                async for piece in pieces:
                    yield piece
            if not words.begin_a_call:
                return
        end = await self._calls(asked, prompt)
        if (
            prompt.tool_choice == "auto"
            and end.tool_calls
            and all((each.name, each.values) in made for each in end.tool_calls)
        ):
            # Qwen2.5-Coder-0.5B makes a call again whose result it was told.
            async with aclosing(self._stream(replace(prompt, tool_choice="none"))) as pieces:
                async for piece in pieces:
                    yield piece
            return
        yield end

    async def _calls(self, asked: Prompt, prompt: Prompt) -> Finished:
        """Let the model write calls alone; return how it finished, with none where it was cut."""
        text = ""
        held = await asyncio.to_thread(held_to_calls, asked, prompt.tools)
        async with aclosing(self._backend.stream(held)) as pieces:
            async for piece in pieces:
                if not isinstance(piece, str):
                    return _with_calls(piece, prompt, text)
                text += piece
        raise Unavailable("the generation ended without saying how")


def _with_calls(end: Finished, prompt: Prompt, text: str) -> Finished:
    """Return an end with the calls in ``text``, whose ids are the same when it is asked again."""
    if end.finish_reason != "stop":
        return end
    calls = tuple(
        WrittenCall(f"{prompt.digest[:12]}-{number}", name, write_json(arguments))
        for number, (name, arguments) in enumerate(read_calls(text))
    )
    return replace(end, finish_reason="tool_calls", tool_calls=calls)
