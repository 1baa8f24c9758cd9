"""Agent2Agent messages as the state keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """Who acts in a hop."""

    ROUTER = "router"
    RESEARCHER = "researcher"
    CODER = "coder"
    REVIEWER = "reviewer"
    OPERATOR = "operator"
    RESPONDER = "responder"


class MessageType(StrEnum):
    """What a message is for."""

    TASK_ASSIGNED = "task_assigned"
    PASSAGES = "passages"
    CODE = "code"
    REVIEW = "review"
    TOOL_RESULT = "tool_result"
    RESULT = "result"


def message(
    *,
    task_id: str,
    correlation_id: str,
    hop_index: int,
    remaining_loops: int,
    sender: Role,
    recipient: Role | None,
    message_type: MessageType,
    payload: Mapping[str, Any],
    sent_at: str,
) -> dict[str, Any]:
    """Return a message as plain JSON; ``recipient`` None means the client.

    A role sends one message a hop, so task and hop name it, the same again after a crash.
    ``sent_at`` is ISO 8601.
    """
    return {
        "message_id": f"{task_id}:{hop_index}:message",
        "sender": sender.value,
        "recipient": recipient.value if recipient else "",
        "type": message_type.value,
        "payload": dict(payload),
        "hop_index": hop_index,
        "remaining_loops": remaining_loops,
        "correlation_id": correlation_id,
        "sent_at": sent_at,
    }
