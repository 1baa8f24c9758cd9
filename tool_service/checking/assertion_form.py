"""Turns an assertion into an expression that the judge evaluates, and asks for what is not its own.

Runs in the sandbox: standard library only. What begins with a name of the checked code is asked
for as it is written, arguments and all: `f(2)` in `assert f(2) == 4`. The rest, above all what is
expected, never leaves the judge.
"""

from __future__ import annotations

import ast
import builtins
import importlib
from typing import Any

# What an assertion may use by its own right; a name that is not here is the checked code's.
_BUILTIN_NAMES = """
abs all any ascii bin bool bytearray bytes chr complex dict divmod enumerate filter float format
frozenset hash hex int iter len list map max min next oct ord pow range repr reversed round set
slice sorted str sum tuple zip Ellipsis NotImplemented ArithmeticError AssertionError
AttributeError Exception IndexError KeyError LookupError NameError NotImplementedError
OverflowError RecursionError RuntimeError StopIteration TypeError ValueError ZeroDivisionError
"""
# The judge's own ones, which look at things too; see judge.py.
_ASKING = ("isinstance", "issubclass", "type", "callable", "getattr", "hasattr", "vars")
_MODULE_NAMES = """
bisect calendar cmath collections datetime decimal fractions functools heapq itertools json math
numbers operator re statistics string textwrap types uuid
"""

BUILTINS: dict[str, Any] = {name: getattr(builtins, name) for name in _BUILTIN_NAMES.split()}
_MODULES: dict[str, Any] = {name: importlib.import_module(name) for name in _MODULE_NAMES.split()}


class CodeNames:
    """The names of the checked code, as far as its text tells them."""

    def __init__(self, code: str) -> None:
        """Read ``code``, which must be Python."""
        body = ast.parse(code).body
        definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        self._defined = {node.name for node in body if isinstance(node, definitions)}
        self._own: dict[str, Any] = {**dict.fromkeys((*BUILTINS, *_ASKING)), **_MODULES}
        for node in body:
            self._import(node)

    def judge_names(self, mentioned: set[str]) -> dict[str, Any]:
        """Return the names of an assertion that are the judge's own; None stands for a builtin.

        What the code defines under such a name counts only where the assertion is about nothing
        else of the code: else code that defines its own `all` would decide what that means.
        """
        if mentioned & (self._defined - set(self._own)):
            return self._own
        return {name: value for name, value in self._own.items() if name not in self._defined}

    def _import(self, node: ast.stmt) -> None:
        """Import what the code imports, where it is one of the modules that are known."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name in _MODULES:
                    self._own[alias.asname or alias.name] = _MODULES[alias.name]
        if isinstance(node, ast.ImportFrom) and node.module in _MODULES and not node.level:
            module = _MODULES[node.module]
            for alias in node.names:
                if alias.name != "*" and hasattr(module, alias.name):
                    self._own[alias.asname or alias.name] = getattr(module, alias.name)


class Form(ast.NodeTransformer):
    """Rewrites the expression of one assertion.

    Calls of `_ask`, `_get`, `_compare` and `_function` take the place of what asks the code.
    """

    def __init__(self, names: CodeNames, test: ast.expr) -> None:
        """Prepare to rewrite ``test``."""
        self._bound = _bound_in(test)
        # What is being compared must not change what it is compared with: `f(x) == sorted(x)`.
        self._comparing = False
        used = {node.id for node in ast.walk(test) if isinstance(node, ast.Name)}
        self.names = names.judge_names(used - self._bound)

    def visit(self, node: ast.AST) -> Any:
        """Rewrite a node: ask for it as it is written where it begins with a name of the code."""
        if isinstance(node, ast.Name | ast.Attribute | ast.Subscript | ast.Call):
            walrus = any(isinstance(each, ast.NamedExpr) for each in ast.walk(node))
            if self._begins_with_the_code(node) and not walrus:
                built = isinstance(node, ast.Call) and _is_class_name(node.func)
                source, given = ast.unparse(node), self._given(node)
                return _call("_ask", source, given, built, self._comparing)
        return super().visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """Look an attribute up where the object lives."""
        return _call("_get", self.visit(node.value), node.attr)

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        """Compare as plain data, left to right, each value computed once."""
        if len(node.ops) > 1:
            return self._chained(node)
        before, name = self._comparing, type(node.ops[0]).__name__
        self._comparing = name not in ("Is", "IsNot")
        sides = self.visit(node.left), self.visit(node.comparators[0])
        self._comparing = before
        return _call("_compare", name, *sides)

    def visit_List(self, node: ast.List) -> ast.expr:
        """Rewrite a list: its items are computed one after another, as statements are."""
        return self._display(node)

    def visit_Tuple(self, node: ast.Tuple) -> ast.expr:
        """Rewrite a tuple: its items are computed one after another, as statements are."""
        return self._display(node)

    def _display(self, node: ast.expr) -> ast.expr:
        before, self._comparing = self._comparing, False
        self.generic_visit(node)
        self._comparing = before
        return node

    def _chained(self, node: ast.Compare) -> ast.expr:
        """Return `a < b < c` as `a < (between := b) and between < c`."""
        between = f"_between_{node.lineno}_{node.col_offset}_{len(node.ops)}"
        self._bound.add(between)
        kept = ast.NamedExpr(ast.Name(between, ast.Store()), node.comparators[0])
        first = ast.Compare(node.left, node.ops[:1], [kept])
        rest = ast.Compare(_loaded(between), node.ops[1:], node.comparators[1:])
        ast.copy_location(rest, node)
        return ast.BoolOp(ast.And(), [self.visit(first), self.visit(rest)])

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        """Keep a function's text beside it: the code may be handed it."""
        source, given = ast.unparse(node), self._given(node)
        return _call("_function", self.generic_visit(node), source, given)

    def _begins_with_the_code(self, node: ast.AST) -> bool:
        while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
            node = node.func if isinstance(node, ast.Call) else node.value
        if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
            return False
        return node.id not in self._bound and node.id not in self.names

    def _given(self, node: ast.AST) -> ast.expr:
        """Return the values of the assertion's own variables that ``node`` reads, as a dict."""
        inner = _bound_in(node)
        loaded = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
        names = sorted((loaded & self._bound) - inner)
        return ast.Dict([ast.Constant(name) for name in names], [_loaded(name) for name in names])


def _is_class_name(function: ast.expr) -> bool:
    return isinstance(function, ast.Name) and function.id[:1].isupper()


def _bound_in(node: ast.AST) -> set[str]:
    stored = {
        each.id
        for each in ast.walk(node)
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
    }
    return stored | {each.arg for each in ast.walk(node) if isinstance(each, ast.arg)}


def _call(name: str, *given: Any) -> ast.Call:
    values = [each if isinstance(each, ast.expr) else ast.Constant(each) for each in given]
    return ast.Call(_loaded(name), values, [])


def _loaded(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())
