"""What a reader of a task sees of its state, kept beside the task with every completed hop."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from core.json_text import write_json
from core.state import HopRecord, SourceRecord


@dataclass(frozen=True, slots=True)
class Progress:
    """The completed hops, the route, and what came out so far.

    ``approved`` is None until code was reviewed for the last time.
    """

    hops: Sequence[HopRecord] = ()
    route_confidence: float = 0.0
    route_reason: str = ""
    route_scores: Mapping[str, float] = field(default_factory=dict)
    approved: bool | None = None
    result: str = ""
    code: str = ""
    sources: Sequence[SourceRecord] = ()

    @classmethod
    def of_state(cls, values: Mapping[str, Any]) -> Progress:
        """Return what the channels of a state show."""
        return cls(**{each.name: values[each.name] for each in fields(cls) if each.name in values})

    @classmethod
    def from_json(cls, text: str) -> Progress:
        """Read what `to_json` wrote."""
        return cls.of_state(json.loads(text))

    def to_json(self) -> str:
        """Return the stored form."""
        shown = {each.name: getattr(self, each.name) for each in fields(self)}
        if self.approved is None:
            del shown["approved"]
        return write_json(shown, ensure_ascii=False)

    @property
    def next_hop(self) -> int:
        """The index of the hop that comes next: one for each that is completed."""
        return len(self.hops)

    @property
    def last_hop(self) -> int:
        """The index of the last completed hop; 0 before the first."""
        return max(0, len(self.hops) - 1)
