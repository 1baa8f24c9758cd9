"""The reviewer: holds the code against assertions; its verdict rests on that first."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from core.budget import review_again
from core.calls import fit_prompt, generate_json
from core.checking import check_code
from core.code_text import (
    defined_names,
    syntax_error,
    usable_assertions,
)
from core.decisions import decided
from core.examples import examples_for
from core.fitting import Part
from core.hops import Hop, HopOutcome, Outgoing
from core.literals import values_beside
from core.messages import MessageType, Role
from core.ports import GenerationSettings
from core.prompts import ASSERTIONS_SCHEMA, OPINION_SCHEMA, opinion_prompt, reviewer_prompt
from core.requested_name import requested_name
from core.requested_signature import requested_parameters, takes
from core.state import ReviewRecord, TaskState, is_unknown, present_meaning

_MAX_OUTPUT = 2_000
_NOT_UNDERSTOOD = (
    "the request is like none that the model knows, so nothing says whether the code is right: "
    "say it in other words, or add an example such as `double(2) -> 4`."
)
_SETTINGS = GenerationSettings(max_tokens=384)


async def review(state: TaskState, hop: Hop) -> HopOutcome:
    """Judge the code, use up a review cycle, and send it back or finish the task."""
    verdict = await _judge(state, hop)
    remaining = hop.remaining_loops - 1
    again = review_again(approved=verdict["approved"], remaining_loops=remaining)
    payload = {**verdict, "remaining_loops": remaining}
    update = TaskState(review=verdict, remaining_loops=remaining)
    if again:
        return HopOutcome(update, Outgoing(Role.CODER, MessageType.REVIEW, payload))
    update["approved"] = verdict["approved"]
    update["result"] = _result(state, verdict)
    update["sources"] = []
    return HopOutcome(update, Outgoing(None, MessageType.RESULT, payload))


async def _judge(state: TaskState, hop: Hop) -> ReviewRecord:
    code = state.get("code", "")
    broken = syntax_error(code)
    names = defined_names(code)
    if broken or not names:
        output = broken or "the code defines no function and no class"
        return ReviewRecord(approved=False, output=output, assertions=[])
    # Another model may know better: a request can be to change the call that it shows.
    if present_meaning(state) and (other := _other_parameters(state["text"], code)):
        return ReviewRecord(approved=False, output=other, assertions=[])
    assertions = await _assertions(state, hop, names)
    if not assertions and is_unknown(state):
        return ReviewRecord(approved=False, output=_not_understood(state), assertions=[])
    checked = await check_code(hop, "check", code, assertions)
    if not checked.passed:
        return ReviewRecord(approved=False, output=_tail(checked.output), assertions=assertions)
    if not assertions:
        output = "nothing to check it with: the code loads, and no assertion could be derived"
        return ReviewRecord(approved=False, output=output, assertions=[])
    return await _second_opinion(state, hop, assertions)


def _other_parameters(text: str, code: str) -> str:
    """Say how the function differs from the call that the request writes; empty: it does not."""
    name, wanted = requested_name(text), requested_parameters(text)
    if takes(code, name, wanted):
        return ""
    return (
        f"the request asks for {name}({', '.join(each.name for each in wanted)}), which it is not"
    )


def _not_understood(state: TaskState) -> str:
    meaning = present_meaning(state)
    nearest = meaning.get("nearest", []) if meaning else []
    known = "".join(f"\n- {request}" for request in nearest)
    return _NOT_UNDERSTOOD + (f" The nearest that it knows:{known}" if known else "")


async def _assertions(state: TaskState, hop: Hop, names: list[str]) -> list[str]:
    """Return assertions: an earlier review's, the request's own, those of what it was taken to
    mean, or the model's, whichever there are first.
    """
    earlier = state.get("review")
    kept = usable_assertions(earlier["assertions"], names) if earlier else []
    if kept:
        return kept
    examples = await asyncio.to_thread(examples_for, state["code"], state["text"])
    if examples:
        return examples
    meaning = present_meaning(state)
    if meaning is not None:
        return usable_assertions(meaning["assertions"], names)
    proposed = await decided(hop, "check", lambda: _proposed(state, hop))
    return usable_assertions(proposed, names)


async def _proposed(state: TaskState, hop: Hop) -> list[str]:
    """Return what the model would check the code with."""
    fitted, settings = await fit_prompt(
        hop, lambda texts: reviewer_prompt(*_two(texts)), _parts(state), _SETTINGS
    )
    proposed = await generate_json(hop, "assertions", fitted.messages, ASSERTIONS_SCHEMA, settings)
    listed = proposed.get("assertions", []) if isinstance(proposed, dict) else []
    return [str(line) for line in listed]


async def _second_opinion(state: TaskState, hop: Hop, assertions: list[str]) -> ReviewRecord:
    """Ask the model about code that passed; a model that can only quote is not asked."""
    passed = ReviewRecord(approved=True, output="", assertions=assertions)
    if (await hop.services.model.describe()).extractive:
        return passed
    fitted, settings = await fit_prompt(
        hop, lambda texts: opinion_prompt(*_two(texts)), _parts(state, least=None), _SETTINGS
    )
    if fitted.left_out:  # whoever sees a part can have no opinion of the whole
        return passed
    opinion = await generate_json(hop, "opinion", fitted.messages, OPINION_SCHEMA, settings)
    if not isinstance(opinion, dict) or opinion.get("approve", True):
        return passed
    output = f"the reviewer objects: {opinion.get('comment', '')}"
    return ReviewRecord(approved=False, output=_tail(output), assertions=assertions)


def _parts(state: TaskState, least: int | None = 80) -> list[Part]:
    return [Part("request", state["text"], least), Part("code", state["code"], least)]


def _two(texts: Sequence[str]) -> tuple[str, str]:
    """Return request and code; empty where they did not fit."""
    request, code = [*texts, "", ""][:2]
    return request, code


def _result(state: TaskState, verdict: ReviewRecord) -> str:
    if verdict["approved"]:
        understood = _understood(state, verdict["assertions"])
        checks = "\n".join(verdict["assertions"])
        return f"The code passed its review. {understood}Checked with:\n{checks}"
    return (
        "No review cycles are left and the code is not approved. "
        f"The last review said:\n{verdict['output']}"
    )


def _understood(state: TaskState, checks: list[str]) -> str:
    meaning = present_meaning(state)
    if meaning is None or not meaning["request"]:
        return ""
    checked = "\n".join([meaning["request"], state["code"], *checks])
    beside = ", ".join(values_beside(state["text"], checked))
    unchecked = f"Nothing checks what the request says of {beside}.\n" if beside else ""
    return f"It was understood as: {meaning['request']}.\n{unchecked}"


def _tail(output: str) -> str:
    return output.strip()[-_MAX_OUTPUT:]
