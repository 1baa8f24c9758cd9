"""A router in memory that decides as a test says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.ports import CallContext
from core.routing import FALLBACK, RouteDecision
from core.workflows import BUILT_IN
from shared.testing.calls import FakeService, deadline_of


@dataclass(kw_only=True)
class FakeRouter(FakeService):
    """Sends every request the same way (`core.ports.Router`).

    The other ``workflows`` share the rest of the probability.
    """

    workflow: str = "code"
    confidence: float = 0.9
    workflows: Sequence[str] = BUILT_IN.names

    async def route(self, text: str, context: CallContext) -> RouteDecision:
        """Decide for the one workflow. Raises: Unavailable, DeadlineExceeded."""
        self.take(context)
        async with deadline_of(context):
            await self.calls.go_on()
        others = [name for name in self.workflows if name != self.workflow]
        scores = dict.fromkeys(others, (1 - self.confidence) / len(others))
        scores[self.workflow] = self.confidence
        return RouteDecision(self.workflow, self.confidence, FALLBACK, scores)
