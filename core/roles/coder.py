"""The coder: writes code, and revises it after a review."""

from __future__ import annotations

from core.calls import generate
from core.code_text import extract_code
from core.hops import Hop, HopOutcome, Outgoing
from core.messages import MessageType, Role
from core.ports import GenerationSettings
from core.prompts import coder_prompt
from core.state import TaskState

# A revision must not repeat the code that failed: greedy sampling would, so it samples.
_REVISION_TEMPERATURE = 0.7


async def write_code(state: TaskState, hop: Hop) -> HopOutcome:
    """Write code for the request, or revise what the reviewer sent back."""
    review = state.get("review")
    messages = coder_prompt(
        state["text"],
        state.get("passages", []),
        state.get("code", "") if review else "",
        review["output"] if review else "",
    )
    settings = GenerationSettings(
        max_tokens=hop.services.config.max_code_tokens,
        temperature=_REVISION_TEMPERATURE if review else 0.0,
        seed=hop.index,
    )
    generation = await generate(hop, "generate", messages, settings)
    code = extract_code(generation.text)
    return HopOutcome(
        TaskState(code=code),
        Outgoing(
            Role.REVIEWER,
            MessageType.CODE,
            {"code": code, "cut_short": generation.finish_reason == "length"},
        ),
    )
