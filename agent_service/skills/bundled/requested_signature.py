"""The parameters that a request names, and what they say of a function that takes them."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.code_text import only_function, parameter_names, required_parameters
from core.requested_name import requested_name

_KINDS: dict[str, tuple[type, ...]] = {
    kind: types
    for kinds, types in (
        ("n k m i j num number count size length width limit step times amount", (int, float)),
        ("s text string word sentence line str txt", (str, bytes)),
        ("lst list items arr array nums numbers values xs seq elements words", (list, tuple, set)),
        ("d dict mapping dictionary dct", (dict,)),
    )
    for kind in kinds.split()
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter as a request writes it; ``default`` is Python, empty where there is none."""

    name: str
    default: str = ""


def requested_parameters(text: str) -> list[Parameter]:
    """Return the parameters of the function that ``text`` names, such as lst and n.

    None when it gives no name or says nothing of them. A call with values in it says nothing.
    """
    name = requested_name(text)
    if not name:
        return []
    for match in re.finditer(
        rf"(?<![\w.]){re.escape(name)}(\([^()]*(?:\([^()]*\)[^()]*)*\))", text
    ):
        definition = only_function(f"def {name}{match[1]}: pass", name)
        if definition is None:
            continue
        given = definition.args
        if not (given.vararg or given.kwarg or given.kwonlyargs or given.posonlyargs):
            return _written(given)
    return []


def takes(code: str, name: str, wanted: Sequence[Parameter]) -> bool:
    """Say whether the function ``name`` of ``code`` takes the parameters ``wanted``, by name.

    True where there are none, and where ``name`` is no function.
    """
    definition = only_function(code, name)
    if definition is None or not wanted:
        return True
    own = parameter_names(definition)[: len(wanted)]
    needed = sum(not each.default for each in wanted)
    return own == [each.name for each in wanted] and required_parameters(definition) <= needed


def contradicts(assertion: str, name: str, wanted: Sequence[Parameter]) -> bool:
    """Say whether an assertion calls ``name`` with what its parameters cannot be by their names.

    A list for n, or a number for text, shows that a function takes them in another order.
    """
    for node in ast.walk(ast.parse(assertion)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            for parameter, given in zip(wanted, node.args, strict=False):
                expected = _KINDS.get(parameter.name)
                found = _type_of(given)
                if expected and found is not None and not issubclass(found, expected):
                    return True
    return False


def _written(given: ast.arguments) -> list[Parameter]:
    without = len(given.args) - len(given.defaults)
    defaults = [""] * without + [ast.unparse(each) for each in given.defaults]
    return [Parameter(each.arg, value) for each, value in zip(given.args, defaults, strict=True)]


def _type_of(node: ast.expr) -> type | None:
    try:
        return type(ast.literal_eval(node))
    except (ValueError, TypeError, SyntaxError):
        return None
