"""The responder: writes the result for the client."""

from __future__ import annotations

from core.hops import Hop, HopOutcome, Outgoing
from core.json_text import write_json
from core.messages import MessageType
from core.ports import CitedAnswer
from core.roles.spec import Need, RoleSpec
from core.state import TaskState

_MAX_REPORTED_OUTPUT = 4_000


async def respond(state: TaskState, hop: Hop) -> HopOutcome:
    """Report what a tool returned, answer from passages, or answer freely without either."""
    if "tool_result" in state:
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
    output = str(outcome["output"])[:_MAX_REPORTED_OUTPUT]
    if not outcome["tool"]:
        return f"Nothing was done: {output}."
    call = f"{outcome['tool']}({write_json(outcome['arguments'], ensure_ascii=False)})"
    if not outcome["ok"]:
        return f"{call} failed: {output}"
    return await hop.skill.report(state, call, output, hop)


RESPONDER = RoleSpec(
    name="responder", act=respond, needs={"llm": Need(("generate",))}, skilled=True
)
