"""Which wordings training never sees: one in twelve, by its hash."""

from __future__ import annotations

import zlib
from enum import StrEnum

_SHARE = 24


class Part(StrEnum):
    """What a wording is used for."""

    TRAINING = "training"
    CALIBRATION = "calibration"
    EVALUATION = "evaluation"


def part_of(wording: str) -> Part:
    """Return what a written wording (with its places still in it) is used for."""
    rest = zlib.crc32(wording.encode()) % _SHARE
    return {0: Part.CALIBRATION, _SHARE // 2: Part.EVALUATION}.get(rest, Part.TRAINING)


def is_held_out(wording: str) -> bool:
    """Say whether training must not see a wording."""
    return part_of(wording) is not Part.TRAINING
