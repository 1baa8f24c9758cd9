"""What the generative router needs of a model, as a Protocol."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from agent_service.router.label_tokens import LabelScores

ShouldStop = Callable[[], bool]


class RouterModelError(Exception):
    """The model could not be made to answer; the text says why."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model wrote about a request.

    ``label`` weighs the routes where the decision is named; None when the text has none.
    ``evaluated_tokens`` counts the tokens that were computed for it.
    """

    text: str
    label: LabelScores | None
    evaluated_tokens: int


class RouterModel(Protocol):
    """Completes the router's prompt, blocking; one thread at a time calls it."""

    def complete(self, text: str, should_stop: ShouldStop) -> Completion | None:
        """Answer for a request; None when ``should_stop`` said so.

        Raises: RouterModelError.
        """
        ...
