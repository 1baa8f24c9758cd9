"""The researcher: retrieves passages of the ingested documents."""

from __future__ import annotations

from core.calls import retrieve
from core.hops import Hop, HopOutcome, Outgoing
from core.messages import MessageType, Role
from core.routing import Route
from core.state import TaskState


async def research(state: TaskState, hop: Hop) -> HopOutcome:
    """Find passages for the request and hand them to the coder or the responder."""
    passages = await retrieve(hop, state["text"], state.get("collection", ""))
    recipient = Role.CODER if state["route"] == Route.CODE else Role.RESPONDER
    found = [f"{p['source']}:{p['start_line']}-{p['end_line']}" for p in passages]
    return HopOutcome(
        TaskState(passages=passages),
        Outgoing(recipient, MessageType.PASSAGES, {"passages": found}),
    )
