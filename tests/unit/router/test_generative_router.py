"""The router around a model that is slow, broken or stuck."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from agent_service.router.generative_router import GenerativeRouter
from agent_service.router.label_tokens import LabelScores
from agent_service.router.prompt import decision_json
from agent_service.router.router_model import Completion, RouterModelError, ShouldStop
from core.ports import CallContext
from core.workflows import BUILT_IN

CONTEXT = CallContext("call", "task", "correlation")
ANSWER = Completion(
    decision_json("tool", "direct"),
    LabelScores({route: 0.9 if route == "tool" else 0.1 / 3 for route in BUILT_IN.names}, 1.0),
    12,
)


class Model:
    """Answers after a while, unless it is told to stop; ``error`` is raised instead."""

    def __init__(self, seconds: float = 0.0, error: str = "") -> None:
        self.seconds = seconds
        self.error = error
        self.stopped = 0

    def complete(self, text: str, should_stop: ShouldStop) -> Completion | None:
        end = time.monotonic() + self.seconds
        while time.monotonic() < end:
            if should_stop():
                self.stopped += 1
                return None
            time.sleep(0.005)
        if self.error:
            raise RouterModelError(self.error)
        return ANSWER


@pytest.fixture
def thread() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as made:
        yield made


async def test_a_model_that_answers_decides(thread: ThreadPoolExecutor) -> None:
    decision = await GenerativeRouter(Model(), thread, 5.0).route("2 + 2", CONTEXT)
    assert decision.decision == "tool"
    assert decision.confidence == 0.9


async def test_a_timeout_takes_the_fallback_and_frees_the_thread(
    thread: ThreadPoolExecutor,
) -> None:
    slow = Model(seconds=60)
    router = GenerativeRouter(slow, thread, 0.1)
    decision = await router.route("2 + 2", CONTEXT)
    assert decision.failure == "no decision within 0.1 s"
    assert decision.confidence == 0
    assert decision.fallback == "direct"
    slow.seconds = 0
    assert not (await GenerativeRouter(slow, thread, 5.0).route("2 + 2", CONTEXT)).failure
    assert slow.stopped == 1


async def test_the_deadline_of_the_call_counts_too(thread: ThreadPoolExecutor) -> None:
    context = CallContext("call", "task", "correlation", deadline_seconds=0.05)
    decision = await GenerativeRouter(Model(seconds=60), thread, 30.0).route("2 + 2", context)
    assert "0.05 s" in decision.failure


async def test_a_model_error_takes_the_fallback(thread: ThreadPoolExecutor) -> None:
    router = GenerativeRouter(Model(error="llama_decode returned -3"), thread, 5.0)
    decision = await router.route("2 + 2", CONTEXT)
    assert "llama_decode returned -3" in decision.failure
    assert decision.confidence == 0


async def test_a_cancelled_task_stops_its_decision(thread: ThreadPoolExecutor) -> None:
    slow = Model(seconds=60)
    asked = asyncio.create_task(GenerativeRouter(slow, thread, 30.0).route("2 + 2", CONTEXT))
    await asyncio.sleep(0.05)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    await asyncio.get_running_loop().run_in_executor(thread, lambda: None)
    assert slow.stopped == 1


async def test_the_event_loop_goes_on_while_the_model_works(thread: ThreadPoolExecutor) -> None:
    asked = asyncio.create_task(
        GenerativeRouter(Model(seconds=0.3), thread, 5.0).route("2 + 2", CONTEXT)
    )
    turns = 0
    while not asked.done():
        await asyncio.sleep(0.005)
        turns += 1
    assert turns > 5
