"""Set-up finds out whether llama.cpp runs here, and survives one that does not."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from llm_service import llama_check


def test_the_installed_one_computes() -> None:
    assert llama_check.computes()


def test_a_model_that_cannot_be_read_is_no_proof(tmp_path: Path) -> None:
    assert not llama_check.computes(tmp_path / "nothing.gguf")


@pytest.mark.parametrize("number", [signal.SIGILL, signal.SIGSEGV])
def test_a_process_that_a_signal_ends_is_survived(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llama_check, "_compute", _Dies(number))
    assert not llama_check.computes()


class _Dies:
    """Ends its process as the processor does at an instruction that it does not know."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __call__(self, path: Path) -> None:
        signal.signal(self._number, signal.SIG_DFL)
        os.kill(os.getpid(), self._number)
