"""What a route needs of the services, by the capabilities that they announce."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.checking import CHECK_TOOL
from core.routing import Route

# Of each service the capabilities that must be there; the tool route takes whatever tools are.
_NEEDS: Mapping[Route, Mapping[str, tuple[str, ...]]] = {
    Route.ANSWER: {"llm": ("generate",), "chroma": ("query",)},
    Route.CODE: {"llm": ("generate",), "chroma": ("query",), "tool": (CHECK_TOOL,)},
    Route.TOOL: {"llm": ("generate",), "tool": ()},
    Route.DIRECT: {"llm": ("generate",)},
}
_SANDBOX = "sandbox:"
NO_SANDBOX = f"{_SANDBOX}none"


def needed_services(route: Route) -> Sequence[str]:
    """Return the names of the services that ``route`` calls."""
    return tuple(_NEEDS[route])


def missing(route: Route, service: str, capabilities: Sequence[str]) -> str:
    """Say what ``route`` needs of ``service`` that it does not announce; empty: nothing."""
    for needed in _NEEDS[route].get(service, ()):
        if needed not in capabilities:
            return f"{service} lacks the capability {needed}"
    if service != "tool":
        return ""
    if route is Route.CODE and NO_SANDBOX in capabilities:
        return "tool has no sandbox to run code in"
    if route is Route.TOOL and all(each.startswith(_SANDBOX) for each in capabilities):
        return "tool has no tools"
    return ""
