"""The responder: writes the result for the client."""

from __future__ import annotations

import json

from core.calls import generate
from core.grounding import Quote, better_quote, cited_passages, find_quote, fitting, is_answer
from core.hops import Hop, HopOutcome, Outgoing
from core.language import is_english
from core.messages import MessageType
from core.named_things import passages_about
from core.ports import ChatMessage, GenerationSettings
from core.prompts import NO_ANSWER, answer_prompt, direct_prompt, report_prompt
from core.routing import Route
from core.small_talk import OTHER_LANGUAGE, direct_answer
from core.state import PassageRecord, SourceRecord, TaskState

_MAX_REPORTED_OUTPUT = 4_000
_INSTRUCTION_TOKENS = 256
_CHARACTERS_PER_TOKEN = 2  # few, so that a prompt with tables and code in it fits for sure


async def respond(state: TaskState, hop: Hop) -> HopOutcome:
    """Write the result in the way of the route."""
    if state["route"] == Route.ANSWER:
        result, sources = await _answer(state, hop)
    elif state["route"] == Route.TOOL:
        result, sources = await _report(state, hop), []
    else:
        result, sources = await _talk(state, hop), []
    return HopOutcome(
        TaskState(result=result, sources=sources),
        Outgoing(None, MessageType.RESULT, {"result": result, "sources": sources}),
    )


async def _talk(state: TaskState, hop: Hop) -> str:
    extractive = (await hop.services.model.describe()).extractive
    if extractive and not is_english(state["text"]):
        return OTHER_LANGUAGE
    written = await _generate(hop, direct_prompt(state["text"]))
    return direct_answer(state["text"], written) if extractive else written


async def _answer(state: TaskState, hop: Hop) -> tuple[str, list[SourceRecord]]:
    passages = state.get("passages", [])
    if not passages:
        return "The ingested documents hold nothing about this.", []
    model = await hop.services.model.describe()
    if model.extractive:
        passages = passages_about(state["text"], passages)
        if not passages:
            return NO_ANSWER, []
    room = model.context_tokens - hop.services.config.max_answer_tokens - _INSTRUCTION_TOKENS
    shown = fitting(passages, room * _CHARACTERS_PER_TOKEN)
    answer = await _generate(hop, answer_prompt(state["text"], shown))
    if model.extractive:
        return _quoted(state["text"], answer, passages)
    cited = cited_passages(answer, len(shown))
    if not cited and NO_ANSWER not in answer:
        cited = list(range(len(shown)))
    return answer, [_source(shown[index]) for index in cited]


def _quoted(
    question: str, answer: str, passages: list[PassageRecord]
) -> tuple[str, list[SourceRecord]]:
    """Keep what the model wrote only if it stands in a passage and fits, else quote another."""
    quote = better_quote(question, find_quote(answer, passages), passages)
    if quote is None or not is_answer(question, quote, passages):
        return NO_ANSWER, []
    return _cite(quote, passages), [_source(passages[quote.passage])]


def _cite(quote: Quote, passages: list[PassageRecord]) -> str:
    passage = passages[quote.passage]
    return f"“{quote.text}” ({passage['source']}:{passage['start_line']}-{passage['end_line']})"


async def _report(state: TaskState, hop: Hop) -> str:
    outcome = state["tool_result"]
    output = str(outcome["output"])[:_MAX_REPORTED_OUTPUT]
    if not outcome["tool"]:
        return f"Nothing was done: {output}."
    call = f"{outcome['tool']}({json.dumps(outcome['arguments'], ensure_ascii=False)})"
    if not outcome["ok"]:
        return f"{call} failed: {output}"
    if (await hop.services.model.describe()).extractive:
        return f"{call} returned:\n{output}"
    return await _generate(hop, report_prompt(state["text"], str(outcome["tool"]), output))


async def _generate(hop: Hop, messages: list[ChatMessage]) -> str:
    settings = GenerationSettings(max_tokens=hop.services.config.max_answer_tokens)
    generation = await generate(hop, "generate", messages, settings)
    return generation.text.strip()


def _source(passage: PassageRecord) -> SourceRecord:
    return SourceRecord(
        source=passage["source"],
        start_line=passage["start_line"],
        end_line=passage["end_line"],
    )
