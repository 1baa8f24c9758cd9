"""The agent, put together: storage, router, workflow, runner and its four services."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from agent_service.clock import SystemClock
from agent_service.config import AgentSettings
from agent_service.desk.desk import Desk
from agent_service.fronts.grpc.agent_servicer import AgentServicer
from agent_service.fronts.grpc.history_servicer import HistoryServicer
from agent_service.fronts.grpc.registry_servicer import RegistryServicer
from agent_service.fronts.grpc.router_servicer import RouterServicer
from agent_service.registry.service_probe import ServiceProbe
from agent_service.registry.service_registry import ServiceRegistry
from agent_service.router import open_router
from agent_service.running.live_text import LiveTexts
from agent_service.running.recovery import recover_tasks
from agent_service.running.runner import Runner
from agent_service.running.task_run import ServesRole, TaskRun
from agent_service.skills.choice import ChosenSkills
from agent_service.storage.ports import OwnershipLost, Storage
from agent_service.storage.sqlite import storage_in
from agent_service.storage.sqlite.ownership import hold_lock, stop_cleanly, take_ownership
from agent_service.storage.sqlite.schema import SCHEMA
from core.errors import MeshError, StartupError
from core.graph import build_workflow
from core.ports import KnowledgeBase, LanguageModel, Router, Skills, Toolbox
from core.services import WorkflowServices
from core.workflows import BUILT_IN, Workflows
from shared.clients import KnowledgeClient, LlmClient, RouterClient, ToolClient, open_channel
from shared.pb.mesh.agent.v1.agent_service_pb2_grpc import (
    add_AgentServiceServicer_to_server,
    add_HistoryServiceServicer_to_server,
)
from shared.pb.mesh.registry.v1.registry_service_pb2_grpc import (
    add_RegistryServiceServicer_to_server,
)
from shared.pb.mesh.router.v1.router_service_pb2_grpc import add_RouterServiceServicer_to_server
from shared.server import MeshServer, ServiceIdentity
from shared.settings import load_settings
from shared.sqlite import Database, open_database

_CAPABILITIES = ("submit", "route", "registry")
_STOP_SECONDS = 1.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RemoteServices:
    """What the workflow calls, and how it works with the model.

    ``serves`` says whether the services that a role needs answer; ``texts`` is told of what the
    model writes.
    """

    model: LanguageModel
    skills: Skills
    knowledge: KnowledgeBase
    tools: Toolbox
    router: Router
    serves: ServesRole
    texts: LiveTexts = field(default_factory=LiveTexts)


OpenRemote = Callable[[AgentSettings], AbstractAsyncContextManager[RemoteServices]]


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the servicers work with."""

    storage: Storage
    runner: Runner
    desk: Desk
    router: Router
    registry: ServiceRegistry


async def serve(open_remote: OpenRemote | None = None, workflows: Workflows = BUILT_IN) -> None:
    """Run the agent until it is told to stop; ``open_remote`` defaults to the mesh's services.

    Tasks take one of ``workflows``: by name, or by the router that ``open_remote`` opens.
    """
    settings = load_settings(AgentSettings)
    with hold_lock(settings.database_path):
        async with open_database(settings.database_path, SCHEMA) as database:
            stopped_cleanly = await take_ownership(database)
            async with (
                (open_remote or open_mesh_services)(settings) as remote,
                _open_parts(settings, database, remote, workflows) as parts,
            ):
                await recover_tasks(
                    parts.storage,
                    crashed=not stopped_cleanly,
                    max_crashes=settings.agent_max_crashes,
                )
                await _serve_and_work(settings, parts)
            await stop_cleanly(database)


async def _serve_and_work(settings: AgentSettings, parts: _Parts) -> None:
    server = _server(settings, parts)
    try:
        async with asyncio.TaskGroup() as group:
            work = [
                group.create_task(parts.runner.work()),
                group.create_task(parts.runner.expire()),
            ]
            await server.run(before_stop=lambda: parts.runner.drain(settings.mesh_drain_seconds))
            for each in work:
                each.cancel()
    except BaseExceptionGroup as errors:
        lost, others = errors.split(OwnershipLost)
        if lost is None or others is not None:
            raise
        raise StartupError(
            f"another agent took over the database {settings.database_path}: this one stops"
        ) from errors


