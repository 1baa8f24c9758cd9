"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check; ``remedy`` says what to do unless it is ok."""

    check: str
    outcome: Literal["ok", "warning", "failed"]
    detail: str
    remedy: str = ""
