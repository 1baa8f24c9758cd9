"""A function that the model learns to write, with what people call it.

A description completes "a function that ...". ``{n}`` in code and descriptions is a constant that
varies. Inputs are literal argument lists; the expected values are computed by running the code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Function:
    """A function to learn: its name, code, descriptions, and inputs to check it with."""

    name: str
    parameters: str
    body: str
    descriptions: tuple[str, ...]
    inputs: tuple[str, ...]
    constants: tuple[int, ...] = ()

    def code(self, name: str, constant: int | None = None, parameters: str = "") -> str:
        """Return the source under ``name``, with the constant and other parameter names put in."""
        body = self.body if constant is None else self.body.replace("{n}", str(constant))
        old, new = self.parameters.split(", "), (parameters or self.parameters).split(", ")
        for was, becomes in zip(old, new, strict=True):
            body = re.sub(rf"\b{was}\b", becomes, body)
        lines = "\n".join(f"    {line}" for line in body.split("\n"))
        return f"def {name}({', '.join(new)}):\n{lines}"


def function(
    name: str, parameters: str, body: str, descriptions: str, inputs: str, *constants: int
) -> Function:
    """Make a function; descriptions are parted by ``|`` and inputs by ``;``."""
    return Function(
        name,
        parameters,
        body,
        tuple(part.strip() for part in descriptions.split("|")),
        tuple(part.strip() for part in inputs.split(";")),
        constants,
    )
