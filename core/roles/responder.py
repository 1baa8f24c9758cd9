"""The responder: writes the result for the client."""

from __future__ import annotations

from collections.abc import Sequence

from core.calls import fit_prompt, generate
from core.fitting import Build, Fitted, Part
from core.grounding import Quote, better_quote, cited_passages, find_quote, is_answer
from core.hops import Hop, HopOutcome, Outgoing
from core.json_text import write_json
from core.language import is_english
from core.messages import MessageType
from core.named_things import passages_about
from core.passages import passage_parts, shown_passages
from core.ports import ChatMessage, GenerationSettings
from core.prompts import NO_ANSWER, answer_prompt, direct_prompt, report_prompt
from core.routing import Route
from core.small_talk import OTHER_LANGUAGE, direct_answer
from core.state import PassageRecord, SourceRecord, TaskState

_MAX_REPORTED_OUTPUT = 4_000


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
    written, _ = await _generate(hop, lambda _: direct_prompt(state["text"]), [])
    return direct_answer(state["text"], written) if extractive else written


async def _answer(state: TaskState, hop: Hop) -> tuple[str, list[SourceRecord]]:
    passages = state.get("passages", [])
    if not passages:
        return "The ingested documents hold nothing about this.", []
    extractive = (await hop.services.model.describe()).extractive
    if extractive:
        passages = passages_about(state["text"], passages)
        if not passages:
            return NO_ANSWER, []
    answer, fitted = await _generate(
        hop,
        lambda texts: answer_prompt(state["text"], shown_passages(passages, texts)),
        passage_parts(passages),
    )
    if extractive:
        return _quoted(state["text"], answer, passages)
    shown = shown_passages(passages, fitted.texts)
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
    call = f"{outcome['tool']}({write_json(outcome['arguments'], ensure_ascii=False)})"
    if not outcome["ok"]:
        return f"{call} failed: {output}"
    if (await hop.services.model.describe()).extractive:
        return f"{call} returned:\n{output}"

    def build(texts: Sequence[str]) -> list[ChatMessage]:
        request, shown = [*texts, "", ""][:2]
        return report_prompt(request, str(outcome["tool"]), shown)

    parts = [Part("request", state["text"]), Part("output", output)]
    report, _ = await _generate(hop, build, parts)
    return report


async def _generate(hop: Hop, build: Build, parts: Sequence[Part]) -> tuple[str, Fitted]:
    """Let the model answer a prompt with as much of its parts as fits; return what was shown."""
    settings = GenerationSettings(max_tokens=hop.services.config.max_answer_tokens)
    fitted, settings = await fit_prompt(hop, build, parts, settings)
    generation = await generate(hop, "generate", fitted.messages, settings)
    return generation.text.strip(), fitted


def _source(passage: PassageRecord) -> SourceRecord:
    return SourceRecord(
        source=passage["source"],
        start_line=passage["start_line"],
        end_line=passage["end_line"],
    )
