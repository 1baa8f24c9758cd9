"""Calls of the LLM service, as a client sees them."""

from __future__ import annotations

import itertools
import random
import time
from dataclasses import dataclass, field

from core.ports import CallContext, ChatMessage, GenerationSettings
from shared.clients.llm import LlmClient
from shared.pb.mesh.llm.v1 import llm_service_pb2 as pb

_TEXT = """a list of numbers and the function that adds them to the first value in text which we
return when it is not found or larger than all other words of this file"""
_WORDS = _TEXT.split()
_numbers = itertools.count()


@dataclass(slots=True)
class Heard:
    """When the pieces of a stream arrived, on the monotonic clock, and its last response."""

    asked: float
    times: list[float] = field(default_factory=list)
    last: pb.GenerateResponse = field(default_factory=pb.GenerateResponse)

    @property
    def first_seconds(self) -> float:
        """Seconds from the call to the first piece."""
        return self.times[0] - self.asked


def words(count: int, seed: int) -> str:
    """Return text of ``count`` words, the same for the same seed."""
    return " ".join(random.Random(seed).choices(_WORDS, k=count))


async def call(
    client: LlmClient, system: str, user: str, max_tokens: int, task_id: str = "bench"
) -> Heard:
    """Generate greedily and note when each piece came."""
    heard = Heard(time.monotonic())
    messages = [ChatMessage("system", system), ChatMessage("user", user)]
    context = CallContext(f"{task_id}:{next(_numbers)}", "", "", deadline_seconds=600)
    settings = GenerationSettings(max_tokens=max_tokens)
    async for response in client.stream(messages, settings, context):
        if response.finish_reason:
            heard.last = response
        else:
            heard.times.append(time.monotonic())
    return heard
