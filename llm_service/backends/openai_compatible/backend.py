"""Generates on an OpenAI-compatible server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from typing import Any

import openai

from core.errors import InvalidInput, Unavailable
from llm_service.backends.backend import EngineStatistics
from llm_service.backends.openai_compatible.answer import Answer
from llm_service.backends.openai_compatible.chat_request import chat_request
from llm_service.backends.openai_compatible.client import open_client
from llm_service.backends.openai_compatible.control_texts import Joined
from llm_service.backends.openai_compatible.errors import mesh_error
from llm_service.backends.openai_compatible.figures import Figures
from llm_service.backends.openai_compatible.json_output import check_output
from llm_service.backends.openai_compatible.model_list import describe_model
from llm_service.backends.openai_compatible.server import OpenAiServer
from llm_service.backends.openai_compatible.token_counting import TokenCounting
from llm_service.backends.openai_compatible.turns import Turns
from llm_service.json_schema import read_schema
from llm_service.prompt import Finished, ModelDescription, Prompt, PromptMessage, TokenCounts

_STOPS = "the LLM service stops"


class OpenAiBackend:
    """One server and one of its models."""

    def __init__(self, server: OpenAiServer, *, slots: int = 4, queue_limit: int = 64) -> None:
        """Generate on ``server``, at most ``slots`` at once; no connection is made yet."""
        self._turns = Turns(slots, queue_limit)
        self._figures = Figures()
        self._server = server
        self._client = open_client(server)
        self._counting = TokenCounting(self._client, server)
        self._model = server.model
        self._closed = False

    async def describe(self) -> ModelDescription:
        """Return what is known of the model; the first call settles which one it is.

        Raises: StartupError (the key is refused, or nothing says which model is meant),
        Unavailable (no model is named and the server cannot be asked).
        """
        model = await describe_model(self._client, self._server)
        self._model = model.name
        return replace(
            model,
            slots=self._turns.slots,
            provider="openai",
            larger_context=(
                f"let the server take more and set LLM_CONTEXT above {model.context_tokens}"
            ),
        )

    async def stream(self, prompt: Prompt) -> AsyncGenerator[str | Finished, None]:
        """Yield the text as it comes, then how it ended. Closing it closes the connection.

        Raises: InvalidInput (a grammar, the prompt is over the context, the server refuses the
        schema or another value), OutputMismatch (the output does not fit the schema),
        LimitExceeded (the queue is full, or the server is, with its Retry-After),
        QuotaExhausted, PermissionDenied, NotFound (the model), Unavailable.
        """
        if prompt.grammar:
            raise InvalidInput(
                "LLM_BACKEND=openai takes no grammar: servers have none, or each their own way to "
                "take it; json_schema is what they share",
                "grammar",
            )
        schema = read_schema(prompt.json_schema) if prompt.json_schema else None
        request = chat_request(prompt, schema, self._model, self._server.json_mode)
        async with self._turns.take() as waited:
            if self._closed:
                raise Unavailable(_STOPS)
            answer, joined = Answer(waited), Joined(prompt.messages)
            with self._figures.running(answer):
                async with contextlib.aclosing(self._texts(request, answer)) as texts:
                    async for text in texts:
                        self._figures.note_piece()
                        yield joined.add(text)
        end = answer.finish()
        self._figures.note_end(end)
        if schema is not None and end.finish_reason == "stop":
            check_output(joined.text, schema)
        yield end

    async def count_tokens(self, prompts: Sequence[tuple[PromptMessage, ...]]) -> TokenCounts:
        """Count the tokens of prompts, on the server where it does that, else by estimate.

        Raises: InvalidInput (the server refuses a prompt), Unavailable.
        """
        return await self._counting.count(prompts, self._model)

    def statistics(self) -> EngineStatistics:
        """Return how busy the server is kept."""
        return self._figures.statistics(self._turns)

    async def watch(self) -> None:
        """Return never: a server that is away may come back, and each call says that it is."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Close the connections; what still runs fails as Unavailable."""
        self._closed = True
        await self._client.close()

    async def _texts(self, request: dict[str, Any], answer: Answer) -> AsyncGenerator[str, None]:
        try:
            async with await self._open(request) as chunks:
                async for chunk in chunks:
                    text = answer.take(chunk)
                    if text:
                        yield text
        except (openai.OpenAIError, ValueError, RuntimeError) as error:
            raise await self._failure(error, request, answer) from error
        if not answer.ended and not answer.text:
            await self._ask_why(request, None)

    async def _open(self, request: dict[str, Any]) -> openai.AsyncStream[Any]:
        stream: openai.AsyncStream[Any] = await self._client.chat.completions.create(
            **request, stream=True, stream_options={"include_usage": True}
        )
        return stream

    async def _failure(
        self, error: Exception, request: dict[str, Any], answer: Answer
    ) -> Exception:
        """Return what a generation fails with. Raises: InvalidInput when the server says why."""
        if self._closed:  # the client then answers with a RuntimeError
            return Unavailable(_STOPS)
        if isinstance(error, openai.APIConnectionError) and not answer.text:
            await self._ask_why(request, error)
        if isinstance(error, openai.OpenAIError):
            return mesh_error(error, self._server)
        if isinstance(error, ValueError):
            return Unavailable(f"{self._server.base_url} streams no JSON: {error}")
        return error

    async def _ask_why(self, request: dict[str, Any], error: openai.OpenAIError | None) -> None:
        """Ask for one token without a stream, when a stream broke off before its first.

        llama-cpp-python's server sends its status before it looks at the prompt, and can then only
        hang up; without a stream it says what is wrong. Raises: InvalidInput when it does.
        """
        if self._closed or isinstance(error, openai.APITimeoutError) or _never_connected(error):
            return
        # The connection that the stream came by may be closing still.
        client = self._client.with_options(max_retries=1)
        try:
            await client.chat.completions.create(**{**request, "max_tokens": 1})
        except openai.OpenAIError as reason:
            told = mesh_error(reason, self._server)
            if isinstance(told, InvalidInput):
                raise told from reason
        except ValueError:
            return


def _never_connected(error: openai.OpenAIError | None) -> bool:
    return error is not None and "Connect" in type(error.__cause__).__name__
