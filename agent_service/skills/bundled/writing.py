"""How the bundled model is asked for code, in the words that it was trained with."""

from __future__ import annotations

from collections.abc import Sequence

from agent_service.skills.asking import two
from agent_service.skills.bundled.prompts import coder_prompt
from core.calls import fit_prompt, generate
from core.code_text import extract_code
from core.fitting import Part
from core.hops import Hop
from core.passages import passage_parts, shown_passages
from core.ports import ChatMessage, Draft, GenerationSettings
from core.state import PassageRecord, TaskState

# A revision must not repeat the code that failed: greedy sampling would, so it samples.
_REVISION_TEMPERATURE = 0.7


def code_settings(state: TaskState, hop: Hop) -> GenerationSettings:
    """Return how to sample code: the first greedily, a revision with the hop's own seed."""
    return GenerationSettings(
        max_tokens=hop.services.config.max_code_tokens,
        temperature=_REVISION_TEMPERATURE if state.get("review") else 0.0,
        seed=hop.index,
    )


async def write_code(
    hop: Hop,
    position: str,
    text: str,
    passages: Sequence[PassageRecord],
    settings: GenerationSettings,
) -> Draft:
    """Let the model write code for ``text``."""
    fitted, settings = await fit_prompt(
        hop,
        lambda texts: coder_prompt(text, shown_passages(passages, texts), "", ""),
        passage_parts(passages),
        settings,
    )
    generation = await generate(hop, position, fitted.messages, settings)
    return Draft(extract_code(generation.text), generation.finish_reason == "length")


async def revise_code(
    hop: Hop,
    text: str,
    passages: Sequence[PassageRecord],
    code: str,
    failure: str,
    settings: GenerationSettings,
) -> Draft:
    """Let the model write ``code`` for ``text`` anew, which failed with the output ``failure``."""

    def build(texts: Sequence[str]) -> list[ChatMessage]:
        return coder_prompt(text, shown_passages(passages, texts[2:]), *two(texts))

    parts = [
        Part("code", code, least=None),
        Part("failure", failure, least=1, keeps_end=True),
        *passage_parts(passages),
    ]
    fitted, settings = await fit_prompt(hop, build, parts, settings)
    generation = await generate(hop, "generate", fitted.messages, settings)
    return Draft(extract_code(generation.text), generation.finish_reason == "length")
