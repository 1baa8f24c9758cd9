"""What a service said of its end is found in its log, and is forgotten once it serves again."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.stack.last_words import last_line, log_size, own_words

FAILED = "llm: LLM_MODEL_PATH=x cannot be loaded\n"
SERVES = "2026-11-21 10:00:00,000 llm INFO shared.server.bootstrap: llm serves on 127.0.0.1:7401\n"
OTHER = "2026-11-21 10:00:00,000 llm WARNING llm_service.x: tool: not said by the service\n"


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ("", ""),
        (OTHER, ""),
        (FAILED, "LLM_MODEL_PATH=x cannot be loaded"),
        (FAILED + OTHER, "LLM_MODEL_PATH=x cannot be loaded"),
        (FAILED + SERVES, ""),
        (SERVES + "llm: the thread failed\n" + FAILED, "LLM_MODEL_PATH=x cannot be loaded"),
        (OTHER * 2000 + FAILED, "LLM_MODEL_PATH=x cannot be loaded"),
    ],
)
def test_the_words_since_it_served_last(tmp_path: Path, log: str, words: str) -> None:
    path = tmp_path / "llm.log"
    path.write_text(log, encoding="utf-8")
    assert own_words(path, "llm") == words
    assert own_words(path, "llm", log_size(path)) == ""


def test_a_log_that_was_rotated_is_read_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "llm.log"
    path.write_text(FAILED, encoding="utf-8")
    assert own_words(path, "llm", 10_000) == "LLM_MODEL_PATH=x cannot be loaded"


def test_a_log_that_is_not_there_says_nothing(tmp_path: Path) -> None:
    assert own_words(tmp_path / "llm.log", "llm") == ""
    assert (log_size(tmp_path / "llm.log"), last_line(tmp_path / "x")) == (0, "it wrote nothing")
