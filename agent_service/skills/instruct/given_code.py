"""Code that a request brings along: an answer gets what it uses of it and does not repeat."""

from __future__ import annotations

import ast

from core.code_text import extract_code, syntax_error

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def with_given_code(text: str, code: str) -> str:
    """Return ``code`` with the imports, helpers and constants of the request that it lacks.

    A model asked to complete a function often leaves out what stands above it.
    """
    given = _given(text)
    if not given or syntax_error(code):
        return code
    found: list[ast.stmt] = []
    wanted = _used(ast.parse(code)) - _defined(ast.parse(code).body)
    while more := [each for each in given if each not in found and _defined([each]) & wanted]:
        found += more
        wanted |= {name for each in more for name in _used(each)}
    if not found:
        return code
    found.sort(key=given.index)
    return "\n".join([*(ast.unparse(each) for each in found), "", "", code])


def _given(text: str) -> list[ast.stmt]:
    """Return what the code block of a request holds that is whole."""
    block = extract_code(text) if "```" in text else ""
    if not block or syntax_error(block):
        return []
    kinds = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign)
    return [
        each
        for each in ast.parse(block).body
        if isinstance(each, kinds) or (isinstance(each, _Definition) and not _is_head(each))
    ]


def _is_head(definition: _Definition) -> bool:
    """Say whether a definition has a docstring or an ellipsis for its body: it is to be written."""
    return all(
        isinstance(each, ast.Pass)
        or (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
        for each in definition.body
    )


def _used(tree: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(tree) if isinstance(each, ast.Name)}


def _defined(body: list[ast.stmt]) -> set[str]:
    """Return the names that statements bind at the top level."""
    found: set[str] = set()
    for each in body:
        if isinstance(each, _Definition):
            found.add(each.name)
        elif isinstance(each, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name.split(".")[0] for alias in each.names}
        else:
            stored = (node for node in ast.walk(each) if isinstance(node, ast.Name))
            found |= {node.id for node in stored if isinstance(node.ctx, ast.Store)}
    return found
