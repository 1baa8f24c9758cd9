"""What the roles ask of a model that takes any instruction."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent_service.skills import asking
from agent_service.skills.instruct.drafting import draft_code, revise_code
from agent_service.skills.instruct.prompts import (
    OPINION_SCHEMA,
    answer_prompt,
    opinion_prompt,
    report_prompt,
)
from agent_service.skills.instruct.shown import passages_for_an_answer
from agent_service.skills.instruct.tool_use import next_step
from agent_service.skills.prompts import NO_ANSWER, direct_prompt
from core.calls import fit_prompt, generate_json
from core.conversation import exchange_parts, newest_exchanges
from core.examples import examples_for
from core.fitting import Part
from core.hops import Hop
from core.passages import passage_parts, shown_passages
from core.ports import ChatMessage, CitedAnswer, Draft, ToolDescription, ToolStep
from core.reading import read_aside
from core.state import TaskState, source_of

_CITATION = re.compile(r"\[(\d+)\]")


class InstructSkill:
    """Trusts the model to follow what it is told (`core.ports.Skill`)."""

    name = "instruct"

    def not_understood(self, text: str) -> str:
        """Take every request as it is."""
        return ""

    async def draft(self, state: TaskState, hop: Hop) -> Draft:
        """Ask for the code, and for more drafts where the request's examples refuse the first."""
        return await draft_code(state, hop)

    async def revise(self, state: TaskState, hop: Hop) -> Draft:
        """Show the model its code and all that the failed run said."""
        return await revise_code(state, hop)

    async def assertions(self, state: TaskState, hop: Hop) -> list[str]:
        """Let the model propose them."""
        return await asking.propose_assertions(state, hop)

    def refusal(self, state: TaskState, assertions: Sequence[str]) -> str:
        """Let the run decide: a request can be to change the call that it shows."""
        return ""

    async def objection(self, state: TaskState, hop: Hop) -> str:
        """Ask for a second opinion, of the whole request and the whole code or not at all.

        Where the request's own examples were run, they have decided.
        """
        if await read_aside(examples_for, state["code"], state["text"]):
            return ""
        fitted, settings = await fit_prompt(
            hop,
            lambda texts: opinion_prompt(*asking.two(texts)),
            asking.reviewed(state, least=None),
            asking.REVIEW_SETTINGS,
        )
        if fitted.left_out:  # whoever sees a part can have no opinion of the whole
            return ""
        opinion = await generate_json(hop, "opinion", fitted.messages, OPINION_SCHEMA, settings)
        if not isinstance(opinion, dict) or opinion.get("approve", True):
            return ""
        return str(opinion.get("comment", "")) or "it does not say why"

    def understanding(self, state: TaskState, assertions: Sequence[str]) -> str:
        """Say nothing: the request was taken as it stands."""
        return ""

    async def next_step(
        self, state: TaskState, tools: Sequence[ToolDescription], hop: Hop, *, may_call: bool
    ) -> ToolStep:
        """Let the model write the step, held to the shape of the tools' schemas."""
        return await next_step(state, tools, hop, may_call=may_call)

    async def answer(self, state: TaskState, hop: Hop) -> CitedAnswer:
        """Let the model answer freely; its sources are what it cites, or all that it was shown."""
        passages = passages_for_an_answer(state)

        def build(texts: Sequence[str]) -> list[ChatMessage]:
            earlier = newest_exchanges(state, len(texts[len(passages) :]))
            return answer_prompt(state["text"], shown_passages(passages, texts), earlier)

        parts = [*passage_parts(passages), *exchange_parts(state)]
        text, fitted = await asking.speak(hop, build, parts)
        shown = shown_passages(passages, fitted.texts)
        cited = cited_passages(text, len(shown))
        if not cited and NO_ANSWER not in text:
            cited = list(range(len(shown)))
        return CitedAnswer(text, [source_of(shown[index]) for index in cited])

    async def report(self, state: TaskState, call: str, output: str, hop: Hop) -> str:
        """Let the model say what the tool returned."""
        tool = str(state["tool_result"]["tool"])
        parts = [Part("request", state["text"]), Part("output", output)]
        report, _ = await asking.speak(
            hop, lambda texts: report_prompt(*asking.two(texts), tool), parts
        )
        return report

    async def talk(self, state: TaskState, hop: Hop) -> str:
        """Pass on what the model says."""

        def build(texts: Sequence[str]) -> list[ChatMessage]:
            *rules, asked = direct_prompt(state["text"])
            return [*rules, *newest_exchanges(state, len(texts)), asked]

        said, _ = await asking.speak(hop, build, exchange_parts(state))
        return said


def cited_passages(answer: str, count: int) -> list[int]:
    """Return the passages (from 0) that ``answer`` cites as [1] to [count], in order, once."""
    numbers = (int(match) - 1 for match in _CITATION.findall(answer))
    return list(dict.fromkeys(number for number in numbers if 0 <= number < count))
