"""Finds out whether the services that a role needs are there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import grpc

from core.messages import Role
from shared.clients import is_serving

ServesRole = Callable[[str], Awaitable[bool]]

_NEEDS: Mapping[str, tuple[str, ...]] = {
    Role.RESEARCHER: ("chroma",),
    Role.CODER: ("llm",),
    Role.REVIEWER: ("llm", "tool"),
    Role.OPERATOR: ("llm", "tool"),
    Role.RESPONDER: ("llm",),
}


class ServiceProbe:
    """Asks the services for their health."""

    def __init__(self, channels: Mapping[str, grpc.aio.Channel]) -> None:
        """Ask over ``channels``, by the name of the service."""
        self._channels = channels

    async def serves(self, role: str) -> bool:
        """Say whether every service that ``role`` calls answers as serving."""
        needed = _NEEDS.get(role, ())
        return all(await asyncio.gather(*(is_serving(self._channels[name]) for name in needed)))
