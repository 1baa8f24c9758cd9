"""What is being generated reaches those who watch, between the events, and again who come back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from agent_service.fronts.grpc.agent_servicer import AgentServicer
from agent_service.running.live_text import GeneratedText, LiveTexts
from agent_service.storage.records import EventType, TaskEvent
from core.ports import CallContext
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb

from .conftest import StartAgent, World, submit


def call(hop_index: int, position: str = "draft-0", task_id: str = "t") -> CallContext:
    return CallContext(f"{task_id}:{hop_index}:{position}", task_id, "c", hop_index=hop_index)


def nothing() -> None:
    """Be woken for nothing."""


def told(pieces: Sequence[GeneratedText]) -> list[tuple[str, int, str]]:
    return [(each.call_id, each.from_character, each.text) for each in pieces]


def test_a_reader_gets_each_piece_once_and_what_was_there_before() -> None:
    texts = LiveTexts()
    texts.write(call(2), "def", structured=False)
    with texts.read("t", nothing) as reader:
        assert told(reader.take()) == [("t:2:draft-0", 0, "def")]
        assert not reader.has_more
        texts.write(call(2), "def f", structured=False)
        texts.write(call(2), "def f(x)", structured=False)
        texts.write(call(2, "draft-1"), "class", structured=False)
        assert reader.has_more
        assert told(reader.take()) == [("t:2:draft-0", 3, " f(x)"), ("t:2:draft-1", 0, "class")]
        assert reader.take() == []


def test_a_generation_that_is_read_again_is_not_told_twice() -> None:
    texts = LiveTexts()
    with texts.read("t", nothing) as reader:
        texts.write(call(0), "Hello", structured=False)
        reader.take()
        for again in ("H", "Hell", "Hello"):
            texts.write(call(0), again, structured=False)
            assert reader.take() == []
        texts.write(call(0), "Hello!", structured=False)
        assert told(reader.take()) == [("t:0:draft-0", 5, "!")]


def test_a_generation_that_says_it_otherwise_is_told_from_its_start() -> None:
    texts = LiveTexts()
    with texts.read("t", nothing) as reader:
        texts.write(call(0), "Hello", structured=False)
        reader.take()
        texts.write(call(0), "Good", structured=False)
        assert told(reader.take()) == [("t:0:draft-0", 0, "Good")]


def test_texts_of_earlier_hops_and_of_other_tasks_are_gone() -> None:
    texts = LiveTexts()
    texts.write(call(0), "old", structured=False)
    texts.write(call(0, task_id="other"), "other", structured=False)
    texts.write(call(1), "new", structured=True)
    with texts.read("t", nothing) as reader:
        assert [(each.text, each.structured) for each in reader.take()] == [("new", True)]
        texts.write(call(1), "newer", structured=True)
        reader.skip_to(2)
        assert not reader.has_more
        texts.forget("t")
        texts.write(call(0), "anew", structured=False)
        assert texts.of("t")[0].text == "anew"
        assert reader.take() == []


def test_only_those_who_read_the_task_are_woken() -> None:
    texts, woken = LiveTexts(), []
    with (
        texts.read("t", lambda: woken.append("t")),
        texts.read("other", lambda: woken.append("other")),
    ):
        texts.write(call(0), "a", structured=False)
    texts.write(call(0), "ab", structured=False)
    assert woken == ["t"]


async def test_text_comes_between_the_events_and_none_after_its_hop(
    start_in_memory: StartAgent,
) -> None:
    world = World(held=True)
    async with start_in_memory(world) as agent, asyncio.timeout(20):
        task_id = await submit(agent)
        seen: list[Any] = []
        async for each in agent.desk.watch(task_id, 1):
            seen.append(each)
            if isinstance(each, TaskEvent) and each.type is EventType.HOP_STARTED:
                world.calls.hold()
                agent.texts.write(
                    call(each.hop_index, task_id=task_id), f"of {each.role}", structured=False
                )
            if isinstance(each, GeneratedText):
                world.calls.release()
        at = {
            each.text: index for index, each in enumerate(seen) if isinstance(each, GeneratedText)
        }
        for text, index in at.items():
            before = seen[index - 1]
            assert (before.type, f"of {before.role}") == (EventType.HOP_STARTED, text)
        assert at
        events = [each.sequence for each in seen if isinstance(each, TaskEvent)]
        assert events == list(range(1, len(events) + 1))


async def test_who_comes_back_gets_the_text_so_far_and_who_wants_none_gets_none(
    start_in_memory: StartAgent,
) -> None:
    async with start_in_memory(World(held=True)) as agent, asyncio.timeout(20):
        task_id = await submit(agent)
        agent.texts.write(call(9, task_id=task_id), "so far", structured=False)
        servicer = AgentServicer(agent.desk)
        context: Any = SimpleNamespace(set_trailing_metadata=lambda metadata: None)
        for _ in range(2):
            request = pb.WatchTaskRequest(task_id=task_id)
            async for response in servicer.WatchTask(request, context):
                if response.HasField("generated"):
                    assert response.generated.text == "so far"
                    assert not response.HasField("event")
                    break
        request = pb.WatchTaskRequest(task_id=task_id, events_only=True)
        watching = servicer.WatchTask(request, context)
        assert (await anext(watching)).HasField("event")
        agent.texts.write(call(9, task_id=task_id), "so far and further", structured=False)
        await agent.runner.cancel(task_id)
        async for response in servicer.WatchTask(request, context):
            assert not response.HasField("generated")
