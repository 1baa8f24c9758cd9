"""Remote calls of the roles, each in a span of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from core import tracing
from core.doubts import settle_doubts
from core.errors import InvalidInput, OutcomeUnknown
from core.fitting import Build, Fitted, Part, fit
from core.generation_span import note_end, note_request
from core.hops import Hop
from core.json_text import read_json, write_json
from core.ports import (
    CallContext,
    ChatMessage,
    Generation,
    GenerationSettings,
    ToolResult,
)
from core.state import PassageRecord


async def generate(
    hop: Hop, position: str, messages: Sequence[ChatMessage], settings: GenerationSettings
) -> Generation:
    """Let the language model generate. ``position`` names the call within the hop."""
    context = hop.call(position)
    with tracing.span("agent.llm_call", _attributes(context)):
        note_request(settings)
        generation = await hop.services.model.generate(messages, settings, context)
        note_end(generation, generation.model)
        return generation


async def generate_json(
    hop: Hop,
    position: str,
    messages: Sequence[ChatMessage],
    schema: Mapping[str, Any],
    settings: GenerationSettings,
) -> Any:
    """Let the language model generate JSON that fits ``schema``; None when it was cut short.

    What is cut may be JSON still, such as a number without its last digits.
    """
    constrained = replace(settings, json_schema=write_json(schema))
    generation = await generate(hop, position, messages, constrained)
    if generation.finish_reason == "length":
        return None
    try:
        return read_json(generation.text)
    except ValueError:
        return None


async def fit_prompt(
    hop: Hop, build: Build, parts: Sequence[Part], settings: GenerationSettings
) -> tuple[Fitted, GenerationSettings]:
    """Return the prompt with the most of ``parts`` that fits, and the settings that fit it.

    What is left out is noted on the hop. Raises: PromptTooLong when it does not fit without any.
    """
    fitted = await fit(hop.services.model, build, parts, settings.max_tokens)
    hop.left_out.extend(fitted.left_out)
    return fitted, replace(settings, max_tokens=fitted.max_tokens)


async def call_tool(hop: Hop, position: str, name: str, arguments: Mapping[str, Any]) -> ToolResult:
    """Call a tool; arguments that do not fit its schema come back as a failed result.

    Where nobody can tell whether a call that was cut had its effect, a person is asked.
    """
    context = hop.call(position)
    with tracing.span("agent.tool_call", {**_attributes(context), "gen_ai.tool.name": name}):
        call = partial(hop.services.tools.call, name, arguments, context)
        try:
            return await call()
        except InvalidInput as error:
            return ToolResult(ok=False, output=str(error))
        except OutcomeUnknown as error:
            return await settle_doubts(hop, position, error, call)


async def retrieve(hop: Hop, text: str, collection: str) -> list[PassageRecord]:
    """Return the passages of a collection near ``text`` that are good enough, best first."""
    context = hop.call("retrieve")
    config = hop.services.config
    with tracing.span("agent.retrieve", _attributes(context)):
        knowledge, limit = hop.services.knowledge, config.retrieved_passages
        found = await knowledge.query(text, limit, context, collection)
    return [
        PassageRecord(
            source=passage.source,
            start_line=passage.start_line,
            end_line=passage.end_line,
            text=passage.text,
            score=passage.score,
            headings=passage.headings,
        )
        for passage in found
        if passage.score >= config.minimum_passage_score
    ]


def _attributes(context: CallContext) -> dict[str, tracing.AttributeValue]:
    return {
        tracing.TASK_ID: context.task_id,
        tracing.CORRELATION_ID: context.correlation_id,
        tracing.HOP_INDEX: context.hop_index,
        "mesh.call_id": context.call_id,
    }
