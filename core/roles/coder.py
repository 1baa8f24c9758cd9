"""The coder: writes code, and revises it after a review."""

from __future__ import annotations

from collections.abc import Sequence

from core.calls import fit_prompt, generate
from core.code_text import error_line, extract_code
from core.fitting import Part
from core.hops import Hop, HopOutcome, Outgoing
from core.meaning import Draft, as_called, draft_code
from core.messages import MessageType, Role
from core.passages import passage_parts, shown_passages
from core.ports import ChatMessage, GenerationSettings
from core.prompts import coder_prompt
from core.requested_name import requested_name, under_name
from core.state import TaskState, is_unknown, present_meaning

# A revision must not repeat the code that failed: greedy sampling would, so it samples.
_REVISION_TEMPERATURE = 0.7


async def write_code(state: TaskState, hop: Hop) -> HopOutcome:
    """Write code for the request, or revise what the reviewer sent back."""
    revising = bool(state.get("review"))
    settings = GenerationSettings(
        max_tokens=hop.services.config.max_code_tokens,
        temperature=_REVISION_TEMPERATURE if revising else 0.0,
        seed=hop.index,
    )
    # Where nothing known was near, another sample may be understood.
    if revising and not is_unknown(state):
        draft = await _revise(state, hop, settings)
    else:
        draft = await draft_code(state, hop, settings)
    update = TaskState(code=draft.code)
    if draft.meaning is not None:
        update["meaning"] = draft.meaning
    return HopOutcome(
        update,
        Outgoing(
            Role.REVIEWER,
            MessageType.CODE,
            {"code": draft.code, "cut_short": draft.cut_short},
        ),
    )


async def _revise(state: TaskState, hop: Hop, settings: GenerationSettings) -> Draft:
    """Ask again for what the request was taken to mean, under the name that the model knows."""
    meaning, wanted = present_meaning(state), requested_name(state["text"])
    text = meaning["request"] if meaning else state["text"]
    known = requested_name(text)
    failing = state["review"]["output"]
    extractive = (await hop.services.model.describe()).extractive
    if extractive:
        failing = error_line(failing)  # all that the bundled model was trained with
    passages = state.get("passages", [])

    def build(texts: Sequence[str]) -> list[ChatMessage]:
        code, failure = [*texts, "", ""][:2]
        return coder_prompt(text, shown_passages(passages, texts[2:]), code, failure)

    parts = [
        Part("code", under_name(state.get("code", ""), wanted, known), least=None),
        Part("failure", under_name(failing, wanted, known), least=1, keeps_end=True),
        *passage_parts(passages),
    ]
    fitted, settings = await fit_prompt(hop, build, parts, settings)
    generation = await generate(hop, "generate", fitted.messages, settings)
    code = under_name(extract_code(generation.text), known, wanted)
    code = as_called(state["text"], code) if extractive else code
    return Draft(code, generation.finish_reason == "length", None)
