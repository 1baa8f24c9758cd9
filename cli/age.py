"""Ages as people write them: 30d, 12h, 90m, 45s."""

from __future__ import annotations

import re
from datetime import timedelta

from core.errors import InvalidInput

_AGE = re.compile(r"(\d{1,9})([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LONGEST = timedelta(days=36_500)


def parse_age(text: str) -> timedelta:
    """Return an age. Raises: InvalidInput saying how ages are written."""
    matched = _AGE.fullmatch(text.strip())
    if matched is None:
        raise InvalidInput(f"{text!r} is no age: write 30d, 12h, 90m or 45s")
    number, unit = matched.groups()
    age = timedelta(**{_UNITS[unit]: int(number)}) if int(number) < 10**7 else _LONGEST * 2
    if age > _LONGEST:
        raise InvalidInput(f"{text!r} is more than a hundred years")
    return age


def age_text(seconds: float) -> str:
    """Return an age in its largest unit of which there are two, at least: 90s, 45m, 36h, 12d."""
    whole = max(0, int(seconds))
    for unit, length in (("d", 86_400), ("h", 3600), ("m", 60)):
        if whole >= 2 * length:
            return f"{whole // length}{unit}"
    return f"{whole}s"
