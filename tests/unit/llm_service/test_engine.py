"""A call id names one generation, whoever asks, leaves and comes back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from core.errors import IdentifierReused, InvalidInput, LimitExceeded, MeshError, Unavailable
from llm_service.engine import Engine
from llm_service.prompt import Finished, Prompt, PromptMessage

END = Finished("stop", 3, 2, 0.0, 1.0)


class Backend:
    """Says its pieces, each when the gate opens."""

    def __init__(self, *pieces: str, error: Exception | None = None) -> None:
        self.pieces = pieces or ("Hel", "lo")
        self.error = error
        self.runs = 0
        self.gate = threading.Event()
        self.gate.set()

    def generate(
        self, prompt: Prompt, on_text: Callable[[str], None], should_stop: Callable[[], bool]
    ) -> Finished | None:
        self.runs += 1
        if self.error is not None:
            raise self.error
        for piece in self.pieces:
            while not self.gate.wait(0.01):
                if should_stop():
                    return None
            on_text(piece)
        return END


def prompt(text: str = "hi") -> Prompt:
    return Prompt((PromptMessage("user", text),), "", 16, 0.0, 0, ())


@asynccontextmanager
async def working(
    backend: Backend, *, queue_limit: int = 4, kept_seconds: float = 60
) -> AsyncIterator[Engine]:
    engine = Engine(backend, queue_limit=queue_limit, kept_seconds=kept_seconds)
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        work = group.create_task(engine.work())
        yield engine
        work.cancel()


async def text_of(stream: AsyncIterator[str | Finished]) -> str:
    pieces = [piece async for piece in stream]
    assert pieces[-1] == END
    return "".join(piece for piece in pieces if isinstance(piece, str))


async def test_readers_at_once_and_later_get_the_same_generation() -> None:
    backend = Backend()
    async with working(backend) as engine:
        readers = [asyncio.create_task(text_of(engine.stream("a", prompt()))) for _ in range(3)]
        assert await asyncio.gather(*readers) == ["Hello"] * 3
        assert await text_of(engine.stream("a", prompt())) == "Hello"
    assert backend.runs == 1


async def test_a_reader_that_comes_back_joins_the_running_generation() -> None:
    backend = Backend()
    backend.gate.clear()
    async with working(backend) as engine:
        first = asyncio.create_task(text_of(engine.stream("a", prompt())))
        while backend.runs == 0:
            await asyncio.sleep(0.01)
        first.cancel()
        await asyncio.sleep(0.05)
        second = asyncio.create_task(text_of(engine.stream("a", prompt())))
        backend.gate.set()
        assert await second == "Hello"
    assert backend.runs == 1


async def test_the_same_id_for_another_prompt_is_refused() -> None:
    async with working(Backend()) as engine:
        await text_of(engine.stream("a", prompt()))
        with pytest.raises(IdentifierReused):
            await text_of(engine.stream("a", prompt("other")))


async def test_a_queued_generation_that_nobody_waits_for_is_dropped() -> None:
    backend = Backend()
    backend.gate.clear()
    async with working(backend) as engine:
        first = asyncio.create_task(text_of(engine.stream("a", prompt())))
        await asyncio.sleep(0.05)
        left = asyncio.create_task(text_of(engine.stream("b", prompt())))
        await asyncio.sleep(0.05)
        left.cancel()
        await asyncio.sleep(0.05)
        backend.gate.set()
        await first
        assert await text_of(engine.stream("c", prompt())) == "Hello"
    assert backend.runs == 2


async def test_a_full_queue_refuses() -> None:
    backend = Backend()
    backend.gate.clear()
    async with working(backend, queue_limit=1) as engine:
        readers = [asyncio.create_task(text_of(engine.stream("a", prompt())))]
        await asyncio.sleep(0.05)
        readers.append(asyncio.create_task(text_of(engine.stream("b", prompt()))))
        await asyncio.sleep(0.05)
        with pytest.raises(LimitExceeded):
            await text_of(engine.stream("c", prompt()))
        backend.gate.set()
        assert await asyncio.gather(*readers) == ["Hello", "Hello"]


@pytest.mark.parametrize("error", [InvalidInput("no", "messages"), RuntimeError("broken")])
async def test_a_failure_reaches_the_reader_and_may_be_tried_again(error: Exception) -> None:
    backend = Backend(error=error)
    async with working(backend) as engine:
        for _ in range(2):
            with pytest.raises(MeshError):
                await text_of(engine.stream("a", prompt()))
        backend.error = None
        assert await text_of(engine.stream("a", prompt())) == "Hello"


async def test_finished_generations_are_forgotten_after_a_while() -> None:
    backend = Backend()
    async with working(backend, kept_seconds=0) as engine:
        await text_of(engine.stream("a", prompt()))
        await asyncio.sleep(0.05)
        await text_of(engine.stream("a", prompt("now for something else")))
    assert backend.runs == 2


async def test_a_stop_fails_what_runs_as_unavailable() -> None:
    backend = Backend()
    backend.gate.clear()
    async with working(backend) as engine:
        reader = asyncio.create_task(text_of(engine.stream("a", prompt())))
        await asyncio.sleep(0.05)
        await engine.drain()
        with pytest.raises(Unavailable):
            await text_of(engine.stream("b", prompt()))
    with pytest.raises(Unavailable):
        await reader
