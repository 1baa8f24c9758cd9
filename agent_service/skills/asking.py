"""How every skill asks the model: with as much of the material as the context holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agent_service.skills.prompts import (
    ASSERTIONS_SCHEMA,
    operator_prompt,
    reviewer_prompt,
    tool_line,
)
from core.calls import fit_prompt, generate, generate_json
from core.decisions import decided
from core.fitting import Build, Fitted, Part
from core.hops import Hop
from core.ports import GenerationSettings, ToolDescription
from core.state import TaskState

REVIEW_SETTINGS = GenerationSettings(max_tokens=384)
"""For what a reviewer asks: assertions, an opinion."""

NO_CALL = "the model made no tool call that fits the request"
"""Why nothing is done where the model's choice is none."""


async def propose_assertions(state: TaskState, hop: Hop) -> list[str]:
    """Return what the model would check the code with; the same after a crash."""

    async def propose() -> list[str]:
        fitted, settings = await fit_prompt(
            hop, lambda texts: reviewer_prompt(*two(texts)), reviewed(state), REVIEW_SETTINGS
        )
        proposed = await generate_json(
            hop, "assertions", fitted.messages, ASSERTIONS_SCHEMA, settings
        )
        listed = proposed.get("assertions", []) if isinstance(proposed, dict) else []
        return [str(line) for line in listed]

    # The check may have been made already when a model proposes others the second time.
    proposed: list[str] = await decided(hop, "check", propose)
    return proposed


def reviewed(state: TaskState, least: int | None = 80) -> list[Part]:
    """Return what a review is about as parts of a prompt; ``least`` as in `Part`."""
    return [Part("request", state["text"], least), Part("code", state["code"], least)]


def two(texts: Sequence[str]) -> tuple[str, str]:
    """Return the first two texts; empty where they did not fit."""
    first, second = [*texts, "", ""][:2]
    return first, second


async def choose_among(
    text: str, tools: Sequence[ToolDescription], schema: dict[str, Any], hop: Hop
) -> Any:
    """Let the model choose JSON of a schema that does what ``text`` asks; None: it was cut."""
    settings = GenerationSettings(max_tokens=hop.services.config.max_code_tokens)
    parts = [Part("tool", tool_line(tool)) for tool in tools]
    fitted, settings = await fit_prompt(
        hop, lambda lines: operator_prompt(text, lines), parts, settings
    )
    return await generate_json(hop, "choose", fitted.messages, schema, settings)


async def speak(hop: Hop, build: Build, parts: Sequence[Part]) -> tuple[str, Fitted]:
    """Let the model answer a prompt with as much of its parts as fits; return what was shown."""
    settings = GenerationSettings(max_tokens=hop.services.config.max_answer_tokens)
    fitted, settings = await fit_prompt(hop, build, parts, settings)
    generation = await generate(hop, "generate", fitted.messages, settings)
    return generation.text.strip(), fitted
