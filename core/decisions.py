"""What a hop chose before it acted: durable before the effect, and the same after a crash."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from core.hops import Hop


async def decided(hop: Hop, position: str, choose: Callable[[], Awaitable[Any]]) -> Any:
    """Return what the hop decided at ``position``: chosen now, or by an attempt that was cut.

    ``choose`` returns a JSON value; a model may well choose another one the second time. What
    follows under the call ids of this hop must depend on what this returns alone: then an effect
    that an earlier attempt began is found again, with the same arguments. Durable on return.
    """
    call_id = hop.call(position).call_id
    journal = hop.services.journal
    if hop.attempt > 1:  # the first attempt finds nothing
        known = await journal.decision(hop.task_id, call_id)
        if known is not None:
            return known.value
    return await journal.decide(hop.task_id, call_id, await choose())
