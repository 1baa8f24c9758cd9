"""Who calls, on whose behalf, under which id."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CallContext:
    """Travels with every remote call: who calls, on whose behalf, under which id.

    ``call_id`` names the call itself (the same again after a crash); ``deadline_seconds`` is
    the time that is left for it.
    """

    call_id: str
    task_id: str
    correlation_id: str
    hop_index: int = 0
    remaining_loops: int = 0
    deadline_seconds: float = 60.0
