"""Finds out whether the services that a role needs are there."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import grpc

from agent_service.registry.needs import services_of_role
from core.workflows import BUILT_IN, Workflows
from shared.clients import is_serving


class ServiceProbe:
    """Asks the services for their health."""

    def __init__(
        self, channels: Mapping[str, grpc.aio.Channel], workflows: Workflows = BUILT_IN
    ) -> None:
        """Ask over ``channels``, by the name of the service, for the roles of ``workflows``."""
        self._channels = channels
        self._workflows = workflows

    async def serves(self, role: str) -> bool:
        """Say whether every service that ``role`` calls answers as serving."""
        needed = (self._channels[name] for name in services_of_role(self._workflows, role))
        return all(await asyncio.gather(*(is_serving(channel) for channel in needed)))
