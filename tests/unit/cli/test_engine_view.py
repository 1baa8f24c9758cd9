"""The engine as a person sees it."""

from __future__ import annotations

import io

import pytest
from rich.console import Console, RenderableType

from cli.view.engine_view import away_view, engine_view
from shared.pb.mesh.llm.v1 import llm_service_pb2 as pb

IDLE = pb.Slot(state=pb.SLOT_STATE_IDLE)
READS = pb.Slot(
    state=pb.SLOT_STATE_READS, prompt_tokens=200, cached_tokens=20, read_tokens=64, seconds=1.25
)
WRITES = pb.Slot(
    state=pb.SLOT_STATE_WRITES,
    prompt_tokens=31,
    cached_tokens=30,
    read_tokens=31,
    generated_tokens=77,
    seconds=2.5,
)


def shown(view: RenderableType, width: int = 100) -> list[str]:
    console = Console(width=width, file=io.StringIO(), record=True)
    console.print(view)
    return [line.rstrip() for line in console.export_text().splitlines()]


def found(**changes: object) -> pb.GetEngineResponse:
    """A busy llama.cpp."""
    figures: dict[str, object] = {
        "slots": 3,
        "busy": 2,
        "waiting": 3,
        "tokens_per_second": 12.34,
        "batch_occupancy": 1.5,
        "pool_tokens": 8192,
        "used_tokens": 700,
        "calls": 4,
        "cache_hits": 3,
        "prompt_tokens": 400,
        "reused_tokens": 100,
        "recent_calls": 2,
        "mean_time_to_first_token_seconds": 0.25,
        "mean_queue_seconds": 0.125,
        "mean_call_tokens_per_second": 55.55,
        "slot_details": [WRITES, READS, IDLE],
    }
    return pb.GetEngineResponse(**{**figures, **changes})


def test_slots_cache_and_pace_are_shown() -> None:
    assert shown(engine_view("the model", found())) == [
        "the model",
        "2 of 3 slots busy, 3 calls wait",
        "12.3 tokens/s, 1.5 generations a step",
        "cache: 700 of 8192 tokens",
        "prompts: 3 of 4 calls began alike, 25 % of their tokens reused",
        "last 2 calls: first token after 0.25 s, 0.12 s of it waiting; 55.5 tokens/s each",
        "SLOT  STATE   PROMPT  CACHED  WRITTEN  SECONDS",
        "0     writes   31/31      30       77      2.5",
        "1     reads   64/200      20        0      1.2",
        "2     idle",
    ]


def test_a_fresh_engine_has_no_figures_of_calls() -> None:
    fresh = pb.GetEngineResponse(slots=1, pool_tokens=64, slot_details=[IDLE])
    assert shown(engine_view("the model", fresh)) == [
        "the model",
        "0 of 1 slots busy, 0 calls wait",
        "0.0 tokens/s",
        "cache: 0 of 64 tokens",
        "SLOT  STATE  PROMPT  CACHED  WRITTEN  SECONDS",
        "0     idle",
    ]


def test_one_call_is_one() -> None:
    lines = shown(engine_view("the model", found(waiting=1, recent_calls=1)))
    assert lines[1].endswith("1 call waits")
    assert lines[5].startswith("last call: ")


def test_what_a_model_server_does_not_tell_is_unknown() -> None:
    slot = pb.Slot(state=pb.SLOT_STATE_WRITES, generated_tokens=5, seconds=0.5)
    told = pb.GetEngineResponse(
        slots=2, busy=1, tokens_per_second=9.0, calls=7, slot_details=[slot, IDLE]
    )
    assert shown(engine_view("theirs", told)) == [
        "theirs",
        "1 of 2 slots busy, 0 calls wait",
        "9.0 tokens/s",
        "prompts: 7 calls, of unknown length",
        "SLOT  STATE   PROMPT  CACHED  WRITTEN  SECONDS",
        "0     writes       ?       ?        5      0.5",
        "1     idle",
    ]


def test_a_model_server_that_counts_tokens_but_no_hits_claims_none() -> None:
    lines = shown(engine_view("theirs", found(pool_tokens=0, cache_hits=0, reused_tokens=0)))
    assert "prompts: 4 calls, 400 tokens" in lines


@pytest.mark.parametrize("width", [20, 30, 40, 60])
def test_a_narrow_terminal_folds_and_loses_nothing(width: int) -> None:
    lines = shown(engine_view("the model", found()), width)
    assert max(len(line) for line in lines) <= width
    assert not any("…" in line for line in lines)
    told = "".join("".join(lines).split())
    for part in ("2of3slotsbusy", "12.3tokens/s", "700of8192", "55.5tokens/seach"):
        assert part in told


def test_long_numbers_keep_their_columns() -> None:
    long = pb.Slot(
        state=pb.SLOT_STATE_READS,
        prompt_tokens=1_048_575,
        cached_tokens=1_000_000,
        read_tokens=1_048_000,
        generated_tokens=4_000_000_000,
        seconds=86_400.0,
    )
    rows = shown(engine_view("the model", found(slot_details=[long, WRITES])))[-3:]
    assert rows[1].split() == ["0", "reads", "1048000/1048575", "1000000", "4000000000", "86400.0"]
    assert len({len(row) for row in rows}) == 1


def test_a_service_that_is_away_is_said_to_be() -> None:
    assert shown(away_view("the model", 3.4, "nobody listens")) == [
        "the model",
        "the LLM service does not answer since 3 s; it is asked on",
        "nobody listens",
    ]
