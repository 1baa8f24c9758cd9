"""The coder: writes code, and revises it after a review."""

from __future__ import annotations

from core.checking import CHECK_TOOL
from core.hops import Hop, HopOutcome, Outgoing
from core.messages import MessageType
from core.roles.spec import TEXT, Need, RoleSpec
from core.state import TaskState


async def write_code(state: TaskState, hop: Hop) -> HopOutcome:
    """Write code for the request, or revise what the reviewer sent back."""
    write = hop.skill.revise if state.get("review") else hop.skill.draft
    draft = await write(state, hop)
    update = TaskState(code=draft.code)
    if draft.note != state.get("note", {}):
        update["note"] = dict(draft.note)
    return HopOutcome(
        update,
        Outgoing(MessageType.CODE, {"code": draft.code, "cut_short": draft.cut_short}),
    )


CODER = RoleSpec(
    name="coder",
    act=write_code,
    # It may try what it wrote before it hands it on.
    needs={"llm": Need(("generate",)), "tool": Need((CHECK_TOOL,), sandbox=True)},
    skilled=True,
    channels={"code": TEXT},
    seen=lambda values: {"code": values["code"]},
)
