"""Why a task takes its route: shown, kept, and following what the services say of themselves."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

import pytest

from core.ports import CallContext
from core.workflows import BUILT_IN
from llm_service.config import BUNDLED_MODEL
from shared.clients import RouterClient
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from shared.pb.mesh.registry.v1 import registry_service_pb2 as registry
from shared.pb.mesh.registry.v1.registry_service_pb2_grpc import RegistryServiceStub
from shared.pb.mesh.router.v1 import router_service_pb2 as router_pb
from tests.integration.mesh import ROOT, Mesh

ROUTES = set(BUILT_IN.names)


async def decide(mesh: Mesh, text: str) -> router_pb.RouteResponse:
    """Ask the agent which route a request would take."""
    async with mesh.channel("agent") as channel:
        return await RouterClient(channel).response(text, CallContext("", "", ""))


async def health_of(mesh: Mesh, name: str) -> int:
    """Return how the registry sees a service; 0 when it does not know it."""
    async with mesh.channel("agent") as channel:
        answer = await RegistryServiceStub(channel).ListServices(registry.ListServicesRequest())
    return next((each.health for each in answer.services if each.name == name), 0)


async def seen_as(mesh: Mesh, name: str, health: int) -> None:
    """Wait until the registry sees a service so."""
    async with asyncio.timeout(20):
        while await health_of(mesh, name) != health:
            await asyncio.sleep(0.05)


async def mesh_command(mesh: Mesh, *arguments: str) -> str:
    """Run `mesh` and return what it prints."""
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "cli.main", *arguments],
        cwd=ROOT,
        env={**mesh.environment, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


async def test_a_task_keeps_the_scores_and_the_reason(mesh: Mesh) -> None:
    task = await mesh.submit("hello there, how are you?")
    ended = await mesh.ended(task.task_id)
    events = await mesh.events(task.task_id)
    (routed,) = [each for each in events if each.type == pb.EVENT_TYPE_ROUTED]
    scores = dict(routed.routed.scores)
    assert set(scores) == ROUTES
    assert sum(scores.values()) == pytest.approx(1)
    assert dict(ended.route_scores) == pytest.approx(scores)
    assert routed.routed.reason == ended.route_reason
    shown = await mesh_command(mesh, "show", task.task_id)
    assert ended.route_reason in shown
    assert all(f"{route} 0." in shown or f"{route} 1." in shown for route in ROUTES)


async def test_the_command_says_what_a_task_would_do_and_why(mesh: Mesh) -> None:
    told = json.loads(await mesh_command(mesh, "route", "hello there", "--json"))
    assert set(told["scores"]) == ROUTES
    assert told["workflow"] in ROUTES
    assert told["reason"].startswith("confidence")
    assert told["failure"] == ""
    assert "a task would take" in await mesh_command(mesh, "route", "hello there")


async def test_a_service_that_drains_closes_its_routes_at_once(fresh_mesh: Mesh) -> None:
    await fresh_mesh.start("llm", "tool", "chroma", "agent")
    await seen_as(fresh_mesh, "tool", registry.SERVICE_HEALTH_SERVING)
    assert not (await decide(fresh_mesh, "run the test suite")).closed
    await fresh_mesh.stop("tool")
    assert await health_of(fresh_mesh, "tool") == registry.SERVICE_HEALTH_DRAINING
    answer = await decide(fresh_mesh, "what is 17 * 23?")
    assert answer.decision == "tool"
    assert answer.closed["tool"] == "tool is draining"
    assert answer.closed["code"] == "tool is draining"
    assert answer.workflow not in answer.closed
    assert "tool (tool is draining)" in answer.reason


async def test_an_instruct_model_routes(fresh_mesh: Mesh) -> None:
    """The bundled one was not made for it: it takes the fallback, and the task says why."""
    fresh_mesh.spawn("agent", ROUTER_MODEL_PATH=str(BUNDLED_MODEL))
    await fresh_mesh.healthy("agent")
    await fresh_mesh.start("llm")
    answer = await decide(fresh_mesh, "write a function that adds two numbers")
    assert set(answer.scores) == ROUTES
    assert sum(answer.scores.values()) == pytest.approx(1)
    assert "about to write no workflow" in answer.failure
    assert answer.confidence == 0
    assert answer.workflow == "direct"
    task = await fresh_mesh.submit("hello there")
    ended = await fresh_mesh.ended(task.task_id)
    assert ended.status == pb.TASK_STATUS_COMPLETED
    assert ended.workflow == "direct"
    assert "the router could not decide" in ended.route_reason
    assert set(ended.route_scores) == ROUTES


async def test_a_router_that_takes_too_long_takes_the_fallback(fresh_mesh: Mesh) -> None:
    fresh_mesh.spawn("agent", ROUTER_MODEL_PATH=str(BUNDLED_MODEL), ROUTER_TIMEOUT_SECONDS="0.001")
    await fresh_mesh.healthy("agent")
    answer = await decide(fresh_mesh, "word " * 2_000)
    assert answer.failure == "no decision within 0.001 s"
    assert answer.workflow == "direct"
    assert answer.latency_ms < 5_000
