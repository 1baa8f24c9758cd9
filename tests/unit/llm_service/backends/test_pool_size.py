"""The cache fits the memory, or the start says which setting to change."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import StartupError
from llm_service.backends.llama.cache.memory import available_bytes
from llm_service.backends.llama.cache.pool_size import PoolSize, fit_pool

MEBIBYTE = 1024 * 1024


def fit(context: int = 0, slots: int = 4, available: int = 4096) -> PoolSize:
    return fit_pool(
        context=context,
        trained_context=32_768,
        slots=slots,
        bytes_per_token=64 * 1024,
        weight_bytes=500 * MEBIBYTE,
        available_bytes=available * MEBIBYTE,
    )


def test_each_slot_gets_a_context_where_memory_allows() -> None:
    assert fit(context=4096) == PoolSize(4096, 16_384, 16_384)
    assert fit() == PoolSize(8192, 32_768, 10_336)


def test_the_slots_share_what_there_is() -> None:
    assert fit(available=2048) == PoolSize(8192, 20_480, 96)


def test_as_much_again_is_parked_in_at_most_half_of_what_is_left() -> None:
    assert fit(available=65_536).parked == 32_768
    assert fit().parked == (4096 - 500 - 256 - 32_768 // 16) * 16 // 2


def test_less_than_one_context_names_the_settings() -> None:
    with pytest.raises(StartupError, match=r"LLM_CONTEXT=16384.*1024 MiB.*LLM_SLOTS=2"):
        fit(context=16_384, slots=2, available=1024)


def test_a_cgroups_limit_counts_and_files_that_can_be_dropped_do_not(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text(f"{300 * MEBIBYTE}\n")
    (tmp_path / "memory.current").write_text(f"{250 * MEBIBYTE}\n")
    (tmp_path / "memory.stat").write_text(f"anon 1\ninactive_file {200 * MEBIBYTE}\n")
    assert available_bytes(tmp_path) == 250 * MEBIBYTE


def test_without_a_limit_the_machine_counts(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("max\n")
    assert 0 < available_bytes(tmp_path) < 2**62
