"""What workflows need of the services, out of what their roles declare."""

from __future__ import annotations

from collections.abc import Sequence

from core.roles.spec import Need
from core.workflows.spec import WorkflowSpec
from core.workflows.workflows import Workflows

_SANDBOX = "sandbox:"
NO_SANDBOX = f"{_SANDBOX}none"


def services_of_role(workflows: Workflows, role: str) -> Sequence[str]:
    """Return the names of the services that a role calls; none for the router."""
    spec = workflows.role(role)
    return tuple(spec.needs) if spec else ()


def services_of(workflow: WorkflowSpec) -> Sequence[str]:
    """Return the names of the services that the roles of a workflow call, by name."""
    return sorted({service for role in workflow.roles for service in role.needs})


def missing(workflow: WorkflowSpec, service: str, capabilities: Sequence[str]) -> str:
    """Say what a workflow needs of ``service`` that it does not announce; empty: nothing."""
    needs = [role.needs[service] for role in workflow.roles if service in role.needs]
    return next(filter(None, (_lacks(need, service, capabilities) for need in needs)), "")


def _lacks(need: Need, service: str, capabilities: Sequence[str]) -> str:
    for capability in need.capabilities:
        if capability not in capabilities:
            return f"{service} lacks the capability {capability}"
    if need.sandbox and NO_SANDBOX in capabilities:
        return f"{service} has no sandbox to run code in"
    if need.any_tool and all(each.startswith(_SANDBOX) for each in capabilities):
        return f"{service} has no tools"
    return ""
