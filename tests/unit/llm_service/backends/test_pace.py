"""Reading beside writing takes no more than its share."""

from __future__ import annotations

from llm_service.backends.llama.pace import Pace

PLAIN = 0.010
PER_TOKEN = 0.002


def test_those_who_write_keep_more_than_half_of_their_pace() -> None:
    pace = Pace(256)
    pace.learn(0, 32, 32 * PER_TOKEN)
    seconds, steps, read = 0.0, 0, 0
    while read < 2000:
        chunk = pace.chunk(1)
        took = PLAIN + chunk * PER_TOKEN
        pace.learn(1, chunk, took)
        seconds, steps, read = seconds + took, steps + 1, read + chunk
    assert steps / seconds > 0.64 / PLAIN
    assert seconds < 3.5 * 2000 * PER_TOKEN


def test_with_nobody_writing_a_prompt_is_read_as_fast_as_it_goes() -> None:
    pace = Pace(256)
    pace.learn(0, 32, 32 * 0.0001)
    assert pace.chunk(0) == 256


def test_a_chunk_of_a_slow_model_is_small_so_that_a_cancel_is_soon_seen() -> None:
    pace = Pace(256)
    pace.learn(0, 32, 32 * 0.05)
    assert pace.chunk(0) == 16
