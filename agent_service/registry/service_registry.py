"""Which services are there, by their heartbeats, and which workflows can be taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from agent_service.registry.needs import missing, services_of
from core.workflows import BUILT_IN, Workflows
from core.workflows.spec import WorkflowSpec

HEARTBEAT_SECONDS = 2
_LOST_AFTER_SECONDS = 3 * HEARTBEAT_SECONDS


class Health(StrEnum):
    """How a service is."""

    SERVING = "serving"
    NOT_SERVING = "not_serving"
    DRAINING = "draining"
    LOST = "lost"


_IN_WORDS: Mapping[Health, str] = {
    Health.NOT_SERVING: "down",
    Health.DRAINING: "draining",
    Health.LOST: "lost",
}


@dataclass(frozen=True, slots=True)
class ServiceEntry:
    """What a service says of itself; ``last_heartbeat`` is in seconds since the epoch."""

    name: str
    instance_id: str
    address: str
    capabilities: tuple[str, ...]
    model: str
    threads: int
    memory_bytes: int
    health: Health
    pid: int
    last_heartbeat: float = 0.0


class ServiceRegistry:
    """Keeps the newest instance of every service, in memory: heartbeats fill it again."""

    def __init__(
        self,
        now: Callable[[], float],
        monotonic: Callable[[], float],
        workflows: Workflows = BUILT_IN,
    ) -> None:
        """Tell the time with ``now`` (seconds since the epoch) and ages with ``monotonic``.

        A wall clock that is set must not make every service look lost.
        """
        self._now = now
        self._monotonic = monotonic
        self._workflows = workflows
        self._entries: dict[str, ServiceEntry] = {}
        self._seen: dict[str, float] = {}

    def heartbeat(self, entry: ServiceEntry) -> None:
        """Keep ``entry`` as what is known of its service."""
        self._entries[entry.name] = replace(entry, last_heartbeat=self._now())
        self._seen[entry.name] = self._monotonic()

    def entries(self) -> list[ServiceEntry]:
        """Return what is known, by name; services without a recent heartbeat are lost."""
        oldest = self._monotonic() - _LOST_AFTER_SECONDS
        return [
            entry if self._seen[name] >= oldest else replace(entry, health=Health.LOST)
            for name, entry in sorted(self._entries.items())
        ]

    async def unavailable_workflows(self) -> Mapping[str, str]:
        """Return the workflows that services cannot serve now (`core.ports.ServiceHealth`).

        A service is down, drains, or lacks a capability that the workflow needs. One that never
        announced itself is not counted: the agent may have just started.
        """
        known = {entry.name: entry for entry in self.entries()}
        reasons = {
            workflow.name: [
                _trouble(workflow, known[name]) for name in services_of(workflow) if name in known
            ]
            for workflow in self._workflows
        }
        return {
            name: ", ".join(filter(None, listed)) for name, listed in reasons.items() if any(listed)
        }


def _trouble(workflow: WorkflowSpec, entry: ServiceEntry) -> str:
    """Return why ``entry`` cannot serve ``workflow``; empty when it can."""
    if entry.health is not Health.SERVING:
        return f"{entry.name} is {_IN_WORDS[entry.health]}"
    return missing(workflow, entry.name, entry.capabilities)
