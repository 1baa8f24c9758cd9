"""What the roles ask of the model in the repository."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from agent_service.skills import asking
from agent_service.skills.bundled import meaning
from agent_service.skills.bundled.copying.candidates import shown, understand
from agent_service.skills.bundled.drafting import Finder, draft_code, revise_draft
from agent_service.skills.bundled.grounding import Quote, better_quote, find_quote, is_answer
from agent_service.skills.bundled.language import is_english
from agent_service.skills.bundled.named_things import passages_about
from agent_service.skills.bundled.small_talk import OTHER_LANGUAGE, direct_answer
from agent_service.skills.bundled.writing import code_settings
from agent_service.skills.prompts import NO_ANSWER, answer_prompt, direct_prompt
from core.hops import Hop
from core.passages import passage_parts, shown_passages
from core.ports import CitedAnswer, Draft, NoCall, ToolCall, ToolDescription, ToolStep
from core.state import PassageRecord, TaskState, source_of

_OTHER_LANGUAGE = "the request is in no language that the model knows"
_SHOWN_WORDS = 6


class BundledSkill:
    """Asks a small model only for what it was taught, and checks it (`core.ports.Skill`)."""

    name = "bundled"

    def __init__(self, finder: Finder) -> None:
        """Let ``finder`` find requests that the model understands."""
        self._finder = finder

    def not_understood(self, text: str) -> str:
        """Decline what is in another language than English."""
        return "" if is_english(text) else _OTHER_LANGUAGE

    async def draft(self, state: TaskState, hop: Hop) -> Draft:
        """Ask for the known request that was meant."""
        return await draft_code(self._finder, state, hop, code_settings(state, hop))

    async def revise(self, state: TaskState, hop: Hop) -> Draft:
        """Ask for a correction; where nothing known was near, another sample may be understood."""
        if meaning.is_unknown(state):
            return await self.draft(state, hop)
        return await revise_draft(state, hop, code_settings(state, hop))

    async def assertions(self, state: TaskState, hop: Hop) -> list[str]:
        """Return those of what the request was taken to mean, or else let the model propose."""
        present = meaning.present_meaning(state)
        if present is not None:
            return present["assertions"]
        return await asking.propose_assertions(state, hop)

    def refusal(self, state: TaskState, assertions: Sequence[str]) -> str:
        """Refuse code with other parameters than were asked for, and what nothing can check."""
        return meaning.refusal(state, assertions)

    async def objection(self, state: TaskState, hop: Hop) -> str:
        """Object to nothing: the model has no opinions."""
        return ""

    def understanding(self, state: TaskState, assertions: Sequence[str]) -> str:
        """Say which known request was taken to be meant."""
        return meaning.understanding(state, assertions)

    async def next_step(
        self, state: TaskState, tools: Sequence[ToolDescription], hop: Hop, *, may_call: bool
    ) -> ToolStep:
        """Let the model choose among calls made of the request: it misspells what it copies."""
        # On a thread: the first look at the names of time zones reads files.
        understood = await asyncio.to_thread(understand, state["text"], tools)
        if not understood.calls:
            return NoCall(_declined(understood.left_over))
        schema = {"enum": [shown(call) for call in understood.calls]}
        chosen = await asking.choose_among(state["text"], tools, schema, hop)
        fitting = (call for call in understood.calls if shown(call) == chosen)
        call = next(fitting, None)
        if call is None:
            return NoCall(asking.NO_CALL)
        return ToolCall(call.tool, dict(call.arguments), last=True)

    async def answer(self, state: TaskState, hop: Hop) -> CitedAnswer:
        """Quote the passages of the sources that are about what the question names."""
        question = state["text"]
        passages = passages_about(question, state["passages"])
        if not passages:
            return CitedAnswer(NO_ANSWER)
        written, _ = await asking.speak(
            hop,
            lambda texts: answer_prompt(question, shown_passages(passages, texts)),
            passage_parts(passages),
        )
        return _quoted(question, written, passages)

    async def report(self, state: TaskState, call: str, output: str, hop: Hop) -> str:
        """Show what the tool returned as it is."""
        return f"{call} returned:\n{output}"

    async def talk(self, state: TaskState, hop: Hop) -> str:
        """Say a learned sentence where one fits."""
        if not is_english(state["text"]):
            return OTHER_LANGUAGE
        written, _ = await asking.speak(hop, lambda _: direct_prompt(state["text"]), [])
        return direct_answer(state["text"], written)


def _declined(left_over: Sequence[str]) -> str:
    """Say why nothing is done. Half of what was asked is something else than what was asked."""
    if not left_over:
        return asking.NO_CALL
    words = ", ".join(f"“{word}”" for word in left_over[:_SHOWN_WORDS])
    more = " and more" if len(left_over) > _SHOWN_WORDS else ""
    return (
        f"of the request, {words}{more} was not understood, and only a whole request is acted "
        "upon; say it in other words, one thing at a time"
    )


def _quoted(question: str, answer: str, passages: list[PassageRecord]) -> CitedAnswer:
    """Keep what the model wrote only if it stands in a passage and fits, else quote another."""
    quote = better_quote(question, find_quote(answer, passages), passages)
    if quote is None or not is_answer(question, quote, passages):
        return CitedAnswer(NO_ANSWER)
    return CitedAnswer(_cite(quote, passages), [source_of(passages[quote.passage])])


def _cite(quote: Quote, passages: list[PassageRecord]) -> str:
    passage = passages[quote.passage]
    return f"“{quote.text}” ({passage['source']}:{passage['start_line']}-{passage['end_line']})"
