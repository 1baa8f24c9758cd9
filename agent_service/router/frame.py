"""The prompt as tokens, cut where the request goes in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from agent_service.router.prompt import router_prompt
from core.errors import InvalidInput, StartupError
from core.workflows import Workflows
from shared.chat_template import read_chat_template

_PLACE = "THE-REQUEST-GOES-HERE"
_SMALLEST_ROOM = 64


@dataclass(frozen=True, slots=True)
class PromptFrame:
    """Everything of the prompt but the request: the same tokens every time.

    ``room`` is how many tokens of a request fit between ``prefix`` and ``suffix``.
    """

    prefix: list[int]
    suffix: list[int]
    room: int

    def around(self, request: list[int]) -> list[int]:
        """Return what comes after the prefix; of a long request the middle is left out.

        What is wanted stands at the beginning mostly, else at the end.
        """
        if len(request) > self.room:
            ending = self.room // 4
            request = request[: self.room - ending] + request[-ending:]
        return request + self.suffix


def read_frame(
    llama: Any, variable: str, workflows: Workflows, *, context: int, answer_tokens: int
) -> PromptFrame:
    """Render the prompt with the chat template of a loaded model (a `llama_cpp.Llama`).

    ``context`` and ``answer_tokens`` are in tokens; ``variable`` names the setting and file in
    errors. Raises: StartupError when there is no template or it does not fit.
    """
    template = read_chat_template(llama, variable)
    try:
        parts = template.render(router_prompt(_PLACE, workflows)).split(_PLACE)
    except InvalidInput as error:
        raise StartupError(f"{variable}: {error}") from error
    if len(parts) != 2:
        raise StartupError(f"{variable}: its chat template does not repeat the request once")
    prefix, suffix = (
        llama.tokenize(part.encode(), add_bos=False, special=True) if part else [] for part in parts
    )
    room = context - len(prefix) - len(suffix) - answer_tokens
    if room < _SMALLEST_ROOM:
        raise StartupError(
            f"{variable}: its context of {context} tokens leaves room for {max(0, room)} of a "
            f"request; {_SMALLEST_ROOM} are needed: name a model with a larger context"
        )
    return PromptFrame(prefix, suffix, room)
