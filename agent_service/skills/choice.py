"""The choice between the skills, by what the loaded model says of itself: the only place of it."""

from __future__ import annotations

from agent_service.skills.bundled.drafting import Finder
from agent_service.skills.bundled.skill import BundledSkill
from agent_service.skills.instruct.skill import InstructSkill
from core.errors import WrongState
from core.ports import LanguageModel, Skill
from shared.bundled_model import ANSWER_STYLE


class ChosenSkills:
    """The skills of the agent (`core.ports.Skills`)."""

    def __init__(self, model: LanguageModel, finder: Finder) -> None:
        """Ask ``model`` what it is; ``finder`` is the bundled skill's, and asked by it alone."""
        self._model = model
        self._usual: Skill = InstructSkill()
        self._by_style: dict[str, Skill] = {ANSWER_STYLE: BundledSkill(finder)}
        every = (self._usual, *self._by_style.values())
        self._by_name = {skill.name: skill for skill in every}

    async def for_loaded_model(self) -> Skill:
        """Return the skill for how the model says that it answers. Raises: Unavailable."""
        style = (await self._model.describe()).answer_style
        return self._by_style.get(style, self._usual)

    def named(self, name: str) -> Skill:
        """Return a skill by its name in the journal. Raises: WrongState."""
        if name not in self._by_name:
            raise WrongState(
                f"the hop was begun with the skill {name!r}, which this version of the agent has "
                f"not; it has {', '.join(sorted(self._by_name))}"
            )
        return self._by_name[name]

    async def not_understood(self, text: str) -> str:
        """Say why the loaded model cannot understand ``text``; empty: it may. Raises: Unavailable.

        The model is asked what it is only if it matters: a task can be routed while it is away.
        """
        if not any(skill.not_understood(text) for skill in self._by_name.values()):
            return ""
        return (await self.for_loaded_model()).not_understood(text)
