"""What a service said of its own failure, as its log has it."""

from __future__ import annotations

from pathlib import Path

_TAIL_BYTES = 64 * 1024


def log_size(log: Path) -> int:
    """Return the bytes that a log holds now; 0 when there is none."""
    try:
        return log.stat().st_size
    except OSError:
        return 0


def own_words(log: Path, name: str, since: int = 0) -> str:
    """Return why a service ended last: the line that it wrote itself since it served last.

    Looks at what the log got after its first ``since`` bytes. Empty when there is no such line.
    """
    lines = _tail(log, since)
    served = [at for at, line in enumerate(lines) if f"{name} serves on" in line]
    after = lines[served[-1] + 1 :] if served else lines
    own = [line for line in after if line.startswith(f"{name}: ")]
    return own[-1].removeprefix(f"{name}: ") if own else ""


def last_line(log: Path) -> str:
    """Return the last line of a log that says anything."""
    return next((line for line in reversed(_tail(log, 0)) if line.strip()), "it wrote nothing")


def _tail(log: Path, since: int) -> list[str]:
    size = log_size(log)
    # A log that is shorter than it was has been rotated.
    start = max(since if since <= size else 0, size - _TAIL_BYTES)
    try:
        with log.open("rb") as file:
            file.seek(start)
            return file.read(_TAIL_BYTES).decode(errors="replace").split("\n")
    except OSError:
        return []
