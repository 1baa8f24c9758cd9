"""The responder: writes the result for the client."""

from __future__ import annotations

from core.hops import Hop, HopOutcome, Outgoing
from core.messages import MessageType
from core.ports import CitedAnswer
from core.roles.spec import Need, RoleSpec
from core.state import TaskState
from core.tool_steps import call_text, outcome_text


async def respond(state: TaskState, hop: Hop) -> HopOutcome:
    """Report what a tool returned, answer from passages, or answer freely without either."""
    if state.get("tool_answer"):
        answer = CitedAnswer(state["tool_answer"])
    elif "tool_result" in state:
        answer = CitedAnswer(await _report(state, hop))
    elif "passages" in state:
        answer = await _answer(state, hop)
    else:
        answer = CitedAnswer(await hop.skill.talk(state, hop))
    return HopOutcome(
        TaskState(result=answer.text, sources=answer.sources),
        Outgoing(MessageType.RESULT, {"text": answer.text, "sources": answer.sources}),
    )


async def _answer(state: TaskState, hop: Hop) -> CitedAnswer:
    if not state.get("passages"):
        return CitedAnswer("The ingested documents hold nothing about this.")
    return await hop.skill.answer(state, hop)


async def _report(state: TaskState, hop: Hop) -> str:
    outcome = state["tool_result"]
    output = outcome_text(outcome)
    if not outcome["tool"]:
        return f"Nothing was done: {output}."
    call = call_text(outcome)
    if not outcome["ok"]:
        return f"{call} {output}"
    return await hop.skill.report(state, call, output, hop)


RESPONDER = RoleSpec(
    name="responder", act=respond, needs={"llm": Need(("generate",))}, skilled=True
)
