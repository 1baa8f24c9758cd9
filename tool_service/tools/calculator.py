"""calculator: arithmetic, by walking the expression's syntax tree."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from typing import Any

from core.ports import ToolResult
from tool_service.tool import Arguments, Tool, parameters

Number = int | float

_MAX_LENGTH = 1000
_MAX_BITS = 4096  # 1,233 digits: more is no longer a number that a person reads
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Number]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_FUNCTIONS: dict[str, Callable[..., Number]] = {
    "abs": abs,
    "round": round,
    "min": min,
    "max": max,
    "sqrt": math.sqrt,
    "floor": math.floor,
    "ceil": math.ceil,
    "exp": math.exp,
    "log": math.log,
    "log10": math.log10,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
}
_CONSTANTS: dict[str, float] = {"pi": math.pi, "e": math.e}


class _Refused(ValueError):
    """The expression is not arithmetic, or too large."""


def evaluate(expression: str) -> Number:
    """Return the value of an arithmetic expression.

    Raises: ValueError (no arithmetic, too large), ZeroDivisionError, OverflowError.
    """
    if len(expression) > _MAX_LENGTH:
        raise _Refused(f"an expression has at most {_MAX_LENGTH} characters: shorten it")
    try:
        tree = ast.parse(expression.strip().replace("^", "**"), mode="eval")
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise _Refused("this is no arithmetic expression") from error
    return _value(tree.body)


def _value(node: ast.expr) -> Number:
    match node:
        case ast.Constant(value=bool() | complex()):
            raise _Refused("only real numbers are known")
        case ast.Constant(value=int() | float() as number):
            return _bounded(number)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power(_value(left), _value(right))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _bounded(_BINARY[type(op)](_value(left), _value(right)))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
            return _bounded(_call(name, [_value(each) for each in args]))
        case ast.Name(id=name) if name in _CONSTANTS:
            return _CONSTANTS[name]
    raise _Refused(f"{ast.unparse(node)[:60]!r} is not known here")


def _call(name: str, arguments: list[Number]) -> Number:
    try:
        return _FUNCTIONS[name](*arguments)
    except TypeError as error:
        raise _Refused(f"{name} takes other arguments") from error


def _power(base: Number, exponent: Number) -> Number:
    whole = isinstance(base, int) and isinstance(exponent, int) and exponent > 0
    if whole and int(base).bit_length() * exponent > _MAX_BITS:
        raise _Refused("the result is too large")
    result = base**exponent
    if isinstance(result, complex):
        raise _Refused("the result is no real number")
    return _bounded(result)


def _bounded(number: Number) -> Number:
    if isinstance(number, int) and number.bit_length() > _MAX_BITS:
        raise _Refused("the result is too large")
    if isinstance(number, float) and not math.isfinite(number):
        raise _Refused("the result is too large for a number")
    return number


async def _run(arguments: Arguments) -> ToolResult:
    expression = str(arguments["expression"])
    try:
        value = evaluate(expression)
    except ZeroDivisionError:
        return ToolResult(ok=False, output="division by zero")
    except OverflowError:
        return ToolResult(ok=False, output="the result is too large")
    except ValueError as error:
        return ToolResult(ok=False, output=str(error))
    text = _text(value)
    return ToolResult(ok=True, output=text, data={"value": text})


def _text(value: Number) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    # 15 digits: as many as a double holds for sure, so that 0.1 + 0.2 reads 0.3.
    return f"{value:.15g}" if isinstance(value, float) else str(value)


CALCULATOR = Tool(
    name="calculator",
    description="Computes an arithmetic expression, such as (2 + 3) * sqrt(16).",
    parameters_schema=parameters(
        {"expression": {"type": "string", "minLength": 1, "maxLength": _MAX_LENGTH}}
    ),
    run=_run,
    idempotent=True,
)
