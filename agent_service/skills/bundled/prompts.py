"""What the bundled model alone is told: it was trained with these very words."""

from __future__ import annotations

from collections.abc import Sequence

from agent_service.skills.prompts import quoted
from core.ports import ChatMessage
from core.state import PassageRecord

_CODER = """# role: coder
You write Python. Answer with the code alone: no explanation, no example calls.
Keep the names that the request gives. Use the standard library only."""


def coder_prompt(
    text: str, passages: Sequence[PassageRecord], previous_code: str, failing_output: str
) -> list[ChatMessage]:
    """Ask for code, or for a revision when there is ``previous_code``."""
    messages = [
        ChatMessage("system", f"{_CODER}\n{quoted(passages)}" if passages else _CODER),
        ChatMessage("user", text),
    ]
    if previous_code:
        messages.append(ChatMessage("assistant", previous_code))
        messages.append(ChatMessage("user", f"The code failed:\n{failing_output}"))
    return messages
