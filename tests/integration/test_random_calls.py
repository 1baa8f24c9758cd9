"""Calls of every kind through gRPC leave nothing behind, and each says what it says alone."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise

import psutil
import pytest

from core.errors import Cancelled, DeadlineExceeded, IdentifierReused
from core.ports import CallContext, ChatMessage, GenerationSettings
from llm_service.prompt import Prompt
from shared.clients.llm import LlmClient
from shared.pb.mesh.llm.v1 import llm_service_pb2 as pb
from tests.integration.mesh import Mesh
from tests.random_prompts import CONTEXT, Said, draw_prompt, said_alone

CALLS = int(os.environ.get("MESH_RANDOM_CALLS", "200"))
SEED = int(os.environ.get("MESH_RANDOM_SEED", "5"))
AT_ONCE = 24
ROUNDS = 3
GROWTH_BYTES = 8 * 1024 * 1024
REASONS = {pb.FINISH_REASON_STOP: "stop", pb.FINISH_REASON_LENGTH: "length"}
EVERYTHING = 1_000_000


@dataclass
class Caller:
    """One call and what becomes of it; ``rng`` draws the same whatever else runs."""

    client: LlmClient
    prompt: Prompt
    expected: Said
    rng: random.Random

    def __post_init__(self) -> None:
        self.task_id = str(uuid.uuid4())

    async def run(self) -> str:
        """Behave in one of the ways; return which."""
        kinds = (
            *(self.stay, self.stay, self.meet, self.leave, self.come_back),
            *(self.ask_again, self.cancel, self.time_out),
        )
        kind = self.rng.choice(kinds)
        await kind()
        return kind.__name__

    async def stay(self) -> None:
        """Read to the end."""
        assert await self._read() == self.expected

    async def meet(self) -> None:
        """Read the same call twice at once."""
        assert await asyncio.gather(self._read(), self._read()) == [self.expected] * 2

    async def leave(self) -> None:
        """Break off, and never come back."""
        await self._read(pieces=self.rng.choice((0, 1, 5)))

    async def come_back(self) -> None:
        """Break off, and go on where it was."""
        seen, _, _ = await self._read(pieces=self.rng.choice((0, 1, 5)))
        await asyncio.sleep(self.rng.choice((0, 0.01, 0.1)))
        rest, *ended = await self._read(len(seen))
        assert (seen + rest, *ended) == self.expected

    async def ask_again(self) -> None:
        """Read to the end, and a part of it once more."""
        await self.stay()
        at = self.rng.randrange(len(self.expected[0]) + 1)
        rest, *ended = await self._read(at)
        assert (self.expected[0][:at] + rest, *ended) == self.expected

    async def cancel(self) -> None:
        """Cancel the task that the call belongs to."""
        reader = asyncio.create_task(self._read())
        await asyncio.sleep(self.rng.choice((0, 0.005, 0.05)))
        await self.client.cancel_calls(self.task_id)
        with contextlib.suppress(Cancelled):
            assert await reader == self.expected

    async def time_out(self) -> None:
        """Have too little time, perhaps."""
        with contextlib.suppress(DeadlineExceeded):
            assert await self._read(seconds=self.rng.choice((0.01, 0.05, 0.2))) == self.expected

    async def _read(
        self, from_character: int = 0, *, pieces: int = EVERYTHING, seconds: float = 60.0
    ) -> Said:
        prompt = self.prompt
        stream = self.client.stream(
            [ChatMessage(each.role, each.content) for each in prompt.messages],
            GenerationSettings(
                prompt.max_tokens, prompt.temperature, prompt.seed, prompt.stop, prompt.json_schema
            ),
            CallContext(
                f"{self.task_id}:call", self.task_id, self.task_id, deadline_seconds=seconds
            ),
            from_character,
        )
        text = ""
        async with contextlib.aclosing(stream):
            async for response in stream:
                if pieces <= 0:
                    break
                pieces -= 1
                text += response.text
                if response.finish_reason:
                    return text, REASONS[response.finish_reason], response.completion_tokens
        return text, "", 0


@asynccontextmanager
async def service(mesh: Mesh, kept_seconds: float) -> AsyncIterator[LlmClient]:
    """The LLM service in a process of its own, with a small cache."""
    mesh.spawn(
        "llm",
        LLM_CONTEXT=str(CONTEXT),
        LLM_QUEUE_LIMIT="1000",
        LLM_UNATTENDED_SECONDS="0.05",
        LLM_KEPT_SECONDS=str(kept_seconds),
    )
    await mesh.healthy("llm")
    async with mesh.channel("llm") as channel:
        yield LlmClient(channel)


async def one_round(client: LlmClient, prompts: list[Prompt], expected: list[Said]) -> set[str]:
    """Make all calls, some at once; return the ways in which they behaved."""
    rng = random.Random(SEED)
    places = asyncio.Semaphore(AT_ONCE)

    async def call(number: int) -> str:
        chosen = rng.randrange(len(prompts))
        caller = Caller(client, prompts[chosen], expected[chosen], random.Random(SEED + number))
        async with places:
            return await caller.run()

    async with asyncio.timeout(120), asyncio.TaskGroup() as group:
        calls = [group.create_task(call(number)) for number in range(CALLS)]
    return {each.result() for each in calls}


async def idle(client: LlmClient) -> pb.GetEngineResponse:
    """Wait until no slot is taken; what nobody waits for ends within its time."""
    async with asyncio.timeout(20):
        while (found := await client.engine()).busy or found.waiting:
            await asyncio.sleep(0.05)
    assert all(slot.state == pb.SLOT_STATE_IDLE for slot in found.slot_details)
    return found


async def assert_no_cell_is_lost(client: LlmClient) -> None:
    """Fill the cache until the kept sequences are parked: nothing is left in it then."""
    used = (await idle(client)).used_tokens
    for number in range(40):
        message = ChatMessage("user", f"{number} " * 100)
        context = CallContext(str(uuid.uuid4()), "", str(uuid.uuid4()))
        await client.generate([message], GenerationSettings(max_tokens=1), context)
        found = await idle(client)
        if found.used_tokens < used:
            assert found.used_tokens == 0 < found.cached_tokens
            return
        used = found.used_tokens
    raise AssertionError(f"nothing was ever parked: {used} of {found.pool_tokens} tokens")


async def test_random_calls_say_what_they_say_alone_and_leave_nothing_behind(
    fresh_mesh: Mesh,
) -> None:
    rng = random.Random(SEED)
    prompts = [draw_prompt(rng) for _ in range(40)]
    expected = await said_alone(prompts)
    async with service(fresh_mesh, kept_seconds=1) as client:
        process = psutil.Process(fresh_mesh.pid("llm"))
        sizes = []
        for _ in range(ROUNDS):
            kinds = await one_round(client, prompts, expected)
            assert len(kinds) == 7
            found = await idle(client)
            assert found.used_tokens <= found.cached_tokens and found.cached_tokens
            sizes.append(process.memory_full_info().uss)
        assert found.cache_hits > found.calls / 5
        # What is parked is bounded, and is copied whenever the engine rests: a jump in one round.
        # What leaks grows in every round.
        assert min(b - a for a, b in pairwise(sizes)) < GROWTH_BYTES / 2, sizes
        await assert_no_cell_is_lost(client)
    log = await asyncio.to_thread(fresh_mesh.log("llm").read_text)
    assert "Traceback" not in log, log


async def test_a_call_that_is_joined_costs_no_second_generation(fresh_mesh: Mesh) -> None:
    async with service(fresh_mesh, kept_seconds=60) as client:
        context = CallContext("a:b", "", str(uuid.uuid4()))
        messages, settings = [ChatMessage("user", "hello")], GenerationSettings(max_tokens=20)
        first = await client.generate(messages, settings, context)
        before = await idle(client)
        assert await client.generate(messages, settings, context) == first
        after = await idle(client)
        assert (after.calls, after.recent_calls) == (before.calls, before.recent_calls) == (1, 1)
        with pytest.raises(IdentifierReused):
            await client.generate(messages, GenerationSettings(max_tokens=21), context)
