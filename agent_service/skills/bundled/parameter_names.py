"""Code whose function takes its parameters under other names."""

from __future__ import annotations

import ast
import builtins
import keyword
from collections.abc import Mapping, Sequence

from agent_service.skills.bundled.requested_signature import Parameter, takes
from core.code_text import Definition, only_function, parameter_count, parameter_names

_LOOKS_NAMES_UP = frozenset({"locals", "vars", "eval", "exec"})


def with_parameters(code: str, name: str, wanted: Sequence[Parameter]) -> str:
    """Return ``code`` whose function ``name`` takes the ``wanted`` parameters, in their order.

    The code stays as it is where it takes another number of them, or where a name means something
    else in it: `takes` tells.
    """
    definition = only_function(code, name)
    if definition is None or takes(code, name, wanted):
        return code
    own, new = parameter_names(definition), [each.name for each in wanted]
    if not parameter_count(code, name) <= len(new) <= len(own):
        return code
    # In another order it is another function: what it is called with would no longer fit.
    if any(each in own and own.index(each) != at for at, each in enumerate(new)):
        return code
    renamed = dict(zip(own, new, strict=False))
    for each in (set(new) - set(own)) & _bound_names(definition):
        renamed[each] = _unused(each, definition)
    if not _can_be_renamed(definition, set(new) - set(own), renamed):
        return code
    return _renamed(code, name, renamed, wanted)


def _renamed(code: str, name: str, renamed: Mapping[str, str], wanted: Sequence[Parameter]) -> str:
    tree = ast.parse(code)
    [target] = [each for each in tree.body if isinstance(each, Definition) and each.name == name]
    _Renamer(renamed).rename(target)
    _rename_keywords(tree, name, renamed)
    defaults = [each.default for each in wanted if each.default]
    if len(defaults) > len(target.args.defaults) and len(wanted) == len(parameter_names(target)):
        target.args.defaults = [ast.parse(each, mode="eval").body for each in defaults]
    return ast.unparse(tree)


def _can_be_renamed(definition: Definition, new: set[str], renamed: Mapping[str, str]) -> bool:
    """Say whether the ``new`` names mean nothing else in the function.

    A name of its own makes room; one from outside, such as a function that it calls, cannot. Code
    that names its variables in other ways than by using them is left alone.
    """
    nodes = list(ast.walk(definition))
    if any(
        isinstance(each, ast.Global | ast.Nonlocal | ast.MatchAs | ast.MatchStar) for each in nodes
    ):
        return False
    used = {each.id for each in nodes if isinstance(each, ast.Name)}
    inner = [each for each in nodes if isinstance(each, Definition | ast.ClassDef | ast.Lambda)]
    named = {each.name for each in inner[1:] if not isinstance(each, ast.Lambda)}
    keywords = {
        each.arg
        for node in nodes
        if isinstance(node, ast.Call) and not _calls(node, definition.name)
        for each in node.keywords
    }
    if used & _LOOKS_NAMES_UP or named & (new | set(renamed)) or any(map(keyword.iskeyword, new)):
        return False
    if len(inner) > 1 and keywords & set(renamed):
        return False
    return not (used & new) - _bound_names(definition)


def _bound_names(definition: Definition) -> set[str]:
    """Return the variables of the function and of what is within it."""
    nodes = list(ast.walk(definition))
    stored = {each.id for each in nodes if isinstance(each, ast.Name) and not _is_read(each)}
    caught = {each.name for each in nodes if isinstance(each, ast.ExceptHandler) and each.name}
    return stored | caught | {each.arg for each in nodes if isinstance(each, ast.arg)}


def _is_read(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Load)


def _calls(node: ast.Call, name: str) -> bool:
    return isinstance(node.func, ast.Name) and node.func.id == name


def _unused(name: str, definition: Definition) -> str:
    taken = _bound_names(definition)
    taken |= {each.id for each in ast.walk(definition) if isinstance(each, ast.Name)}
    free = f"{name}_"
    while free in taken or hasattr(builtins, free):
        free += "_"
    return free


class _Renamer(ast.NodeTransformer):
    """Renames variables of a function and of all that is within it."""

    def __init__(self, renamed: Mapping[str, str]) -> None:
        self._renamed = renamed

    def rename(self, definition: Definition) -> None:
        """Rename in the parameters and the body; defaults and decorators are of the outside."""
        for each in [*definition.args.posonlyargs, *definition.args.args]:
            each.arg = self._renamed.get(each.arg, each.arg)
        definition.body = [self.visit(each) for each in definition.body]

    def visit_Name(self, node: ast.Name) -> ast.Name:
        """Rename a variable."""
        node.id = self._renamed.get(node.id, node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        """Rename a parameter of an inner function, which may hide one of the outer."""
        node.arg = self._renamed.get(node.arg, node.arg)
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.ExceptHandler:
        """Rename the variable of a caught exception."""
        node.name = self._renamed.get(node.name, node.name) if node.name else None
        self.generic_visit(node)
        return node


def _rename_keywords(tree: ast.Module, name: str, renamed: Mapping[str, str]) -> None:
    """Rename the keywords of the code's own calls of the function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _calls(node, name):
            for each in node.keywords:
                each.arg = renamed.get(each.arg, each.arg) if each.arg else None
