"""What each role needs of the services: the one table behind routing and waiting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.checking import CHECK_TOOL
from core.messages import Role
from core.routing import Route

# Of each service the capabilities that must be there; the operator takes whatever tools are.
_NEEDS: Mapping[Role, Mapping[str, tuple[str, ...]]] = {
    Role.ROUTER: {},
    Role.RESEARCHER: {"chroma": ("query",)},
    # It tries what it wrote before it hands it on.
    Role.CODER: {"llm": ("generate",), "tool": (CHECK_TOOL,)},
    Role.REVIEWER: {"llm": ("generate",), "tool": (CHECK_TOOL,)},
    Role.OPERATOR: {"llm": ("generate",), "tool": ()},
    Role.RESPONDER: {"llm": ("generate",)},
}
_ROLES: Mapping[Route, tuple[Role, ...]] = {
    Route.ANSWER: (Role.RESEARCHER, Role.RESPONDER),
    Route.CODE: (Role.RESEARCHER, Role.CODER, Role.REVIEWER),
    Route.TOOL: (Role.OPERATOR, Role.RESPONDER),
    Route.DIRECT: (Role.RESPONDER,),
}
_SANDBOX = "sandbox:"
NO_SANDBOX = f"{_SANDBOX}none"


def services_of_role(role: str) -> Sequence[str]:
    """Return the names of the services that a role calls; none for a role that is not known."""
    return tuple(_NEEDS.get(Role(role), {})) if role in set(Role) else ()


def services_of_route(route: Route) -> Sequence[str]:
    """Return the names of the services that the roles of ``route`` call, by name."""
    return sorted({service for role in _ROLES[route] for service in _NEEDS[role]})


def missing(route: Route, service: str, capabilities: Sequence[str]) -> str:
    """Say what ``route`` needs of ``service`` that it does not announce; empty: nothing."""
    for needed in _capabilities(route, service):
        if needed not in capabilities:
            return f"{service} lacks the capability {needed}"
    if service != "tool":
        return ""
    if route is Route.CODE and NO_SANDBOX in capabilities:
        return "tool has no sandbox to run code in"
    if route is Route.TOOL and all(each.startswith(_SANDBOX) for each in capabilities):
        return "tool has no tools"
    return ""


def _capabilities(route: Route, service: str) -> Sequence[str]:
    needed = (each for role in _ROLES[route] for each in _NEEDS[role].get(service, ()))
    return tuple(dict.fromkeys(needed))
