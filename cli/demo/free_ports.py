"""Finds ports that are free now."""

from __future__ import annotations

import random
import socket

from shared.settings import PORT_OFFSETS


def free_port_base() -> int:
    """Return a port that is free, like those that the services count up from it."""
    while True:
        base = random.randint(20_000, 60_000)
        if all(_is_free(base + offset) for offset in PORT_OFFSETS.values()):
            return base


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
