"""Reading code out of what a model wrote, and assertions out of what a person wrote."""

from __future__ import annotations

import ast
import re

_FENCE = re.compile(r"```[a-zA-Z0-9_+-]*\n(.*?)(?:```|\Z)", re.DOTALL)
_ERROR_LINE = re.compile(
    r"^[A-Za-z_.]*(?:Error|Exception|Exit|Interrupt|Iteration)\b.*$", re.MULTILINE
)
_CALL_START = re.compile(r"\b[A-Za-z_]\w*\(")
_GIVES = re.compile(
    r"\s*(?:->|=>|==|→|returns|gives|should (?:be|return|give))\s*(?=(?P<value>[^\n]+))"
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


def examples_in(text: str, names: list[str]) -> list[str]:
    """Return assertions for the examples in a request, such as ``double(2) -> 4``.

    Only calls of one of ``names`` whose expected value is a literal count.
    """
    found: list[str] = []
    for start in _CALL_START.finditer(text):
        call = _balanced(text, start.start(), start.end())
        gives = _GIVES.match(text, start.start() + len(call)) if call else None
        value = _leading_literal(gives.group("value")) if gives else ""
        if value and _calls_one_of(call, names):
            found.append(f"assert {call} == {value}")
    return found


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


def _calls_one_of(expression: str, names: list[str]) -> bool:
    return not syntax_error(expression) and _mentions(ast.parse(expression), names)


def _balanced(text: str, start: int, after_bracket: int) -> str:
    """Return the call that starts at ``start``, to its closing bracket; empty without one."""
    open_brackets = 1
    for end in range(after_bracket, len(text)):
        open_brackets += {"(": 1, ")": -1}.get(text[end], 0)
        if text[end] == "\n":
            break
        if open_brackets == 0:
            return text[start : end + 1]
    return ""


def _mentions(tree: ast.AST, names: list[str]) -> bool:
    return any(isinstance(node, ast.Name) and node.id in names for node in ast.walk(tree))


def _leading_literal(text: str) -> str:
    """Return the longest start of ``text`` that is a Python literal; empty when none is."""
    for end in range(len(text), 0, -1):
        candidate = text[:end].strip()
        if candidate.endswith(","):
            continue
        try:
            ast.literal_eval(candidate)
        except (SyntaxError, ValueError, RecursionError):
            continue
        return candidate
    return ""
