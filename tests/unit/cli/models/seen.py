"""What a test sees of a pull: what its watcher was told, and what lies in the folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Seen:
    """A watcher that remembers."""

    sizes: list[int] = field(default_factory=list)
    breaks: list[str] = field(default_factory=list)
    turned: list[str] = field(default_factory=list)
    checked: bool = False

    def received(self, size: int) -> None:
        self.sizes.append(size)

    def waiting(self, why: str, seconds: float) -> None:
        self.breaks.append(why)

    def turning_to_packages(self, why: str) -> None:
        self.turned.append(why)

    def checking(self) -> None:
        self.checked = True


def files(home: Path) -> list[str]:
    """What lies in the folder, without locks."""
    return sorted(each.name for each in (home / "models").iterdir() if each.suffix != ".lock")


def part(home: Path) -> Path:
    """Where what has come so far lies."""
    return home / "models" / "served.gguf.part"
