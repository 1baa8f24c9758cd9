"""Decides whether code holds its checks. Holds the checks; the code is in another process.

Runs in a sandbox of its own: standard library only. Reads a line of JSON with `code` and `checks`,
then speaks with the tool service by lines: `ask` hands a question on to the code, `begin` starts a
check, and `verdict` is the receipt for it. A check without one has not passed.
"""

from __future__ import annotations

import ast
import builtins
import json
import operator
import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any

from tool_service.checking.assertion_form import BUILTINS, CodeNames, Form
from tool_service.checking.plain_values import decode, encode
from tool_service.checking.things import (
    Gone,
    Raised,
    RaisedAttribute,
    RaisedStop,
    Thing,
    same,
)

_MAX_REASON = 2000
_MAX_SHOWN = 200
_RAISED = {"AttributeError": RaisedAttribute, "StopIteration": RaisedStop}
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "Lt": operator.lt,
    "LtE": operator.le,
    "Gt": operator.gt,
    "GtE": operator.ge,
    "Is": operator.is_,
    "IsNot": operator.is_not,
}


def main() -> None:
    """Judge every check, and say so."""
    given = json.loads(sys.stdin.readline())
    code = Code()
    loaded = _attempt(code.load)
    _tell({"loaded": not loaded, "reason": loaded})
    names = CodeNames(given["code"]) if not loaded else None
    for number, check in enumerate(given["checks"]):
        reason = loaded
        if names is not None:
            _tell({"begin": number})
            reason = _attempt(Check(check, names, code).hold)
        _tell({"verdict": number, "passed": not reason, "reason": reason})
    _tell({"done": True})


