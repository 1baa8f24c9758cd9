"""What `core.ports.Router` promises, held by the fake, by both routers and over gRPC."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from agent_service.router import GenerativeRouter, open_router
from agent_service.router.label_tokens import LabelScores
from agent_service.router.prompt import decision_json
from agent_service.router.router_model import Completion, RouterModelError, ShouldStop
from core.errors import DeadlineExceeded, Unavailable
from core.ports import Router
from core.routing import FALLBACK, RouteDecision
from core.workflows import BUILT_IN
from shared.clients import RouterClient
from shared.settings import EMBEDDING_MODEL
from shared.testing import FakeRouter
from tests.conformance.ports.calling import new_call
from tests.integration.mesh import Mesh
from tests.odd_texts import ODD_TEXTS

REQUESTS = [
    "write a function that doubles a number",
    "which port does the agent listen on?",
    "add the line hi to notes.txt",
    "hello",
    *(text[:80] for text in ODD_TEXTS.values() if text.strip()),
]


class Written:
    """A router's model that knows its answer, or fails."""

    def __init__(self, *, fails: bool = False) -> None:
        self.fails = fails

    def complete(self, text: str, should_stop: ShouldStop) -> Completion | None:
        if self.fails:
            raise RouterModelError("it is broken")
        scores = {name: 0.7 if name == "tool" else 0.1 for name in BUILT_IN.names}
        return Completion(decision_json("tool", "direct"), LabelScores(scores, 1.0), 12)


@dataclass(frozen=True)
class Subject:
    """A router; whether it always fails; and, where it may be away, one that nobody serves."""

    router: Router
    fails: bool = False
    away: Router | None = None


@pytest.fixture(params=["fake", "embedding", "generative", "generative that fails", "service"])
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    """The implementations."""
    async with AsyncExitStack() as stack:
        if request.param == "fake":
            yield Subject(FakeRouter(), away=FakeRouter(away=True))
        elif request.param == "embedding":
            yield Subject(await stack.enter_async_context(open_router(EMBEDDING_MODEL)))
        elif request.param == "service":
            yield await served(request.getfixturevalue("module_mesh"), stack)
        else:
            fails = request.param.endswith("fails")
            thread = stack.enter_context(ThreadPoolExecutor(1))
            yield Subject(GenerativeRouter(Written(fails=fails), thread, 20.0), fails)


async def served(mesh: Mesh, stack: AsyncExitStack) -> Subject:
    """Return clients of the agent's router; the agent is started once."""
    if not mesh.started:
        await mesh.start("agent")
    client, away = [
        RouterClient(await stack.enter_async_context(mesh.channel(name)), BUILT_IN.names)
        for name in ("agent", "llm")
    ]
    return Subject(client, away=away)


async def decisions(router: Router) -> list[RouteDecision]:
    """Return the decisions about all requests, which are asked for at once."""
    return list(await asyncio.gather(*(router.route(text, new_call()) for text in REQUESTS)))


async def test_a_decision_is_about_workflows_that_there_are(subject: Subject) -> None:
    for decision in await decisions(subject.router):
        assert set(decision.scores) == set(BUILT_IN.names)
        assert all(0 <= score <= 1 for score in decision.scores.values())
        assert sum(decision.scores.values()) == pytest.approx(1, abs=1e-4)
        read = RouteDecision.from_json(
            decision.to_json(), BUILT_IN.names, decision.scores, decision.failure
        )
        assert read == decision


async def test_the_best_scored_workflow_is_decided_for_with_its_score(subject: Subject) -> None:
    for decision in await decisions(subject.router):
        if subject.fails:
            assert (decision.confidence, decision.fallback) == (0, FALLBACK)
            assert "it is broken" in decision.failure
        else:
            assert decision.failure == ""
            assert decision.confidence == max(decision.scores.values())
            assert decision.scores[decision.decision] == decision.confidence


async def test_a_decision_depends_on_its_request_alone(subject: Subject) -> None:
    at_once = await decisions(subject.router)
    one_by_one = [await subject.router.route(text, new_call()) for text in REQUESTS]
    for one, other in zip(at_once, one_by_one, strict=True):
        assert one.decision == other.decision
        assert one.scores == pytest.approx(other.scores)


async def test_what_nobody_serves_is_unavailable_and_not_waited_for(subject: Subject) -> None:
    """A router in this process is there, and answers."""
    if subject.away is None:
        assert (await subject.router.route("hello", new_call())).decision in BUILT_IN.names
        return
    with pytest.raises(Unavailable):
        await subject.away.route("hello", new_call())
    with pytest.raises(DeadlineExceeded):
        await subject.router.route("hello", new_call(seconds=0))
