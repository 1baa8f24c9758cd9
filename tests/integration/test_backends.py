"""What every backend promises, held against each of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from core.errors import InvalidInput, OutputMismatch, PermissionDenied, StartupError, Unavailable
from llm_service.backends.backend import Backend
from llm_service.backends.llama import LlamaBackend, LlamaSettings
from llm_service.backends.openai_compatible.backend import OpenAiBackend
from llm_service.config import BUNDLED_MODEL
from llm_service.prompt import Finished, Prompt, PromptMessage
from tests.integration.openai_server import CONTEXT_TOKENS, MODEL, RunningServer, running_server

SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 20}, "count": {"type": "integer"}},
    "required": ["name", "count"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One server for the module."""
    with running_server(tmp_path_factory.mktemp("openai")) as running:
        yield running


@pytest.fixture
async def openai_backend(server: RunningServer) -> AsyncIterator[OpenAiBackend]:
    """A backend of the server."""
    opened = OpenAiBackend(server.settings())
    await opened.describe()
    yield opened
    await opened.close()


@pytest.fixture
async def llama_backend() -> AsyncIterator[LlamaBackend]:
    """The bundled model in this process."""
    opened = await LlamaBackend.open(LlamaSettings(BUNDLED_MODEL, context=CONTEXT_TOKENS))
    yield opened
    await opened.close()


@pytest.fixture(params=["llama_backend", "openai_backend"])
def backend(request: pytest.FixtureRequest) -> Backend:
    """Each backend, of the same model."""
    opened: Backend = request.getfixturevalue(request.param)
    return opened


def prompt(text: str = "hello", **changes: Any) -> Prompt:
    """A short prompt."""
    asked = {
        "messages": (PromptMessage("user", text),),
        "json_schema": "",
        "max_tokens": 60,
        "temperature": 0.0,
        "seed": 3,
        "stop": (),
    }
    return Prompt(**{**asked, **changes})


async def read(backend: Backend, asked: Prompt) -> tuple[list[str], Finished]:
    """Return the pieces of a generation and how it ended."""
    async with aclosing(backend.stream(asked)) as pieces:
        got = [each async for each in pieces]
    end = got[-1]
    assert isinstance(end, Finished)
    return [each for each in got[:-1] if isinstance(each, str)], end


async def test_text_comes_in_pieces_and_ends_once(backend: Backend) -> None:
    pieces, end = await read(backend, prompt())
    assert len(pieces) > 1
    assert "".join(pieces).startswith("Hello")
    assert end.finish_reason == "stop"
    assert end.completion_tokens > 5
    assert end.time_to_first_token > 0
    assert end.tokens_per_second > 0


async def test_the_same_seed_gives_the_same_text(backend: Backend) -> None:
    asked = prompt("tell me a long story", temperature=1.5, seed=11)
    # The pieces are bundled as time goes: the text alone is the same.
    first, second = [(await read(backend, asked))[0] for _ in range(2)]
    assert "".join(first) == "".join(second)


async def test_max_tokens_cuts_and_says_so(backend: Backend) -> None:
    pieces, end = await read(backend, prompt(max_tokens=3))
    assert end.finish_reason == "length"
    assert end.completion_tokens == 3
    assert len(pieces) <= 3


async def test_a_stop_text_ends_the_output_before_it(backend: Backend) -> None:
    whole = "".join((await read(backend, prompt()))[0])
    stop = whole.split()[3]
    pieces, end = await read(backend, prompt(stop=(stop,)))
    assert end.finish_reason == "stop"
    assert "".join(pieces) == whole[: whole.index(stop)]


async def test_output_fits_the_schema(backend: Backend) -> None:
    asked = prompt(json_schema=json.dumps(SCHEMA), temperature=1.0, max_tokens=100)
    pieces, end = await read(backend, asked)
    assert end.finish_reason == "stop"
    value = json.loads("".join(pieces))
    assert set(value) == {"name", "count"}
    assert isinstance(value["count"], int)