@asynccontextmanager
async def open_mesh_services(settings: AgentSettings) -> AsyncIterator[RemoteServices]:
    """Open the router, and channels to the LLM, tool and knowledge services."""
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        router = await enter(_open_router(settings))
        channels = {
            name: await enter(open_channel(settings.address_of(name), settings))
            for name in ("llm", "chroma", "tool")
        }
        texts = LiveTexts()
        model = LlmClient(channels["llm"], texts.write)
        yield RemoteServices(
            model=model,
            skills=ChosenSkills(model, finder=model),
            knowledge=KnowledgeClient(channels["chroma"]),
            tools=ToolClient(channels["tool"]),
            router=router,
            serves=ServiceProbe(channels).serves,
            texts=texts,
        )


@asynccontextmanager
async def _open_parts(
    settings: AgentSettings, database: Database, remote: RemoteServices, workflows: Workflows
) -> AsyncIterator[_Parts]:
    clock = SystemClock()
    registry = ServiceRegistry(time.time, time.monotonic, workflows)
    storage = storage_in(
        database,
        clock,
        queue_limit=settings.agent_queue_limit,
        max_review_cycles=settings.agent_max_review_cycles,
        workflows=workflows,
    )
    services = WorkflowServices(
        model=remote.model,
        knowledge=remote.knowledge,
        tools=remote.tools,
        router=remote.router,
        health=registry,
        journal=storage.journal,
        clock=clock,
        skills=remote.skills,
        config=settings.workflow(),
    )
    workflow = build_workflow(services, storage.checkpointer, workflows)
    run = TaskRun(
        workflow,
        storage,
        clock,
        max_review_cycles=settings.agent_max_review_cycles,
        service_wait_seconds=settings.agent_service_wait_seconds,
        serves=remote.serves,
        texts=remote.texts,
    )
    stop_calls = partial(_stop_calls, remote)
    runner = Runner(storage, run, settings.agent_max_running_tasks, stop_calls)
    desk = Desk(
        storage, runner, workflow, settings.agent_max_review_cycles, workflows, remote.texts
    )
    yield _Parts(storage, runner, desk, remote.router, registry)


@asynccontextmanager
async def _open_router(settings: AgentSettings) -> AsyncIterator[Router]:
    """Open the embedded router, or the client of the one at ROUTER_ADDRESS."""
    if settings.router_address:
        async with open_channel(settings.router_address, settings) as channel:
            yield RouterClient(channel, BUILT_IN.names)
    else:
        async with open_router(
            settings.router_path,
            variable=settings.router_path_variable,
            timeout_seconds=settings.router_timeout_seconds,
        ) as router:
            yield router


async def _stop_calls(remote: RemoteServices, task_id: str) -> None:
    """Stop what a task still has running; a service that is down runs nothing."""
    for service in (remote.model, remote.tools):
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await service.cancel_calls(task_id)
        except (MeshError, TimeoutError) as error:
            _log.warning("the calls of task %s could not be stopped: %s", task_id, error)


def _server(settings: AgentSettings, parts: _Parts) -> MeshServer:
    identity = ServiceIdentity("agent", capabilities=_CAPABILITIES)
    server = MeshServer(identity, settings)
    server.add_service(
        "mesh.agent.v1.AgentService",
        add_AgentServiceServicer_to_server,
        AgentServicer(parts.desk),
    )
    server.add_service(
        "mesh.agent.v1.HistoryService",
        add_HistoryServiceServicer_to_server,
        HistoryServicer(parts.desk),
    )
    server.add_service(
        "mesh.router.v1.RouterService",
        add_RouterServiceServicer_to_server,
        RouterServicer(parts.router, parts.registry, settings.workflow(), parts.desk.workflows),
    )
    server.add_service(
        "mesh.registry.v1.RegistryService",
        add_RegistryServiceServicer_to_server,
        RegistryServicer(parts.registry),
    )
    return server
