"""Asks services for their health."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from shared.clients import is_serving, open_channel
from shared.settings import CommonSettings


async def healthy(service: str, settings: CommonSettings) -> bool:
    """Say whether a service answers its health check with SERVING."""
    async with open_channel(settings.address_of(service), settings) as channel:
        return await is_serving(channel)


async def health_of(services: Iterable[str], settings: CommonSettings) -> dict[str, bool]:
    """Return the health of several services, asked at once."""
    names = list(services)
    answers = await asyncio.gather(*(healthy(name, settings) for name in names))
    return dict(zip(names, answers, strict=True))
