"""The same operations, at random, on every storage: all of them answer the same."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from agent_service.storage.ports import Storage
from agent_service.storage.progress import Progress
from agent_service.storage.records import (
    EventType,
    ForkOrigin,
    NewEvent,
    Pruned,
    Retention,
    Submission,
    TaskEnd,
    TaskFilter,
    TaskRecord,
    TaskStatus,
)
from core.errors import MeshError
from core.ports import EffectAnswer

from .implementations import IMPLEMENTATIONS, SetClock
from .moves import ENDS, asks, checkpoint_of, state_after, thread_of

Ask = Callable[[Storage], Awaitable[Any]]

ROLES = st.sampled_from(["router", "researcher", "coder"])
CALLS = st.sampled_from(["a call", "another"])
SECONDS = st.sampled_from([0.0, 1.0, 3.0])
TEXTS = st.sampled_from(["", "größer", "\u0000 '"])
TASKS = st.tuples(st.sampled_from(["fits", "fits", "fits", "any", "nobody's"]), st.integers(0, 9))
"""Which task to take: mostly one that stands where the operation wants it."""
STATUSES = st.lists(st.sampled_from(list(TaskStatus)), unique=True)
VALUES = st.none() | st.integers(0, 3) | TEXTS | st.lists(TEXTS, max_size=2)


async def outcome(answer: Awaitable[Any]) -> Any:
    """Return what a port answered, or with which words it refused."""
    try:
        return await answer
    except (MeshError, ValueError) as error:
        return type(error), str(error)


def numbered_ids() -> Callable[[], str]:
    """Return a maker of ids that are the same in every storage."""
    numbers: Iterator[int] = count(1)
    return lambda: f"task {next(numbers):04}"


class SameAnswers(RuleBasedStateMachine):
    """Every storage, given the same to do."""

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.Runner()
        self._folder = tempfile.TemporaryDirectory()
        self._clock = SetClock()
        self._stack = AsyncExitStack()
        self._storages = self._loop.run(self._open())
        self._hops: dict[str, list[str]] = {}

    async def _open(self) -> list[Storage]:
        folder = Path(self._folder.name)
        opened = []
        for implementation in IMPLEMENTATIONS.values():
            options = {"queue_limit": 4, "max_review_cycles": 2, "new_task_id": numbered_ids()}
            storage = implementation(folder, self._clock, **options)
            opened.append(await self._stack.enter_async_context(storage))
        return opened

    def teardown(self) -> None:
        self._loop.run(self._stack.aclose())
        self._loop.close()
        self._folder.cleanup()

    def ask(self, question: Ask) -> Any:
        """Ask every storage, and hold each answer to the first one's."""
        first, *others = [self._loop.run(outcome(question(each))) for each in self._storages]
        for other in others:
            assert other == first
        return first

    @initialize()
    def begin_with_tasks(self) -> None:
        for key in "abc":
            self.ask(lambda storage, key=key: storage.queue.submit(Submission("hello", key)))
        for _ in range(2):
            self.claim()

    def task(self, choice: tuple[str, int], *fitting: TaskStatus) -> str:
        """Return the id of a task: one that stands so, if it shall fit and there is one."""
        kind, index = choice
        page: list[TaskRecord] = self._loop.run(self._storages[0].tasks.page(TaskFilter(), 100))
        fit = [task for task in page if task.status in fitting] if kind == "fits" else []
        among = [] if kind == "nobody's" else fit or page
        return among[index % len(among)].task_id if among else "nobody"

    @rule(
        key=st.integers(0, 9),
        text=TEXTS,
        context=st.sampled_from(["", "talk"]),
        seconds=SECONDS,
        origin=st.none() | TASKS,
    )
    def submit(
        self, key: int, text: str, context: str, seconds: float, origin: tuple[str, int] | None
    ) -> None:
        asked = Submission(text, f"key {key}", context, timeout_seconds=seconds)
        if origin is not None:
            taken = self.task(origin, TaskStatus.COMPLETED), "1", {"text": text}
            asked = replace(asked, fork=ForkOrigin(*taken, "code", Progress(code=text), 1))
        self.ask(lambda storage: storage.queue.submit(asked))

    @rule()
    def claim(self) -> None:
        self.ask(lambda storage: storage.queue.claim_oldest())

    @rule(choice=TASKS, index=st.integers(0, 2), role=ROLES, skill=st.sampled_from(["", "a", "b"]))
    def start_hop(self, choice: tuple[str, int], index: int, role: str, skill: str) -> None:
        task = self.task(choice, TaskStatus.RUNNING)
        self.ask(lambda storage: storage.journal.start_hop(task, index, role, 2, skill))

    @rule(choice=TASKS, call=CALLS, value=VALUES)
    def decide(self, choice: tuple[str, int], call: str, value: Any) -> None:
        task = self.task(choice, TaskStatus.RUNNING)
        self.ask(lambda storage: storage.journal.decide(task, call, value))

    @rule(choice=TASKS, role=ROLES, loops=st.integers(0, 2))
    def complete_hop(self, choice: tuple[str, int], role: str, loops: int) -> None:
        task = self.task(choice, TaskStatus.RUNNING)
        hops = [*self._hops.get(task, []), role]
        if not self.save(task, state_after(*hops, remaining_loops=loops)):
            self._hops[task] = hops

    @rule(choice=TASKS, text=TEXTS)
    def save_no_hop(self, choice: tuple[str, int], text: str) -> None:
        task = self.task(choice, TaskStatus.RUNNING)
        assert not self.save(task, {"text": text})

    def save(self, task: str, values: dict[str, Any]) -> Any:
        """Save the same checkpoint in every storage; return how they refuse it, if they do."""
        made = checkpoint_of(values)

        async def save(storage: Storage) -> None:
            versions = made["channel_versions"]
            await storage.checkpointer.aput(thread_of(task), made, {"step": 1}, versions)

        return self.ask(save)

    @rule(choice=TASKS, end=st.sampled_from([*ENDS, asks("a call"), asks("another")]))
    def end(self, choice: tuple[str, int], end: TaskEnd) -> None:
        task = self.task(choice, TaskStatus.RUNNING, TaskStatus.QUEUED)
        self.ask(lambda storage: storage.lives.end(task, end))

    @rule(choice=TASKS, happened=st.booleans(), note=TEXTS)
    def respond(self, choice: tuple[str, int], happened: bool, note: str) -> None:
        task = self.task(choice, TaskStatus.INPUT_REQUIRED)
        answer = EffectAnswer(happened, note)
        self.ask(lambda storage: storage.lives.respond(task, answer))

    @rule(choice=TASKS, seconds=SECONDS)
    def retry(self, choice: tuple[str, int], seconds: float) -> None:
        task = self.task(choice, TaskStatus.FAILED)
        self.ask(lambda storage: storage.lives.retry(task, seconds))

    @rule(crashed=st.booleans())
    def crash_or_stop(self, crashed: bool) -> None:
        async def recover(storage: Storage) -> None:
            for task in await storage.tasks.unfinished():
                if task.status is TaskStatus.RUNNING:
                    await storage.lives.recover(task, crashed=crashed)

        self.ask(recover)

    @rule(choice=TASKS, words=VALUES)
    def record(self, choice: tuple[str, int], words: Any) -> None:
        task = self.task(choice, TaskStatus.RUNNING)
        event = NewEvent(task, EventType.WAITING, self._clock.now_iso(), detail={"words": words})
        self.ask(lambda storage: storage.lives.record(event))

    @rule(seconds=SECONDS)
    def wait(self, seconds: float) -> None:
        self._clock.move(seconds)

    @rule(age=st.sampled_from([1.0, 3.0, 9.0]), statuses=STATUSES, spared=TASKS)
    def prune(self, age: float, statuses: Sequence[TaskStatus], spared: tuple[str, int]) -> None:
        kept = self.task(spared)
        retention = Retention(timedelta(seconds=age), statuses)
        self.ask(lambda storage: storage.pruner.count(retention))
        pruned: Pruned = self.ask(
            lambda storage: storage.pruner.prune(retention, lambda task: task == kept)
        )
        for task in pruned.task_ids:
            self._hops.pop(task, None)

    @rule(
        status=st.sampled_from(["", *TaskStatus]),
        workflow=st.sampled_from(["", "code"]),
        context=st.sampled_from(["", "talk"]),
        before=st.none() | TASKS,
        size=st.integers(1, 5),
    )
    def page(
        self, status: str, workflow: str, context: str, before: tuple[str, int] | None, size: int
    ) -> None:
        wanted = TaskFilter(status, workflow, context, self.task(before) if before else "")
        self.ask(lambda storage: storage.tasks.page(wanted, size))

    @rule(choice=TASKS, start=st.integers(0, 9))
    def read_events(self, choice: tuple[str, int], start: int) -> None:
        task = self.task(choice)

        async def read(storage: Storage) -> list[Any]:
            found = await storage.events.read(task, start)
            return [replace(event, position=0) for event in found]

        self.ask(read)

    @rule(choice=TASKS, call=CALLS)
    def read_journal(self, choice: tuple[str, int], call: str) -> None:
        task = self.task(choice)
        self.ask(lambda storage: storage.journal.decision(task, call))
        self.ask(lambda storage: storage.journal.answer_for(task, call))

    @rule(choice=TASKS)
    def read_checkpoints(self, choice: tuple[str, int]) -> None:
        task = self.task(choice)

        async def read(storage: Storage) -> list[Any]:
            return [
                (each.checkpoint, each.metadata["step"])
                async for each in storage.checkpointer.alist(thread_of(task))
            ]

        self.ask(read)

    @rule()
    def overdue(self) -> None:
        self.ask(lambda storage: storage.queue.overdue())

    @invariant()
    def all_of_it_is_the_same(self) -> None:
        async def look(storage: Storage) -> Any:
            events = await storage.events.read_all(0)
            positions = [event.position for event in events]
            assert positions == sorted(set(positions))
            tasks = await storage.tasks.page(TaskFilter(), 1000)
            lasts = [await storage.events.last_sequence(task.task_id) for task in tasks]
            return tasks, lasts, [replace(event, position=0) for event in events]

        self.ask(look)


TestSameAnswers = SameAnswers.TestCase
TestSameAnswers.settings = settings(
    max_examples=30,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
