"""Which services are there, by their heartbeats, and which routes can be taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from core.routing import Route

HEARTBEAT_SECONDS = 2
_LOST_AFTER_SECONDS = 3 * HEARTBEAT_SECONDS

_NEEDS: Mapping[Route, tuple[str, ...]] = {
    Route.ANSWER: ("llm", "chroma"),
    Route.CODE: ("llm", "chroma", "tool"),
    Route.TOOL: ("llm", "tool"),
}


class Health(StrEnum):
    """How a service is."""

    SERVING = "serving"
    NOT_SERVING = "not_serving"
    DRAINING = "draining"
    LOST = "lost"


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

    def __init__(self, now: Callable[[], float], monotonic: Callable[[], float]) -> None:
        """Tell the time with ``now`` (seconds since the epoch) and ages with ``monotonic``.

        A wall clock that is set must not make every service look lost.
        """
        self._now = now
        self._monotonic = monotonic
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

    async def unavailable_routes(self) -> Mapping[Route, str]:
        """Return the routes whose services are known to be down (`core.ports.ServiceHealth`).

        A service that never announced itself is not counted: the agent may have just started.
        """
        down = {e.name: e.health for e in self.entries() if e.health is not Health.SERVING}
        return {
            route: ", ".join(f"{name} is {down[name].value}" for name in needed if name in down)
            for route, needed in _NEEDS.items()
            if any(name in down for name in needed)
        }
