"""Everything that a workflow works with, in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from core.config import WorkflowConfig
from core.ports import Clock, HopJournal, Skills
from core.services import WorkflowServices
from shared.testing.calls import Calls
from shared.testing.journal import FakeJournal
from shared.testing.knowledge_base import FakeKnowledge
from shared.testing.model import FakeModel
from shared.testing.router import FakeRouter
from shared.testing.toolbox import FakeToolbox


@dataclass
class FakeClock:
    """A clock that stands still unless it is moved (`core.ports.Clock`)."""

    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    def now_iso(self) -> str:
        """Return the time."""
        return self.now.isoformat(timespec="microseconds")

    def move(self, seconds: float) -> None:
        """Let time pass; backwards when it is negative."""
        self.now += timedelta(seconds=seconds)


@dataclass
class FakeHealth:
    """Closes the workflows that a test says (`core.ports.ServiceHealth`)."""

    closed: Mapping[str, str] = field(default_factory=dict)

    async def unavailable_workflows(self) -> Mapping[str, str]:
        """Return the workflows that are closed, each with the reason."""
        return self.closed


@dataclass
class FakeServices:
    """The ports that a workflow is built with, but the skills.

    Model, documents and tools share one list of calls.
    """

    model: FakeModel = field(default_factory=FakeModel)
    knowledge: FakeKnowledge = field(default_factory=FakeKnowledge)
    tools: FakeToolbox = field(default_factory=FakeToolbox)
    router: FakeRouter = field(default_factory=FakeRouter)
    health: FakeHealth = field(default_factory=FakeHealth)
    journal: FakeJournal = field(default_factory=FakeJournal)
    clock: FakeClock = field(default_factory=FakeClock)
    calls: Calls = field(default_factory=Calls)

    def __post_init__(self) -> None:
        """Share the list of calls."""
        self.model.calls = self.knowledge.calls = self.tools.calls = self.calls

    async def cancel_calls(self, task_id: str) -> None:
        """Stop the generations and the tools of a task, as the agent does."""
        await self.model.cancel_calls(task_id)
        await self.tools.cancel_calls(task_id)

    def for_workflow(
        self, skills: Skills, journal: HopJournal | None = None, clock: Clock | None = None
    ) -> WorkflowServices:
        """Return the services of a workflow, with a journal or a clock in the place of a fake."""
        return WorkflowServices(
            model=self.model,
            knowledge=self.knowledge,
            tools=self.tools,
            router=self.router,
            health=self.health,
            journal=journal or self.journal,
            clock=clock or self.clock,
            skills=skills,
            config=WorkflowConfig(),
        )
