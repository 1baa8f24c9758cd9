"""The engine as a person sees it."""

from __future__ import annotations

import io

from rich.console import Console

from cli.view.engine_view import engine_view
from shared.pb.mesh.llm.v1 import llm_service_pb2 as pb


def test_slots_cache_and_pace_are_shown() -> None:
    found = pb.GetEngineResponse(
        slots=2,
        busy=1,
        waiting=3,
        tokens_per_second=12.34,
        batch_occupancy=1.5,
        pool_tokens=8192,
        used_tokens=700,
        calls=4,
        cache_hits=3,
        prompt_tokens=400,
        reused_tokens=100,
        slot_details=[
            pb.Slot(
                state=pb.SLOT_STATE_READS,
                prompt_tokens=200,
                cached_tokens=20,
                read_tokens=64,
                seconds=1.25,
            ),
            pb.Slot(state=pb.SLOT_STATE_IDLE),
        ],
    )
    console = Console(width=100, file=io.StringIO(), record=True)
    console.print(engine_view("the model", found))
    text = console.export_text()
    assert "1 of 2 slots busy, 3 calls wait" in text
    assert "12.3 tokens/s, 1.5 generations a step" in text
    assert "cache: 700 of 8192 tokens" in text
    assert "3 of 4 calls began alike, 25 % of their tokens reused" in text
    assert "64/200" in text and "idle" in text
