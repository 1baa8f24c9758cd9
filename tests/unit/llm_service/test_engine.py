"""A call id names one generation, whoever asks, leaves and comes back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import pytest

from core.errors import IdentifierReused, InvalidInput, MeshError, Unavailable
from llm_service.backends.backend import EngineStatistics
from llm_service.engine import Engine
from llm_service.prompt import Finished, ModelDescription, Prompt, PromptMessage

END = Finished("stop", 3, 2, 0.0, 1.0)


class Backend:
    """Says its pieces, each after the first when the gate opens."""

    def __init__(self, *pieces: str, error: Exception | None = None) -> None:
        self.pieces = pieces or ("Hel", "lo")
        self.error = error
        self.runs = 0
        self.running = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def describe(self) -> ModelDescription:
        raise NotImplementedError

    async def stream(self, prompt: Prompt) -> AsyncGenerator[str | Finished, None]:
        self.runs += 1
        self.running += 1
        try:
            if self.error is not None:
                raise self.error
            for number, piece in enumerate(self.pieces):
                if number or not piece:
                    await self.gate.wait()
                yield piece
            yield END
        finally:
            self.running -= 1

    def statistics(self) -> EngineStatistics:
        return EngineStatistics(1, self.running, 0)

    async def watch(self) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        pass


def prompt(text: str = "hi") -> Prompt:
    return Prompt((PromptMessage("user", text),), "", 16, 0.0, 0, ())


@asynccontextmanager
async def working(
    backend: Backend, *, kept_seconds: float = 60, unattended_seconds: float = 60
) -> AsyncIterator[Engine]:
    async with (
        asyncio.timeout(20),
        Engine(backend, kept_seconds=kept_seconds, unattended_seconds=unattended_seconds) as engine,
    ):
        yield engine


async def text_of(stream: AsyncIterator[str | Finished]) -> str:
    pieces = [piece async for piece in stream]
    assert pieces[-1] == END
    return "".join(piece for piece in pieces if isinstance(piece, str))


async def leave(engine: Engine, call_id: str, **options: float) -> None:
    """Read a little of a call's generation, and go."""
    reader = asyncio.create_task(text_of(engine.stream(call_id, prompt(), **options)))
    await asyncio.sleep(0.05)
    reader.cancel()
    await asyncio.wait([reader])


async def test_readers_at_once_and_later_get_the_same_generation() -> None:
    backend = Backend()
    async with working(backend) as engine:
        readers = [asyncio.create_task(text_of(engine.stream("a", prompt()))) for _ in range(3)]
        assert await asyncio.gather(*readers) == ["Hello"] * 3
        assert await text_of(engine.stream("a", prompt())) == "Hello"
        assert await text_of(engine.stream("a", prompt(), 3)) == "lo"
    assert backend.runs == 1


async def test_a_reader_that_comes_back_joins_the_running_generation() -> None:
    backend = Backend()
    backend.gate.clear()
    async with working(backend) as engine:
        await leave(engine, "a")
        second = asyncio.create_task(text_of(engine.stream("a", prompt())))
        await asyncio.sleep(0.05)
        backend.gate.set()
        assert await second == "Hello"
    assert backend.runs == 1


async def test_a_generation_that_nobody_waits_for_is_let_go_in_time() -> None:
    backend = Backend()
    backend.gate.clear()
    async with working(backend, unattended_seconds=0.2) as engine:
        await leave(engine, "a")
        assert backend.running == 1
        await asyncio.sleep(0.3)
        assert backend.running == 0


async def test_a_generation_is_let_go_at_the_last_readers_deadline() -> None:
    backend = Backend()
    backend.gate.clear()
    async with working(backend) as engine:
        await leave(engine, "a", deadline_seconds=0.01)
        await asyncio.sleep(0.05)
        assert backend.running == 0


async def test_a_generation_without_text_that_nobody_waits_for_is_let_go_at_once() -> None:
    backend = Backend("", "Hello")
    backend.gate.clear()
    async with working(backend) as engine:
        await leave(engine, "a")
        await asyncio.sleep(0)
        assert backend.running == 0
        backend.gate.set()
        assert await text_of(engine.stream("a", prompt())) == "Hello"
    assert backend.runs == 2


async def test_a_cancelled_task_ends_its_generations() -> None:
    backend = Backend()
    backend.gate.clear()
    async with working(backend) as engine:
        reader = asyncio.create_task(text_of(engine.stream("task:1", prompt())))
        await asyncio.sleep(0.05)
        assert engine.cancel("other:") == 0
        assert engine.cancel("task:") == 1
        with pytest.raises(MeshError, match="cancelled"):
            await reader
        assert backend.running == 0


async def test_the_same_id_for_another_prompt_is_refused() -> None:
    async with working(Backend()) as engine:
        await text_of(engine.stream("a", prompt()))
        with pytest.raises(IdentifierReused):
            await text_of(engine.stream("a", prompt("other")))


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
    assert backend.running == 0