class Code:
    """The checked code, in its own process."""

    def load(self) -> None:
        """Wait until the code is loaded. Raises: Raised, Gone."""
        self._answer("load")

    def evaluate(self, source: str, names: dict[str, Any], *, copies: bool) -> Any:
        """Return what an expression gives over there. Raises: Raised, Gone.

        With ``copies`` the code cannot change the lists, dicts and sets among ``names``.
        """
        return self._ask({"source": source}, names, copies=copies)

    def apply(self, function: str, *given: Any, **named: Any) -> Any:
        """Return what a function of builtins or operator gives over there."""
        places = {str(place): value for place, value in enumerate(given)}
        return self._ask({"apply": function}, {**places, **named})

    def _ask(self, question: dict[str, Any], names: dict[str, Any], *, copies: bool = False) -> Any:
        forms = {name: encode(value, _reference) for name, value in names.items()}
        answer = self._answer({**question, "names": forms})
        if copies:
            return self._decode(answer["value"])
        for name, form in answer.get("names", {}).items():
            _change(names.get(name), self._decode(form))
        if answer.get("same") in names:
            return names[answer["same"]]
        return self._decode(answer["value"])

    def _answer(self, question: Any) -> dict[str, Any]:
        _tell({"ask": question})
        try:
            answer = json.loads(sys.stdin.readline())
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise Gone("the code answered what is no answer")
        if "gone" in answer:
            raise Gone(str(answer["gone"]))
        if "raised" in answer:
            kind = _RAISED.get(str(answer["raised"]), Raised)
            raise kind(str(answer.get("text", "")), str(answer.get("line", "")))
        if "loaded" not in answer and "value" not in answer:
            raise Gone("the code answered what is no answer")
        return answer

    def _decode(self, form: Any) -> Any:
        try:
            return decode(form, self._thing)
        except (ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as error:
            raise Gone(f"the code answered what is no value: {error}") from error

    def _thing(self, form: dict[str, Any]) -> Thing:
        data = (self._decode(form["data"]),) if "data" in form else ()
        return Thing(self, int(form["of"]), str(form["type"])[:_MAX_SHOWN], data, built=False)


class Check:
    """One assertion."""

    def __init__(self, text: str, names: CodeNames, code: Code) -> None:
        self._text, self._names, self._code = text, names, code
        self._last = ""

    def hold(self) -> None:
        """Evaluate it. Raises: AssertionError (it does not hold), whatever evaluating raises."""
        statement = ast.parse(self._text).body
        if len(statement) != 1 or not isinstance(statement[0], ast.Assert):
            raise SyntaxError(f"a check is one assert statement, not {self._text!r}")
        form = Form(self._names, statement[0].test)
        expression = ast.fix_missing_locations(ast.Expression(form.visit(statement[0].test)))
        where = {
            "__builtins__": BUILTINS,
            **{name: value for name, value in form.names.items() if value is not None},
            **self._asking,
        }
        if not eval(compile(expression, "<check>", "eval"), where):
            raise AssertionError(self._last)

    @property
    def _asking(self) -> dict[str, Any]:
        """What looks at things: names that an assertion may use, and those of its form."""
        return {
            "_ask": self._ask,
            "_get": self._get,
            "_compare": self._compare,
            "_function": _function,
            "isinstance": self._is_instance,
            "issubclass": lambda kind, kinds: self._seen("issubclass", kind, kinds),
            "type": lambda value: self._seen("type", value),
            "callable": lambda value: self._seen("callable", value),
            "vars": lambda value: self._seen("vars", value),
            "getattr": self._get,
            "hasattr": self._has,
        }

    def _ask(self, source: str, names: dict[str, Any], built: bool, copies: bool) -> Any:
        found = self._code.evaluate(source, names, copies=copies)
        if isinstance(found, Thing):
            found.built = built
        return found

    def _seen(self, function: str, *given: Any) -> Any:
        if any(isinstance(value, Thing) for value in given):
            return self._code.apply(f"builtins.{function}", *given)
        return getattr(builtins, function)(*given)

    def _get(self, value: Any, name: str, *default: Any) -> Any:
        return self._seen("getattr", value, name, *default)

    def _has(self, value: Any, name: str) -> bool:
        return bool(self._seen("hasattr", value, name))

    def _is_instance(self, value: Any, kinds: Any) -> bool:
        """Say what a value is; a thing may claim to be of the code's classes, no builtin type."""
        if isinstance(kinds, tuple):
            return any(self._is_instance(value, kind) for kind in kinds)
        if isinstance(value, Thing) and kinds in BUILTINS.values():
            return bool(value.data) and isinstance(value.data[0], kinds)
        return bool(self._seen("isinstance", value, kinds))

    def _compare(self, name: str, left: Any, right: Any) -> Any:
        if name in ("Eq", "NotEq"):
            holds = same(left, right) is (name == "Eq")
        elif name in ("In", "NotIn"):
            holds = _among(left, right) is (name == "In")
        else:
            holds = _COMPARE[name](left, right)
        if not holds:
            self._last = _difference(name, left, right)
        return holds


def _among(item: Any, container: Any) -> bool:
    if isinstance(container, Thing | str | bytes | range):
        return item in container
    return any(same(item, each) for each in container)


def _function(function: Any, source: str, names: dict[str, Any]) -> Any:
    function.text, function.names = source, names
    return function


def _reference(value: Any) -> dict[str, Any]:
    """Say how the code gets at what is no plain data. Raises: TypeError."""
    if isinstance(value, Thing):
        return {"is": "object", "of": value.handle}
    if isinstance(value, FunctionType) and hasattr(value, "text"):
        names = {name: encode(each, _reference) for name, each in vars(value)["names"].items()}
        return {"is": "function", "of": vars(value)["text"], "names": names}
    module, name = getattr(value, "__module__", None), getattr(value, "__name__", "")
    if module and getattr(sys.modules.get(module), name, None) is value:
        return {"is": "global", "module": module, "of": name}
    raise TypeError(f"the code cannot be handed a {type(value).__name__} object here")


def _change(value: Any, found: Any) -> None:
    """Let a list, dict or set of the check become what the code made of it."""
    if type(value) is not type(found):
        return
    if isinstance(value, list):
        value[:] = found
    elif isinstance(value, dict | set):
        value.clear()
        value.update(found)


def _difference(name: str, left: Any, right: Any) -> str:
    if name in ("Eq", "Is"):
        return f"it gave {_shown(left)}, not {_shown(right)}"
    return f"it gave {_shown(left)}, compared with {_shown(right)}"


def _shown(value: Any) -> str:
    if isinstance(value, Thing):
        return f"a {value.kind} object"
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001 - it may hold things, which may do anything
        return f"what cannot be shown ({type(error).__name__})"
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."


def _attempt(work: Callable[[], None]) -> dict[str, str]:
    """Return why ``work`` failed: how, and in which words; empty when it did not."""
    try:
        work()
    except AssertionError as error:
        return {"how": "differs", "text": str(error)[:_MAX_REASON]}
    except Gone as error:
        return {"how": "gone", "text": str(error)[:_MAX_REASON]}
    except Raised as error:
        return {"how": "raised", "text": error.text[-_MAX_REASON:]}
    except Exception as error:  # noqa: BLE001 - whatever a check raises is its verdict
        return {"how": "raised", "text": f"{type(error).__name__}: {error}"[:_MAX_REASON]}
    return {}


def _tell(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
