"""The reviewer: holds the code against assertions; its verdict rests on that first."""

from __future__ import annotations

from core.budget import review_again
from core.checking import CHECK_TOOL, check_code
from core.code_text import defined_names, syntax_error, usable_assertions
from core.examples import examples_for
from core.hops import Hop, HopOutcome, Outgoing
from core.messages import MessageType
from core.reading import read_aside
from core.roles.spec import TEXT, Need, RoleSpec, record
from core.state import ReviewRecord, TaskState

_MAX_OUTPUT = 2_000


async def review(state: TaskState, hop: Hop) -> HopOutcome:
    """Judge the code, use up a review cycle, and send it back or finish the task."""
    verdict = await _judge(state, hop)
    remaining = hop.remaining_loops - 1
    again = review_again(approved=verdict["approved"], remaining_loops=remaining)
    update = TaskState(review=verdict, remaining_loops=remaining)
    if again:
        return HopOutcome(update, Outgoing(MessageType.REVIEW, verdict))
    update["approved"] = verdict["approved"]
    update["result"] = _result(state, hop, verdict)
    update["sources"] = []
    content = {"text": update["result"], "sources": [], "review": verdict}
    return HopOutcome(update, Outgoing(MessageType.RESULT, content))


async def _judge(state: TaskState, hop: Hop) -> ReviewRecord:
    code = state.get("code", "")
    broken = syntax_error(code)
    names = defined_names(code)
    if broken or not names:
        output = broken or "the code defines no function and no class"
        return ReviewRecord(approved=False, output=output, assertions=[])
    assertions = await _assertions(state, hop, names)
    if refusal := hop.skill.refusal(state, assertions):
        return ReviewRecord(approved=False, output=refusal, assertions=[])
    checked = await check_code(hop, "check", code, assertions)
    if not checked.passed:
        return ReviewRecord(approved=False, output=_tail(checked.output), assertions=assertions)
    if not assertions:
        output = "nothing to check it with: the code loads, and no assertion could be derived"
        return ReviewRecord(approved=False, output=output, assertions=[])
    if objection := await hop.skill.objection(state, hop):
        output = _tail(f"the reviewer objects: {objection}")
        return ReviewRecord(approved=False, output=output, assertions=assertions)
    return ReviewRecord(approved=True, output="", assertions=assertions)


async def _assertions(state: TaskState, hop: Hop, names: list[str]) -> list[str]:
    """Return assertions: an earlier review's, the request's own, or the skill's, whichever there
    are first.
    """
    earlier = state.get("review")
    kept = usable_assertions(earlier["assertions"], names) if earlier else []
    if kept:
        return kept
    examples = await read_aside(examples_for, state["code"], state["text"])
    if examples:
        return examples
    return usable_assertions(await hop.skill.assertions(state, hop), names)


def _result(state: TaskState, hop: Hop, verdict: ReviewRecord) -> str:
    if verdict["approved"]:
        understood = hop.skill.understanding(state, verdict["assertions"])
        checks = "\n".join(verdict["assertions"])
        return f"The code passed its review. {understood}Checked with:\n{checks}"
    return (
        "No review cycles are left and the code is not approved. "
        f"The last review said:\n{verdict['output']}"
    )


def _tail(output: str) -> str:
    return output.strip()[-_MAX_OUTPUT:]


REVIEWER = RoleSpec(
    name="reviewer",
    act=review,
    needs={"llm": Need(("generate",)), "tool": Need((CHECK_TOOL,), sandbox=True)},
    skilled=True,
    channels={
        "review": record(
            approved={"type": "boolean"}, output=TEXT, assertions={"type": "array", "items": TEXT}
        )
    },
    seen=lambda values: dict(values["review"]),
)
