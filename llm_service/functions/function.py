"""A function, or a class, that the model learns to write, with what people call it.

Constants are what a request itself fixes: ``{n}`` and ``{m}`` stand for whole numbers, ``{s}`` for
a short text. They are put into code, descriptions and wordings as they are written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from core.requested_name import under_name

Constants = Mapping[str, int | str]
NO_CONSTANTS: Constants = {}
_CHECKS = 3
_MAX_CHECK_LENGTH = 240


@dataclass(frozen=True)
class Function:
    """Something to learn.

    ``source`` is its code under ``name``. ``does`` completes "a function that ...". ``inputs`` are
    literal argument lists; a class has expressions instead, the first of which makes an instance.
    ``constants`` are usual values for what a request may fix. ``wordings`` are whole requests.
    """

    name: str
    source: str
    does: tuple[str, ...]
    inputs: tuple[str, ...]
    constants: tuple[Constants, ...] = ()
    wordings: tuple[str, ...] = ()

    @property
    def is_class(self) -> bool:
        """Whether it is a class."""
        return self._definition.startswith("class ")

    @cached_property
    def parameters(self) -> str:
        """The parameters as they are written; empty for a class."""
        found = re.match(r"def \w+\((.*)\)", self._definition)
        return found.group(1) if found else ""

    @property
    def places(self) -> frozenset[str]:
        """Which constants it needs, of ``n``, ``m`` and ``s``."""
        return frozenset(self.constants[0]) if self.constants else frozenset()

    def code(self, name: str = "", constants: Constants = NO_CONSTANTS) -> str:
        """Return the source with the constants put in, under another name if one is given."""
        return under_name(put_in(self.source, constants), self.name, name)

    def assertions(self, name: str = "", constants: Constants = NO_CONSTANTS) -> list[str]:
        """Return at most three assertions that its code fulfils, by running it on its inputs.

        Raises: whatever the code raises, such as ValueError where a constant makes no sense.
        """
        named = name or self.name
        namespace: dict[str, Any] = {}
        exec(self.code(named, constants), namespace)
        checks = []
        for given in self.inputs:
            expression = put_in(self._expression(named, given), constants)
            check = f"assert {expression} == {eval(expression, namespace)!r}"
            if len(check) <= _MAX_CHECK_LENGTH and check not in checks:
                checks.append(check)
        return checks[:_CHECKS]

    def _expression(self, name: str, given: str) -> str:
        if self.is_class:
            expressions = re.sub(rf"\b{self.name}\b", name, given)
            return f"[{expressions}][-1]"
        return f"{name}({given})"

    @cached_property
    def _definition(self) -> str:
        pattern = re.compile(rf"^(?:def|class) {self.name}\b.*$", re.MULTILINE)
        found = pattern.search(self.source)
        return found.group() if found else ""


def put_in(text: str, constants: Constants) -> str:
    """Return ``text`` with every constant in its place."""
    for place, value in constants.items():
        text = text.replace(f"{{{place}}}", str(value))
    return text
