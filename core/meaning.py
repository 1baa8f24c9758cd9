"""Understanding a request for code with the help of requests that the model is known to know.

The nearest known request is asked instead, if it is near enough; what the model writes must fulfil
its assertions. Of those that are only plausible, the one counts whose assertions the model's answer
to the request as it stands fulfils: two ways to understand it then agree. Examples in the request
decide over both.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.calls import call_tool, fit_prompt, generate
from core.code_text import (
    defined_names,
    examples_in,
    extract_code,
    review_program,
    usable_assertions,
)
from core.hops import Hop
from core.passages import passage_parts, shown_passages
from core.ports import GenerationSettings, Rewording
from core.prompts import coder_prompt
from core.requested_name import requested_name, under_name
from core.state import MeaningRecord, PassageRecord, TaskState

_NEAREST = 5
_SUGGESTED = 2


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
    """Write code for the request as it was understood, or as it stands."""
    text, passages = state["text"], state.get("passages", [])
    known = await hop.services.model.reword(text, _NEAREST, hop.call("reword"))
    by_example = bool(examples_in(text, [requested_name(text), *(each.name for each in known)]))
    for position, rewording in enumerate(_candidates(known, hop, by_example=by_example)):
        draft = await _write_known(hop, position, rewording, state, settings)
        # Without examples there is nothing to choose by: the reviewer runs the code anyway.
        if not by_example or await _fulfils(hop, f"try-{position}", draft.code, text, rewording):
            return replace(draft, meaning=_meaning(text, rewording, draft.code))
    first = await _write(hop, "generate", text, passages, settings)
    if not known:
        return first
    for position, rewording in enumerate(_plausible(known, hop)):
        if await _fulfils(hop, f"agree-{position}", first.code, text, rewording):
            return replace(first, meaning=_meaning(text, rewording, first.code))
    nearest = [each.text for each in known[:_SUGGESTED]]
    return replace(
        first, meaning=MeaningRecord(asked=text, request="", assertions=[], nearest=nearest)
    )


def _candidates(known: Sequence[Rewording], hop: Hop, *, by_example: bool) -> Sequence[Rewording]:
    """Return what to try: all where examples decide, else the nearest if it is near enough."""
    if by_example:
        return known
    return [each for each in known[:1] if each.score >= hop.services.config.near_rewording_score]


def _plausible(known: Sequence[Rewording], hop: Hop) -> Sequence[Rewording]:
    """Return what the request may mean if the model's own answer to it does the same."""
    least = hop.services.config.plausible_rewording_score
    return [each for each in known if each.score >= least]


async def _write_known(
    hop: Hop, position: int, rewording: Rewording, state: TaskState, settings: GenerationSettings
) -> Draft:
    """Ask for a known request; what it defines gets the name that the person wants."""
    passages = state.get("passages", [])
    draft = await _write(hop, f"generate-{position}", rewording.text, passages, settings)
    wanted = requested_name(state["text"])
    return replace(draft, code=under_name(draft.code, rewording.name, wanted))


async def _write(
    hop: Hop,
    position: str,
    text: str,
    passages: Sequence[PassageRecord],
    settings: GenerationSettings,
) -> Draft:
    fitted, settings = await fit_prompt(
        hop,
        lambda texts: coder_prompt(text, shown_passages(passages, texts), "", ""),
        passage_parts(passages),
        settings,
    )
    generation = await generate(hop, position, fitted.messages, settings)
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
    return MeaningRecord(asked=text, request=rewording.text, assertions=checks, nearest=[])


def _assertions(rewording: Rewording, code: str) -> list[str]:
    """Return a known request's assertions, about the name that the code defines."""
    names = defined_names(code)
    own = rewording.name if rewording.name in names else (names or [rewording.name])[-1]
    called = re.compile(rf"\b{re.escape(rewording.name)}\(")
    return [called.sub(f"{own}(", line) for line in rewording.assertions]
