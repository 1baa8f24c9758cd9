"""The ingested documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from core.ports.call_context import CallContext


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of an ingested source; lines count from 1, ``score`` is a cosine in [-1, 1].

    ``headings``: those that it stands under, the outermost first, parted by " > ".
    """

    source: str
    start_line: int
    end_line: int
    text: str
    score: float
    headings: str = ""


class KnowledgeBase(Protocol):
    """Finds passages of ingested documents."""

    async def query(
        self, text: str, limit: int, context: CallContext, collection: str = ""
    ) -> list[Passage]:
        """Return at most ``limit`` passages (1 to 50) of a collection, best first.

        An empty ``collection`` is the default one; one that holds nothing has no passages. Raises:
        InvalidInput, Unavailable, DeadlineExceeded.
        """
        ...
