"""The spellings of a UUID that people and programs use."""

from __future__ import annotations

import uuid


def spellings_of(value: uuid.UUID) -> list[str]:
    """Return the usual spellings of a UUID, the canonical one first (RFC 9562, section 4)."""
    plain = (str(value), value.hex)
    lower = [
        *plain,
        *(f"{{{each}}}" for each in plain),
        *(f"urn:uuid:{each}" for each in plain),
    ]
    mixed = [
        "".join(
            character.upper() if place % 2 else character for place, character in enumerate(each)
        )
        for each in lower
    ]
    return [*lower, *(each.upper() for each in lower), *mixed]
