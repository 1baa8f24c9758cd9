"""Code by an instruct model: one draft; where the request's examples fail it, several more.

Examples in the request decide, and the first draft that they do not fail is taken. Drafts of one
prompt are generated at once: the engine reads what they share once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from agent_service.skills.asking import two
from agent_service.skills.instruct.given_code import with_given_code
from agent_service.skills.instruct.prompts import draft_prompt, revision_prompt
from agent_service.skills.instruct.shown import passages_for_code
from core.calls import fit_prompt, generate
from core.checking import check_code
from core.code_text import defined_names, extract_code
from core.conversation import exchange_parts, newest_exchanges
from core.decisions import decided
from core.examples import examples_for
from core.fitting import Build, Part
from core.hops import Hop
from core.passages import passage_parts, shown_passages
from core.ports import ChatMessage, Draft, GenerationSettings
from core.reading import read_aside
from core.state import TaskState

_MORE_DRAFTS = 6
_MORE_TEMPERATURE = 0.8
_REVISIONS = 3
_REVISION_TEMPERATURE = 0.7


async def draft_code(state: TaskState, hop: Hop) -> Draft:
    """Write code for the request as it stands: greedily, then otherwise if examples refuse it."""
    passages, exchanges = passages_for_code(state), exchange_parts(state)

    def build(texts: Sequence[str]) -> list[ChatMessage]:
        earlier = newest_exchanges(state, len(texts))
        shown = shown_passages(passages, texts[len(exchanges) :])
        return draft_prompt(state["text"], shown, earlier)

    parts = [*exchanges, *passage_parts(passages)]
    [first] = await _write(state, hop, "draft", build, parts, [0.0])
    if await _holds(state, hop, "draft-0", first):
        return first
    more = await _write(state, hop, "more", build, parts, [_MORE_TEMPERATURE] * _MORE_DRAFTS)
    return await _first_that_holds(state, hop, "more", more) or first


async def revise_code(state: TaskState, hop: Hop) -> Draft:
    """Show the model its code and all that the failed run said, and take what examples let pass."""
    passages, exchanges = passages_for_code(state), exchange_parts(state)

    def build(texts: Sequence[str]) -> list[ChatMessage]:
        code, failure = two(texts)
        earlier = newest_exchanges(state, len(texts[2:]))
        shown = shown_passages(passages, texts[2 + len(exchanges) :])
        return revision_prompt(state["text"], shown, code, failure, earlier)

    parts = [
        Part("code", state.get("code", ""), least=None),
        Part("failure", state["review"]["output"], least=1, keeps_end=True),
        *exchanges,
        *passage_parts(passages),
    ]
    written = await _write(
        state, hop, "revision", build, parts, [_REVISION_TEMPERATURE] * _REVISIONS
    )
    return await _first_that_holds(state, hop, "revision", written) or written[0]


async def _write(
    state: TaskState,
    hop: Hop,
    position: str,
    build: Build,
    parts: Sequence[Part],
    temperatures: Sequence[float],
) -> list[Draft]:
    """Return a draft a temperature, or those of an attempt that was cut: checks hang on them."""

    async def write_all() -> list[dict[str, Any]]:
        fitted, settings = await fit_prompt(
            hop, build, parts, GenerationSettings(max_tokens=hop.services.config.max_code_tokens)
        )

        async def write(number: int, temperature: float) -> dict[str, Any]:
            # A seed of its own for each hop and draft: none repeats another one.
            own = replace(settings, temperature=temperature, seed=100 * hop.index + number)
            generation = await generate(hop, f"{position}-{number}", fitted.messages, own)
            code = extract_code(generation.text)
            code = await read_aside(with_given_code, state["text"], code)
            return {"code": code, "cut_short": generation.finish_reason == "length"}

        return list(await asyncio.gather(*map(write, range(len(temperatures)), temperatures)))

    kept = await decided(hop, position, write_all)
    return [Draft(each["code"], each["cut_short"]) for each in kept]


async def _first_that_holds(
    state: TaskState, hop: Hop, position: str, drafts: Sequence[Draft]
) -> Draft | None:
    checked = await asyncio.gather(
        *(_holds(state, hop, f"{position}-{n}", draft) for n, draft in enumerate(drafts))
    )
    return next((draft for draft, holds in zip(drafts, checked, strict=True) if holds), None)


async def _holds(state: TaskState, hop: Hop, position: str, draft: Draft) -> bool:
    """Say whether a draft defines something, and the examples of the request let it pass."""
    if not defined_names(draft.code):
        return False
    examples = await read_aside(examples_for, draft.code, state["text"])
    if not examples:
        return True
    return (await check_code(hop, f"{position}-check", draft.code, examples)).passed
