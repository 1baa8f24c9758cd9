"""Reading code out of what a model wrote, and assertions out of what a person wrote."""

from __future__ import annotations

import ast
import re

Definition = ast.FunctionDef | ast.AsyncFunctionDef

_FENCE = re.compile(r"```[a-zA-Z0-9_+-]*\n(.*?)(?:```|\Z)", re.DOTALL)
_ERROR_LINE = re.compile(
    r"^[A-Za-z_.]*(?:Error|Exception|Exit|Interrupt|Iteration)\b.*$", re.MULTILINE
)


def extract_code(text: str) -> str:
    """Return the code in ``text``: the first fenced block, or all of it when none is fenced."""
    fenced = _FENCE.search(text)
    return (fenced.group(1) if fenced else text).strip("\n").rstrip()


def syntax_error(code: str) -> str:
    """Return why ``code`` is no Python, as one line; empty when it is."""
    try:
        ast.parse(code)
    except (SyntaxError, ValueError, RecursionError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def defined_names(code: str) -> list[str]:
    """Return the functions and classes that ``code`` defines at its top level, in order."""
    if syntax_error(code):
        return []
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return [node.name for node in ast.parse(code).body if isinstance(node, definitions)]


def only_function(code: str, name: str) -> Definition | None:
    """Return the function ``name`` at the top level of ``code``, where there is exactly one."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError):
        return None
    found = [each for each in tree.body if isinstance(each, Definition) and each.name == name]
    return found[0] if len(found) == 1 else None


def parameter_names(definition: Definition) -> list[str]:
    """Return the parameters that a function takes by position."""
    return [each.arg for each in [*definition.args.posonlyargs, *definition.args.args]]


def required_parameters(definition: Definition) -> int:
    """Return how many arguments a function must get by position."""
    return len(parameter_names(definition)) - len(definition.args.defaults)


def parameter_count(code: str, name: str) -> int:
    """Return how many arguments the function ``name`` of ``code`` must get; 0 for anything else."""
    definition = only_function(code, name)
    return required_parameters(definition) if definition else 0


def usable_assertions(candidates: list[str], names: list[str]) -> list[str]:
    """Return those ``candidates`` that are one assert statement about one of ``names``."""
    return [line for line in dict.fromkeys(candidates) if _is_assertion(line, names)]


def error_line(output: str) -> str:
    """Return the line of a failed run that names the error, such as ``AssertionError: ...``.

    All of ``output`` when no line does.
    """
    found = _ERROR_LINE.findall(output)
    return found[-1] if found else output


def _is_assertion(line: str, names: list[str]) -> bool:
    if syntax_error(line):
        return False
    body = ast.parse(line).body
    return len(body) == 1 and isinstance(body[0], ast.Assert) and _mentions(body[0], names)


def _mentions(tree: ast.AST, names: list[str]) -> bool:
    return any(isinstance(node, ast.Name) and node.id in names for node in ast.walk(tree))
