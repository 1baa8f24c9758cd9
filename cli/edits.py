"""Edits of a state as they are written on the command line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.errors import InvalidInput
from core.json_text import read_json

# All that the agent takes of edits; a device that never ends must not be read whole.
_MAX_BYTES = 1024 * 1024


def parse_edits(words: Sequence[str]) -> dict[str, Any]:
    """Return the edits that ``CHANNEL=VALUE`` words make.

    A value is JSON; what is no JSON is taken as text, and ``@FILE`` as the text of a file.
    Raises: InvalidInput.
    """
    edits: dict[str, Any] = {}
    for word in words:
        channel, separator, value = word.partition("=")
        if not channel or not separator:
            raise InvalidInput(f"--set {word!r} is not of the form CHANNEL=VALUE")
        if channel in edits:
            raise InvalidInput(f"--set {channel} is given twice")
        edits[channel] = _value(value)
    return edits


def _value(written: str) -> Any:
    if written.startswith("@"):
        try:
            with Path(written[1:]).open("rb") as file:
                content = file.read(_MAX_BYTES + 1)
            if len(content) > _MAX_BYTES:
                raise InvalidInput(f"{written[1:]} holds more than {_MAX_BYTES} bytes")
            return content.decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInput(f"cannot read {written[1:]}: {error}") from error
    try:
        return read_json(written)
    except json.JSONDecodeError:
        return written
    except ValueError as error:
        raise InvalidInput(f"{written[:60]}: {error}") from error
