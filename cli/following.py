"""Following a task to its end, over restarts of the agent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from cli.connection import settings
from cli.stack.stack import Stack
from core.errors import Cancelled, MeshError, Unavailable
from shared.clients import AgentClient
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb

_RETRY_SECONDS = 0.3
_PATIENCE_SECONDS = 120.0
_RESTART_SECONDS, _NO_STACK_SECONDS = 30.0, 3.0


@dataclass(slots=True)
class Following:
    """A task that is followed; ``ended`` is the task once it ended."""

    client: AgentClient
    task_id: str
    from_sequence: int = 1
    ended: pb.Task | None = field(default=None)

    async def events(self) -> AsyncIterator[pb.TaskEvent]:
        """Yield every event once and in order; an agent that is away is waited for.

        Raises: Unavailable when the agent is away for two minutes.
        """
        async for each in self.updates(events_only=True):
            if isinstance(each, pb.TaskEvent):
                yield each

    async def updates(
        self, *, events_only: bool = False
    ) -> AsyncIterator[pb.TaskEvent | pb.GeneratedText]:
        """Yield events as `events` does, and between them text as it is generated."""
        expected, away_since = self.from_sequence, 0.0
        while self.ended is None:
            try:
                async for response in self.client.watch(
                    self.task_id, expected, events_only=events_only
                ):
                    away_since = 0.0
                    if response.HasField("generated"):
                        yield response.generated
                    if response.HasField("event") and response.event.sequence >= expected:
                        expected = response.event.sequence + 1
                        yield response.event
                    if response.HasField("task"):
                        self.ended = response.task
            except (Unavailable, Cancelled) as error:
                away_since = _wait_on(error, away_since)
                await asyncio.sleep(_RETRY_SECONDS)


async def submit_for_sure(client: AgentClient, request: pb.SubmitTaskRequest) -> pb.Task:
    """Submit a task; the correlation id makes it safe to try again while the agent is away."""
    return await for_sure(lambda: client.submit(request))


async def for_sure(accept: Callable[[], Awaitable[pb.Task]]) -> pb.Task:
    """Return the task that ``accept`` gets, which is called again while the agent is away."""
    away_since = 0.0
    while True:
        try:
            return await accept()
        except Unavailable as error:
            if not away_since:
                patience = await asyncio.to_thread(_patience)
                away_since = time.monotonic() - _PATIENCE_SECONDS + patience
            away_since = _wait_on(error, away_since)
            await asyncio.sleep(_RETRY_SECONDS)


def _patience() -> float:
    """Return the seconds to wait for an agent that did not answer.

    A supervisor starts it again; where none runs there may be no stack at all, which is said soon.
    """
    return _RESTART_SECONDS if Stack(settings()).supervised else _NO_STACK_SECONDS


def _wait_on(error: MeshError, away_since: float) -> float:
    now = time.monotonic()
    if away_since and now - away_since > _PATIENCE_SECONDS:
        raise Unavailable(f"the agent does not answer: {error}") from error
    return away_since or now
