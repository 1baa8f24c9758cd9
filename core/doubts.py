"""Calls of tools that a crash cut, where nobody can tell whether their effect happened."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from core.asking import ask
from core.errors import OutcomeUnknown
from core.hops import Hop
from core.ports import EffectAnswer, ToolResult


async def settle_doubts(
    hop: Hop, position: str, doubt: OutcomeUnknown, call: Callable[[], Awaitable[ToolResult]]
) -> ToolResult:
    """Return what ``call`` returns once a person has said whether its effect happened.

    A call that is made again may be cut again. What was said of the first cut says nothing of that
    one, so that each doubt is a question of its own: an answer that was used is marked as such,
    durably, before the call is made.

    Raises: InputRequired (nobody said so yet), and what ``call`` raises.
    """
    journal, call_id = hop.services.journal, hop.call(position).call_id
    asked, number = position, 1
    while True:
        used = hop.call(f"{asked}.used").call_id
        if await journal.decision(hop.task_id, used) is None:
            answer = await ask(hop, asked, EffectAnswer, f"{doubt} Did its effect happen?")
            await hop.services.tools.resolve(call_id, answer)
            await journal.decide(hop.task_id, used, True)
            try:
                return await call()
            except OutcomeUnknown as again:
                doubt = again
        number += 1
        asked = f"{position}.doubt-{number}"
