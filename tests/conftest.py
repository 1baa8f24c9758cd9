"""What all tests need."""

from __future__ import annotations

import signal

from shared.llama_threads import limit_spinning


def pytest_configure() -> None:
    """Take Ctrl-C, and hand it on to the processes that tests start; let llama.cpp's threads sleep.

    A shell without job control starts what runs in the background with SIGINT ignored. Some test
    modules import llama.cpp, after which it is too late to say how its threads wait.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    limit_spinning()