async def test_a_wrong_schema_is_bad_input(backend: Backend) -> None:
    with pytest.raises(InvalidInput) as caught:
        await read(backend, prompt(json_schema='{"type": "objekt"}'))
    assert caught.value.field == "json_schema"


async def test_a_prompt_over_the_context_is_bad_input(backend: Backend) -> None:
    with pytest.raises(InvalidInput, match=r"context (leaves room|length is)") as caught:
        await read(backend, prompt("hello " * 2000))
    assert caught.value.field == "messages"
    assert (await read(backend, prompt()))[1].finish_reason == "stop"


async def test_closing_a_generation_frees_what_it_holds(backend: Backend) -> None:
    async with asyncio.timeout(30):
        for _ in range(5):
            stream = backend.stream(prompt(max_tokens=400, temperature=2.0))
            await anext(stream)
            await stream.aclose()
            await read(backend, prompt(max_tokens=1))
    assert backend.statistics().busy == 0


@pytest.mark.parametrize("text", ["hello", "who are you?", "tell me a long story"])
async def test_the_same_model_says_the_same_behind_either(
    llama_backend: LlamaBackend, openai_backend: OpenAiBackend, text: str
) -> None:
    here = "".join((await read(llama_backend, prompt(text)))[0])
    there = "".join((await read(openai_backend, prompt(text)))[0])
    assert here == there != ""


class TestOpenAi:
    """What only a server can do."""

    async def test_the_server_names_the_model(self, openai_backend: OpenAiBackend) -> None:
        model = await openai_backend.describe()
        assert (model.name, model.context_tokens) == (MODEL, CONTEXT_TOKENS)

    async def test_a_refused_key(self, server: RunningServer) -> None:
        backend = OpenAiBackend(server.settings(key="another"))
        with pytest.raises(StartupError, match="Invalid API key"):
            await backend.describe()
        with pytest.raises(PermissionDenied, match="Invalid API key"):
            await read(backend, prompt())
        await backend.close()

    async def test_a_refused_json_mode_names_the_setting(self, server: RunningServer) -> None:
        backend = OpenAiBackend(server.settings(json_mode="json_schema"))
        await backend.describe()
        with pytest.raises(InvalidInput, match="OPENAI_JSON_MODE=json_object") as caught:
            await read(backend, prompt(json_schema=json.dumps(SCHEMA)))
        assert caught.value.field == "json_schema"
        await backend.close()

    async def test_output_as_the_arguments_of_a_function_fits_the_schema(
        self, server: RunningServer
    ) -> None:
        backend = OpenAiBackend(server.settings(json_mode="tool"))
        await backend.describe()
        asked = prompt(json_schema=json.dumps(SCHEMA), temperature=1.0, max_tokens=100)
        pieces, end = await read(backend, asked)
        assert end.finish_reason == "stop"
        assert len(pieces) > 1
        assert set(json.loads("".join(pieces))) == {"name", "count"}
        with pytest.raises(OutputMismatch):  # the server says "tool_calls" of what it cut, too
            await read(backend, prompt(json_schema=json.dumps(SCHEMA), max_tokens=3))
        await backend.close()

    async def test_an_interrupted_generation_is_not_passed_as_whole(
        self, openai_backend: OpenAiBackend
    ) -> None:
        """By default the server drops a generation when the next request comes."""
        first = openai_backend.stream(prompt())
        await anext(first)
        second = asyncio.create_task(read(openai_backend, prompt(max_tokens=1)))
        with pytest.raises(Unavailable, match="before the generation had ended"):
            _ = [each async for each in first]
        await second

    async def test_a_server_that_ends_makes_calls_unavailable(self, tmp_path: Path) -> None:
        with running_server(tmp_path) as dying:
            backend = OpenAiBackend(dying.settings())
            await backend.describe()
        with pytest.raises(Unavailable, match="the connection to"):
            await read(backend, prompt())
        await backend.close()
