"""Agent2Agent messages as the state keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from core.hops import LEFT_OUT


class MessageType(StrEnum):
    """What a message of a built-in role is for; other roles have types of their own."""

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
    sender: str,
    recipient: str,
    message_type: str,
    content: Mapping[str, Any],
    left_out: Sequence[Mapping[str, Any]],
    sent_at: str,
) -> dict[str, Any]:
    """Return a message as plain JSON; an empty ``recipient`` is the client.

    A role sends one message a hop, so task and hop name it, the same again after a crash.
    ``left_out`` tells what the model did not see, for want of room. ``sent_at`` is ISO 8601.
    """
    return {
        "message_id": f"{task_id}:{hop_index}:message",
        "sender": sender,
        "recipient": recipient,
        "type": str(message_type),
        "content": dict(content),
        LEFT_OUT: list(left_out),
        "hop_index": hop_index,
        "remaining_loops": remaining_loops,
        "correlation_id": correlation_id,
        "sent_at": sent_at,
    }
