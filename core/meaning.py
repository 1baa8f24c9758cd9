"""Understanding a request for code with the help of requests that the model is known to know.

What the model writes at once counts as understood when it fulfils the assertions of one of the
nearest known requests: two ways to understand then agree. Else the nearest known request, if it
is near enough, is asked instead. Examples in the request itself decide over both.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.calls import call_tool, generate
from core.code_text import (
    defined_names,
    examples_in,
    extract_code,
    review_program,
    usable_assertions,
)
from core.hops import Hop
from core.ports import GenerationSettings, Rewording
from core.prompts import coder_prompt
from core.state import MeaningRecord, PassageRecord, TaskState

_NEAREST = 5


@dataclass(frozen=True, slots=True)
class Draft:
    """Code, whether it was cut short, and what the request was taken to mean.

    ``meaning`` is None when the model knows no requests; its ``request`` is empty when none that
    it knows is near enough.
    """

    code: str
    cut_short: bool
    meaning: MeaningRecord | None


async def draft_code(state: TaskState, hop: Hop, settings: GenerationSettings) -> Draft:
    """Write code for the request as it stands, or as it was understood."""
    text, passages = state["text"], state.get("passages", [])
    first = await _write(hop, "generate", text, passages, settings)
    known = await hop.services.model.reword(text, _NEAREST, hop.call("reword"))
    if not known:
        return first
    for position, rewording in enumerate(known):
        if await _fulfils(hop, f"agree-{position}", first.code, text, rewording):
            return Draft(first.code, first.cut_short, _meaning(text, rewording, first.code))
    return await _draft_as_reworded(state, hop, settings, first, known)


async def _draft_as_reworded(
    state: TaskState,
    hop: Hop,
    settings: GenerationSettings,
    first: Draft,
    known: Sequence[Rewording],
) -> Draft:
    """Ask the nearest known requests; without examples to decide by, the nearest one alone."""
    text, passages = state["text"], state.get("passages", [])
    examples = bool(examples_in(text, [*defined_names(first.code), *(k.name for k in known)]))
    near = [each for each in known if each.score >= hop.services.config.minimum_rewording_score]
    for position, rewording in enumerate(known if examples else near[:1]):
        draft = await _write(hop, f"generate-{position}", rewording.text, passages, settings)
        if await _fulfils(hop, f"try-{position}", draft.code, text, rewording):
            return Draft(draft.code, draft.cut_short, _meaning(text, rewording, draft.code))
    unknown = MeaningRecord(asked=text, request="", assertions=[])
    return Draft(first.code, first.cut_short, unknown)


async def _write(
    hop: Hop,
    position: str,
    text: str,
    passages: Sequence[PassageRecord],
    settings: GenerationSettings,
) -> Draft:
    generation = await generate(hop, position, coder_prompt(text, passages, "", ""), settings)
    return Draft(extract_code(generation.text), generation.finish_reason == "length", None)


async def _fulfils(hop: Hop, position: str, code: str, text: str, rewording: Rewording) -> bool:
    """Run the code against the assertions of a known request, and the examples of the asked one."""
    names = defined_names(code)
    if not rewording.assertions:
        return False
    checks = [*_assertions(rewording, code), *usable_assertions(examples_in(text, names), names)]
    if not names:
        return False
    program = review_program(code, checks)
    return (await call_tool(hop, position, "run_python", {"code": program})).ok


def _meaning(text: str, rewording: Rewording, code: str) -> MeaningRecord:
    checks = _assertions(rewording, code)
    return MeaningRecord(asked=text, request=rewording.text, assertions=checks)


def _assertions(rewording: Rewording, code: str) -> list[str]:
    """Return a known request's assertions, about the name that the code defines."""
    names = defined_names(code)
    own = rewording.name if rewording.name in names else (names or [rewording.name])[-1]
    called = re.compile(rf"\b{re.escape(rewording.name)}\(")
    return [called.sub(f"{own}(", line, count=1) for line in rewording.assertions]
