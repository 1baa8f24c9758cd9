"""Understanding a request for code with the help of requests that the model is known to know.

The nearest known request is asked instead, if it is near enough; what the model writes must fulfil
its assertions. Of those that are only plausible, the one counts whose assertions the model's answer
to the request as it stands fulfils: two ways to understand it then agree. Examples in the request
decide over both.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from core.calls import fit_prompt, generate
from core.checking import check_code
from core.code_text import defined_names, extract_code
from core.decisions import decided
from core.examples import examples_for, examples_in
from core.hops import Hop
from core.parameter_names import with_parameters
from core.passages import passage_parts, shown_passages
from core.ports import GenerationSettings, Rewording
from core.prompts import coder_prompt
from core.requested_name import requested_name, under_name
from core.requested_signature import contradicts, requested_parameters, takes
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
    names = [requested_name(text), *(each.name for each in known)]
    # On a thread: a request as long as one may be takes seconds to read for examples.
    by_example = bool(await asyncio.to_thread(examples_in, text, names))
    for position, rewording in enumerate(_candidates(known, hop, by_example=by_example)):
        write = partial(_write_known, hop, position, rewording, state, settings)
        draft = await _settled(hop, f"try-{position}", write) if by_example else await write()
        if not _is_called_as_asked(text, draft.code, rewording):
            continue
        # Without examples there is nothing to choose by: the reviewer runs the code anyway.
        if not await asyncio.to_thread(examples_for, draft.code, text):
            enough = rewording in _candidates(known, hop, by_example=False)
        else:
            enough = await _fulfils(hop, f"try-{position}", draft.code, text, rewording)
        if enough:
            return replace(draft, meaning=_meaning(text, rewording, draft.code))
    write_first = partial(_write, hop, "generate", text, passages, settings)
    if not known:
        return await write_first()
    first = await _settled(hop, "first", write_first)
    first = replace(first, code=as_called(text, first.code))
    for position, rewording in enumerate(_plausible(known, hop)):
        called = _is_called_as_asked(text, first.code, rewording)
        if called and await _fulfils(hop, f"agree-{position}", first.code, text, rewording):
            return replace(first, meaning=_meaning(text, rewording, first.code))
    nearest = [each.text for each in known[:_SUGGESTED]]
    return replace(
        first, meaning=MeaningRecord(asked=text, request="", assertions=[], nearest=nearest)
    )


async def _settled(hop: Hop, position: str, write: Callable[[], Awaitable[Draft]]) -> Draft:
    """Return what ``write`` wrote, or an attempt that was cut: its checks may have been made."""

    async def choose() -> dict[str, Any]:
        draft = await write()
        return {"code": draft.code, "cut_short": draft.cut_short}

    kept = await decided(hop, position, choose)
    return Draft(kept["code"], kept["cut_short"], None)


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
    code = under_name(draft.code, rewording.name, wanted)
    return replace(draft, code=as_called(state["text"], code))


def as_called(text: str, code: str) -> str:
    """Return ``code`` that is called as ``text`` asks, by name and parameters, where it can be."""
    names, wanted = defined_names(code), requested_name(text)
    if names and wanted not in names:
        code = under_name(code, names[-1], wanted)
    return with_parameters(code, wanted, requested_parameters(text))


def _is_called_as_asked(text: str, code: str, rewording: Rewording) -> bool:
    """Say whether code for a known request takes what the call in ``text`` gives it."""
    name, wanted = requested_name(text), requested_parameters(text)
    return takes(code, name, wanted) and not any(
        contradicts(line, rewording.name, wanted) for line in rewording.assertions
    )


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
    """Hold the code against a known request's assertions, and the asked one's examples."""
    if not rewording.assertions or not defined_names(code):
        return False
    examples = await asyncio.to_thread(examples_for, code, text)
    checks = [*_assertions(rewording, code), *examples]
    return (await check_code(hop, position, code, checks)).passed


def _meaning(text: str, rewording: Rewording, code: str) -> MeaningRecord:
    checks = _assertions(rewording, code)
    return MeaningRecord(asked=text, request=rewording.text, assertions=checks, nearest=[])


def _assertions(rewording: Rewording, code: str) -> list[str]:
    """Return a known request's assertions, about the name that the code defines."""
    names = defined_names(code)
    own = rewording.name if rewording.name in names else (names or [rewording.name])[-1]
    called = re.compile(rf"\b{re.escape(rewording.name)}\(")
    return [called.sub(f"{own}(", line) for line in rewording.assertions]
