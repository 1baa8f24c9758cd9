"""Understanding a request for code with the help of requests that the model is known to know.

The nearest known request is asked instead, if it is near enough; what the model writes must fulfil
its assertions. Of those that are only plausible, the one counts whose assertions the model's answer
to the request as it stands fulfils: two ways to understand it then agree. Examples in the request
decide over both.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

from agent_service.skills.bundled.meaning import Meaning, noted, present_meaning
from agent_service.skills.bundled.parameter_names import with_parameters
from agent_service.skills.bundled.requested_signature import (
    contradicts,
    requested_parameters,
    takes,
)
from agent_service.skills.bundled.writing import revise_code, write_code
from core.checking import check_code
from core.code_text import defined_names, error_line
from core.decisions import decided
from core.examples import examples_for, examples_in
from core.hops import Hop
from core.ports import CallContext, Draft, GenerationSettings
from core.reading import read_aside
from core.requested_name import requested_name, under_name
from core.state import TaskState
from shared.bundled_model import Rewording

_NEAREST = 5
_SUGGESTED = 2
# A known request with this probability is taken for what was meant; one with the lesser, if what
# the model writes at once agrees with it.
_NEAR = 0.50
_PLAUSIBLE = 0.05


class Finder(Protocol):
    """Finds requests that the bundled model understands: the port of this skill alone."""

    async def reword(self, text: str, limit: int, context: CallContext) -> list[Rewording]:
        """Say a request for code in words that the model knows, at most ``limit``, best first.

        Empty where another model is loaded. Raises: InvalidInput, Unavailable.
        """
        ...


async def draft_code(
    finder: Finder, state: TaskState, hop: Hop, settings: GenerationSettings
) -> Draft:
    """Write code for the request as it was understood, or as it stands."""
    text, passages = state["text"], state.get("passages", [])
    known = await finder.reword(text, _NEAREST, hop.call("reword"))
    names = [requested_name(text), *(each.name for each in known)]
    by_example = bool(await read_aside(examples_in, text, names))
    for position, rewording in enumerate(_candidates(known, by_example=by_example)):
        write = partial(_write_known, hop, position, rewording, state, settings)
        draft = await _settled(hop, f"try-{position}", write) if by_example else await write()
        if not _is_called_as_asked(text, draft.code, rewording):
            continue
        # Without examples there is nothing to choose by: the reviewer runs the code anyway.
        if not await read_aside(examples_for, draft.code, text):
            enough = rewording in _candidates(known, by_example=False)
        else:
            enough = await _fulfils(hop, f"try-{position}", draft.code, text, rewording)
        if enough:
            return replace(draft, note=_note(text, rewording, draft.code))
    write_first = partial(write_code, hop, "generate", text, passages, settings)
    if not known:
        return await write_first()
    first = await _settled(hop, "first", write_first)
    first = replace(first, code=as_called(text, first.code))
    for position, rewording in enumerate(_plausible(known)):
        called = _is_called_as_asked(text, first.code, rewording)
        if called and await _fulfils(hop, f"agree-{position}", first.code, text, rewording):
            return replace(first, note=_note(text, rewording, first.code))
    nearest = [each.text for each in known[:_SUGGESTED]]
    unknown = Meaning(asked=text, request="", assertions=[], nearest=nearest)
    return replace(first, note=noted(unknown))


async def revise_draft(state: TaskState, hop: Hop, settings: GenerationSettings) -> Draft:
    """Ask again for what the request was taken to mean, under the name that the model knows."""
    meaning, wanted = present_meaning(state), requested_name(state["text"])
    text = meaning["request"] if meaning else state["text"]
    known = requested_name(text)
    # The line that names the error is all that the model was trained with.
    failure = error_line(state["review"]["output"])
    draft = await revise_code(
        hop,
        text,
        state.get("passages", []),
        under_name(state.get("code", ""), wanted, known),
        under_name(failure, wanted, known),
        settings,
    )
    code = as_called(state["text"], under_name(draft.code, known, wanted))
    return replace(draft, code=code, note=noted(meaning))


async def _settled(hop: Hop, position: str, write: Callable[[], Awaitable[Draft]]) -> Draft:
    """Return what ``write`` wrote, or an attempt that was cut: its checks may have been made."""

    async def choose() -> dict[str, Any]:
        draft = await write()
        return {"code": draft.code, "cut_short": draft.cut_short}

    kept = await decided(hop, position, choose)
    return Draft(kept["code"], kept["cut_short"])


def _candidates(known: Sequence[Rewording], *, by_example: bool) -> Sequence[Rewording]:
    """Return what to try: all where examples decide, else the nearest if it is near enough."""
    if by_example:
        return known
    return [each for each in known[:1] if each.score >= _NEAR]


def _plausible(known: Sequence[Rewording]) -> Sequence[Rewording]:
    """Return what the request may mean if the model's own answer to it does the same."""
    return [each for each in known if each.score >= _PLAUSIBLE]


async def _write_known(
    hop: Hop, position: int, rewording: Rewording, state: TaskState, settings: GenerationSettings
) -> Draft:
    """Ask for a known request; what it defines gets the name that the person wants."""
    passages = state.get("passages", [])
    draft = await write_code(hop, f"generate-{position}", rewording.text, passages, settings)
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


async def _fulfils(hop: Hop, position: str, code: str, text: str, rewording: Rewording) -> bool:
    """Hold the code against a known request's assertions, and the asked one's examples."""
    if not rewording.assertions or not defined_names(code):
        return False
    examples = await read_aside(examples_for, code, text)
    checks = [*_assertions(rewording, code), *examples]
    return (await check_code(hop, position, code, checks)).passed


def _note(text: str, rewording: Rewording, code: str) -> Mapping[str, Any]:
    checks = _assertions(rewording, code)
    return noted(Meaning(asked=text, request=rewording.text, assertions=checks, nearest=[]))


def _assertions(rewording: Rewording, code: str) -> list[str]:
    """Return a known request's assertions, about the name that the code defines."""
    names = defined_names(code)
    own = rewording.name if rewording.name in names else (names or [rewording.name])[-1]
    called = re.compile(rf"\b{re.escape(rewording.name)}\(")
    return [called.sub(f"{own}(", line) for line in rewording.assertions]
