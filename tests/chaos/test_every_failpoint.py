"""A kill at every failpoint in turn: what was accepted ends as if nothing had happened."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from core.errors import InvalidInput, MeshError, WrongState
from core.ports import CallContext, EffectAnswer
from shared.clients import AgentClient
from shared.failpoints import CATALOGUE
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from tests.chaos.chaos_mesh import ChaosMesh
from tests.chaos.checker import check
from tests.chaos.workload import ASK, CODE, DOCUMENT, HELLO, WITNESS, Job, Submitted
from tests.integration.mesh import Mesh

Scenario = Callable[[ChaosMesh], Awaitable[list[Submitted]]]
_JOBS = {
    "agent.in_hop.researcher": ASK,
    "agent.in_hop.coder": CODE,
    "agent.in_hop.reviewer": CODE,
    "client.query": ASK,
    "client.reword": CODE,
    "chroma.before_query": ASK,
    "client.heartbeat": CODE,  # it may be the tool service that dies, at any moment
}
_IN_DOUBT = (
    "tool.intend.after_commit",
    "tool.after_intent",
    "tool.before_effect",
    "tool.after_effect",
    "tool.receive.before_commit",
)
"""A crash of the tool service between intent and receipt: a person is asked."""


async def task(mesh: ChaosMesh, job: Job = WITNESS) -> list[Submitted]:
    """One task from its submission to its end."""
    return [await mesh.submitted(job)]


async def waiting_task(mesh: ChaosMesh) -> list[Submitted]:
    """A task that has to wait for a service that is away."""
    async with mesh.without("llm"):
        submitted = await mesh.submitted(HELLO)
        await mesh.passed("agent.record.")
    return [submitted]


async def crash(mesh: ChaosMesh) -> list[Submitted]:
    """An agent that dies with a task in a hop, and comes back."""
    mesh.arm("agent.in_hop.operator", "sleep=60")
    submitted = await mesh.submitted(WITNESS)
    await mesh.passed("agent.in_hop.operator")
    mesh.kill("agent")
    return [submitted]


async def clean_stop(mesh: ChaosMesh) -> list[Submitted]:
    """An agent that is told to stop with a task under way."""
    submitted = await mesh.submitted(CODE)
    mesh.terminate("agent")
    return [submitted]


async def refused_call(mesh: ChaosMesh) -> list[Submitted]:
    """A call that the tool refuses before any effect."""
    context = CallContext("refused", "", "", deadline_seconds=20)
    async with mesh.tools() as tools:
        with pytest.raises(InvalidInput):
            await _until_answered(lambda: tools.call("read_file", {"path": "../x"}, context))
    return []


async def new_document(mesh: ChaosMesh) -> list[Submitted]:
    """A source that gets another version, and the former one again."""
    await _until_answered(lambda: mesh.ingest("ports.md", f"{DOCUMENT}\nOne more.\n"))
    await _until_answered(lambda: mesh.ingest("ports.md", DOCUMENT))
    return await task(mesh, ASK)


async def given_up_document(mesh: ChaosMesh) -> list[Submitted]:
    """A version of a source that nobody waits for any more, and then another one."""
    mesh.arm("chroma.after_passages", "sleep=60")
    ingestion = asyncio.create_task(mesh.ingest("ports.md", f"{DOCUMENT}\nNever more.\n"))
    await mesh.passed("chroma.after_passages")
    ingestion.cancel()
    await asyncio.gather(ingestion, return_exceptions=True)
    return await new_document(mesh)


async def deleted_document(mesh: ChaosMesh) -> list[Submitted]:
    """A source that is deleted and ingested again."""
    await _until_answered(lambda: mesh.delete_source("ports.md"))
    await _until_answered(lambda: mesh.ingest("ports.md", DOCUMENT))
    return await task(mesh, ASK)


async def routed_elsewhere(mesh: ChaosMesh) -> list[Submitted]:
    """A task that a router in another process sends on its way."""
    other = Mesh(mesh.home / "router")
    (other.home / "token").write_text((mesh.home / "token").read_text())
    try:
        await other.start("agent")
        await mesh.renew("agent", ROUTER_ADDRESS=other.settings.address_of("agent"))
        submitted = await mesh.submitted(HELLO)
        await mesh.settled()
    finally:
        other.stop_all()
    await mesh.renew("agent")
    return [submitted]


async def answered(mesh: ChaosMesh) -> list[Submitted]:
    """A task whose effect is in doubt, until a person says what happened."""
    mesh.arm("tool.after_effect")
    submitted = await mesh.submitted(WITNESS)
    await mesh.settled()
    async with mesh.channel("agent") as channel:
        agent = AgentClient(channel)
        answer = EffectAnswer(happened=True, output="noted")
        await _until_answered(lambda: agent.respond(submitted.task_id, answer))
    return [submitted]


async def retried(mesh: ChaosMesh) -> list[Submitted]:
    """A task that failed for want of a model, and is tried again."""
    await mesh.renew("agent", AGENT_SERVICE_WAIT_SECONDS="0.1")
    async with mesh.without("llm"):
        submitted = await mesh.submitted(CODE)
        await mesh.settled()
    await mesh.serving("llm")
    async with mesh.channel("agent") as channel:
        agent = AgentClient(channel)
        with contextlib.suppress(WrongState):  # the try before was durable, and untold
            await _until_answered(lambda: agent.retry(submitted.task_id))
    await mesh.settled()
    await mesh.renew("agent")
    return [submitted]


async def cancelled(mesh: ChaosMesh) -> list[Submitted]:
    """A task that is cancelled in the middle of a hop: nothing more is asked of it."""
    mesh.arm("agent.in_hop.operator", "sleep=60")
    submitted = await mesh.submitted(WITNESS)
    await mesh.passed("agent.in_hop.operator")
    async with mesh.channel("agent") as channel:
        agent = AgentClient(channel)
        with contextlib.suppress(WrongState):
            await _until_answered(lambda: agent.cancel(submitted.task_id))
    return []


async def pruned(mesh: ChaosMesh) -> list[Submitted]:
    """A cancelled task that is deleted: there is nothing left of it, or all."""
    deaths = len(mesh.deaths)
    await cancelled(mesh)
    request = pb.PruneTasksRequest(statuses=[pb.TASK_STATUS_CANCELLED])
    request.older_than.SetInParent()
    async with mesh.channel("agent") as channel, asyncio.timeout(30):
        while len(mesh.deaths) == deaths:
            with contextlib.suppress(MeshError):
                await AgentClient(channel).prune(request)
            await asyncio.sleep(0.05)
    return await task(mesh)


async def forgotten_calls(mesh: ChaosMesh) -> list[Submitted]:
    """The calls of a task that is gone, which the ledger forgets."""
    async with mesh.tools() as tools:
        await _until_answered(lambda: tools.forget_calls([str(uuid.uuid4())]))
    return await task(mesh)


_SCENARIOS: dict[str, Scenario] = {
    "agent.prune": pruned,
    "agent.record": waiting_task,
    "agent.recover": crash,
    "agent.respond": answered,
    "agent.retry": retried,
    "client.resolve_call": answered,
    "client.cancel_calls": cancelled,
    "client.cancel_generations": cancelled,
    "agent.take_ownership": crash,
    "agent.stop_cleanly": clean_stop,
    "tool.forget": forgotten_calls,
    "tool.withdraw": refused_call,
    "chroma.begin_ingestion": new_document,
    "chroma.drop_ingestion": given_up_document,
    "chroma.put_source": new_document,
    "chroma.add_passages": new_document,
    "chroma.delete_passages": new_document,
    "chroma.after_passages": new_document,
    "chroma.after_switch": new_document,
    "chroma.delete_source": deleted_document,
    "client.route": routed_elsewhere,
}


@pytest.fixture
async def whole_mesh(mesh: ChaosMesh) -> AsyncIterator[ChaosMesh]:
    """The mesh, all of whose services are the ones of the test before or new ones."""
    yield mesh
    mesh.disarm()


@pytest.mark.parametrize("failpoint", CATALOGUE)
async def test_a_kill_at(whole_mesh: ChaosMesh, failpoint: str) -> None:
    mesh, deaths = whole_mesh, len(whole_mesh.deaths)
    stem = failpoint.rpartition(".")[0] if failpoint.endswith(("_commit", "_call")) else failpoint
    mesh.arm(failpoint)
    if stem in _SCENARIOS:
        submitted = await _SCENARIOS[stem](mesh)
    else:
        submitted = await task(mesh, _JOBS.get(stem, WITNESS))
    await mesh.passed(failpoint)
    await mesh.died(deaths)
    await mesh.settled()
    report = check(mesh.evidence, submitted)
    assert report.clean, report
    in_doubt = failpoint in _IN_DOUBT
    assert (report.asked, report.completed) == (in_doubt, len(submitted) - in_doubt)


async def _until_answered(call: Callable[[], Awaitable[object]]) -> object:
    async with asyncio.timeout(30):
        while True:
            try:
                return await call()
            except MeshError as error:
                if not error.retryable and error.reason != "CANCELLED":
                    raise
            await asyncio.sleep(0.05)
