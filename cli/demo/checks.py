"""What the demonstration promised, and whether it held."""

from __future__ import annotations

from dataclasses import dataclass, field

from rich.text import Text


@dataclass(slots=True)
class Checks:
    """Collects promises and their outcomes."""

    outcomes: list[tuple[str, bool]] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether something was promised and all of it held."""
        return bool(self.outcomes) and all(held for _, held in self.outcomes)

    def expect(self, promise: str, *, held: bool) -> None:
        """Record whether a promise held."""
        self.outcomes.append((promise, held))

    def report(self) -> Text:
        """Return a line a promise."""
        return Text("\n").join(
            Text.assemble(("✓", "green") if held else ("✗", "red"), f" {promise}")
            for promise, held in self.outcomes
        )
