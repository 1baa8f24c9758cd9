"""Which routes the announced capabilities close, and what is said about it."""

from __future__ import annotations

import pytest

from agent_service.registry.needs import services_of, services_of_role
from agent_service.registry.service_registry import Health, ServiceEntry, ServiceRegistry
from core.workflows import BUILT_IN

ANNOUNCED = {
    "llm": ("generate", "embed"),
    "tool": ("calculator", "check_python", "run_python", "sandbox:bubblewrap"),
    "chroma": ("ingest", "query"),
}


def registry(health: Health = Health.SERVING, **changed: tuple[str, ...]) -> ServiceRegistry:
    """Return a registry with the three services; ``changed`` ones announce something else."""
    made = ServiceRegistry(lambda: 0.0, lambda: 0.0)
    for name, capabilities in {**ANNOUNCED, **changed}.items():
        condition = health if name in changed else Health.SERVING
        made.heartbeat(ServiceEntry(name, "i", "a:1", capabilities, "", 1, 1, condition, 1))
    return made


async def test_services_that_can_do_everything_close_nothing() -> None:
    assert await registry().unavailable_workflows() == {}


async def test_without_a_sandbox_no_code_is_run() -> None:
    closed = await registry(tool=("check_python", "sandbox:none")).unavailable_workflows()
    assert closed == {"code": "tool has no sandbox to run code in"}


async def test_a_tool_service_without_tools_closes_the_tool_route() -> None:
    closed = await registry(tool=("sandbox:bubblewrap",)).unavailable_workflows()
    assert closed == {
        "code": "tool lacks the capability check_python",
        "tool": "tool has no tools",
    }


async def test_a_model_that_does_not_generate_closes_every_route() -> None:
    closed = await registry(llm=("embed",)).unavailable_workflows()
    assert closed == dict.fromkeys(BUILT_IN.names, "llm lacks the capability generate")


async def test_documents_that_cannot_be_queried_close_what_retrieves() -> None:
    closed = await registry(chroma=("ingest",)).unavailable_workflows()
    assert set(closed) == {"answer", "code"}


@pytest.mark.parametrize(
    ("health", "said"),
    [(Health.DRAINING, "tool is draining"), (Health.NOT_SERVING, "tool is down")],
)
async def test_a_service_that_takes_no_calls_closes_its_routes(health: Health, said: str) -> None:
    closed = await registry(health, tool=ANNOUNCED["tool"]).unavailable_workflows()
    assert closed == {"code": said, "tool": said}


def test_a_role_waits_for_every_service_that_it_calls() -> None:
    """The coder tries what it writes: with the tool service down it would spend attempts."""
    assert set(services_of_role(BUILT_IN, "coder")) == {"llm", "tool"}
    assert services_of_role(BUILT_IN, "nobody") == ()


@pytest.mark.parametrize("route", BUILT_IN.names)
def test_a_route_needs_what_its_roles_need(route: str) -> None:
    roles = {
        "answer": ("researcher", "responder"),
        "code": ("researcher", "coder", "reviewer"),
        "tool": ("operator", "responder"),
        "direct": ("responder",),
    }[route]
    of_roles = {service for role in roles for service in services_of_role(BUILT_IN, role)}
    assert set(services_of(BUILT_IN.named(route))) == of_roles
