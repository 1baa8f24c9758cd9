"""What all tests need."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """Take Ctrl-C, and hand it on to the processes that tests start.

    A shell without job control starts what runs in the background with SIGINT ignored.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
