"""Skills: how the roles do their work with the model that is loaded.

A role says what is to be done and what follows from it; the skill knows what the model at hand can
be asked, and what of its answer counts. What a skill calls, it calls through the hop
(`core.calls`), so that calls have the same ids after a crash. Every method that asks a model or a
tool raises what these raise: Unavailable, LimitExceeded, DeadlineExceeded, PromptTooLong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from core.ports.toolbox import ToolDescription

if TYPE_CHECKING:  # a hop holds the services, and these hold the skills
    from core.hops import Hop
    from core.state import SourceRecord, TaskState


@dataclass(frozen=True, slots=True)
class Draft:
    """Code, whether the model was cut short, and what the skill noted about it.

    ``note`` is a JSON object of the skill's own: it is kept in the state until the next draft, and
    nobody else reads it.
    """

    code: str
    cut_short: bool
    note: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CitedAnswer:
    """An answer, and the places of the documents that it rests on."""

    text: str
    sources: list[SourceRecord] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call to make: the tool, its arguments by name, and why, in the model's words.

    ``last``: it does all that was asked, and nothing follows but the report.
    """

    tool: str
    arguments: dict[str, Any]
    thought: str = ""
    last: bool = False


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """What the person is told, now that nothing more is to be called."""

    text: str


@dataclass(frozen=True, slots=True)
class NoCall:
    """Why nothing can be called that does what is asked."""

    reason: str


ToolStep = ToolCall | ToolAnswer | NoCall


class Skill(Protocol):
    """What the roles ask of a model of one kind."""

    @property
    def name(self) -> str:
        """What the skill is called in the journal: it stays the same over versions."""
        ...

    def not_understood(self, text: str) -> str:
        """Say why a request means nothing to models of this kind; empty: it may be understood."""
        ...

    async def draft(self, state: TaskState, hop: Hop) -> Draft:
        """Write code for the request."""
        ...

    async def revise(self, state: TaskState, hop: Hop) -> Draft:
        """Write the code of the state anew, which its ``review`` did not approve."""
        ...

    async def assertions(self, state: TaskState, hop: Hop) -> list[str]:
        """Return what the code must fulfil, where the request gives no examples.

        Assert statements; those that are none, or are about something else, are left out later.
        What a model proposes is decided (`core.decisions`), since the check is an effect.
        """
        ...

    def refusal(self, state: TaskState, assertions: Sequence[str]) -> str:
        """Say why the code cannot be approved, whatever checks say; empty: it can be.

        ``assertions`` are those that it will be held against.
        """
        ...

    async def objection(self, state: TaskState, hop: Hop) -> str:
        """Say what is wrong with code that passed its assertions; empty: nothing."""
        ...

    def understanding(self, state: TaskState, assertions: Sequence[str]) -> str:
        """Tell the person how the request was understood, in whole lines; empty: as it stands."""
        ...

    async def next_step(
        self, state: TaskState, tools: Sequence[ToolDescription], hop: Hop, *, may_call: bool
    ) -> ToolStep:
        """Return the call to make next, given those before (`core.tool_steps`), or the answer.

        Unless it ``may_call``, only the answer is left.
        """
        ...

    async def answer(self, state: TaskState, hop: Hop) -> CitedAnswer:
        """Answer the question from the passages of the state, of which there is at least one."""
        ...

    async def report(self, state: TaskState, call: str, output: str, hop: Hop) -> str:
        """Tell the person what a tool call returned that succeeded.

        ``call`` is the call as a person reads it, ``output`` what it returned, cut.
        """
        ...

    async def talk(self, state: TaskState, hop: Hop) -> str:
        """Answer a request that needs no code, no tool and no document."""
        ...


class Skills(Protocol):
    """All skills, and the choice between them."""

    async def for_loaded_model(self) -> Skill:
        """Return the skill for the model that is loaded now. Raises: Unavailable."""
        ...

    def named(self, name: str) -> Skill:
        """Return the skill that a hop began with. Raises: WrongState where it is there no more."""
        ...

    async def not_understood(self, text: str) -> str:
        """Say why a request means nothing to the model that is loaded; empty: it may.

        The model is asked what it is only if some skill declines. Raises: Unavailable.
        """
        ...
