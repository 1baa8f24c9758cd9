"""Documents in memory, whose passages a test has scored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.errors import InvalidInput
from core.ports import CallContext, Passage
from shared.testing.calls import FakeService, deadline_of

DEFAULT = "default"
"""What the collection is called that an empty name stands for."""

_MOST = 50


@dataclass(kw_only=True)
class FakeKnowledge(FakeService):
    """Finds passages by their scores, whatever is asked (`core.ports.KnowledgeBase`)."""

    collections: Mapping[str, Sequence[Passage]] = field(default_factory=dict)
    searched: list[str] = field(default_factory=list)
    """The collections that were asked for."""

    async def query(
        self, text: str, limit: int, context: CallContext, collection: str = ""
    ) -> list[Passage]:
        """Return the best passages of a collection. Raises: as the port."""
        self.take(context)
        if not 1 <= limit <= _MOST:
            raise InvalidInput(f"limit is {limit}: 1 to {_MOST} are allowed", "limit")
        self.searched.append(collection)
        async with deadline_of(context):
            await self.calls.go_on()
        found = self.collections.get(collection or DEFAULT, ())
        return sorted(found, key=lambda each: -each.score)[:limit]
