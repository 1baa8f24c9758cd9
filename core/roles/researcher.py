"""The researcher: retrieves passages of the ingested documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.calls import retrieve
from core.hops import Hop, HopOutcome, Outgoing
from core.messages import MessageType
from core.roles.spec import LINE, TEXT, Need, RoleSpec, record
from core.state import PassageRecord, SourceRecord, TaskState, source_of


async def research(state: TaskState, hop: Hop) -> HopOutcome:
    """Find passages for the request and hand them on."""
    passages = await retrieve(hop, state["text"], state.get("collection", ""))
    return HopOutcome(
        TaskState(passages=passages),
        Outgoing(MessageType.PASSAGES, {"places": _places(passages)}),
    )


def _places(passages: Sequence[PassageRecord]) -> list[SourceRecord]:
    return [source_of(passage) for passage in passages]


def _seen(values: Mapping[str, Any]) -> dict[str, Any]:
    return {"places": _places(values["passages"])}


RESEARCHER = RoleSpec(
    name="researcher",
    act=research,
    needs={"chroma": Need(("query",))},
    channels={
        "passages": {
            "type": "array",
            "items": record(
                ("headings",),
                source=TEXT,
                start_line=LINE,
                end_line=LINE,
                text=TEXT,
                score={"type": "number"},
                headings=TEXT,
            ),
        }
    },
    seen=_seen,
)
