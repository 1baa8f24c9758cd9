"""Holds the checked code and answers questions about it: one line in, one line out.

Runs in a sandbox of its own, without the checks. Nothing that is said here is believed: the judge
takes an answer for no more than what the code returned, and the code could return anything.
"""

from __future__ import annotations

import builtins
import importlib.util
import json
import operator
import os
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from tool_service.checking.plain_values import base_data, decode, encode

LOADED = b'{"loaded": true}\n'
# The longest answer in bytes; the tool service takes no longer line.
MAX_ANSWER = 4 * 1024 * 1024
_FILE = "solution.py"
_MAX_SHOWN = 2000


def main(folder: Path) -> None:
    """Load ``solution.py`` of ``folder`` as a module, and answer until nobody asks."""
    asked, answers = _channels()
    try:
        module = _load(folder / _FILE)
    except BaseException as error:  # noqa: BLE001 - SystemExit and the like are the code's too
        _say(answers, _raised(error))
        return
    _say(answers, LOADED)
    subject = Subject(module)
    for line in asked:
        _say(answers, subject.answer(json.loads(line)))


class Subject:
    """The loaded module, and the objects of it that the judge holds references to."""

    def __init__(self, module: ModuleType) -> None:
        """Answer about ``module``."""
        self._globals = vars(module)
        self._kept: list[Any] = []

    def answer(self, request: Mapping[str, Any]) -> bytes:
        """Return the answer: the value of an expression, or what it raised."""
        try:
            names = {key: self._decode(form) for key, form in request["names"].items()}
            value = self._evaluate(request, names)
            found = self._line(value, names)
        except BaseException as error:  # noqa: BLE001 - SystemExit and the like are the code's too
            return _raised(error)
        if len(found) > MAX_ANSWER:
            return _raised(ValueError(f"the value is too large to be compared: {len(found)} bytes"))
        return found

    def _evaluate(self, request: Mapping[str, Any], names: dict[str, Any]) -> Any:
        if "apply" in request:
            where, name = request["apply"].split(".")
            function = getattr(operator if where == "operator" else builtins, name)
            # Keywords go by their name, all else by its place.
            keywords = {key: each for key, each in names.items() if not key.isdigit()}
            return function(*(names[key] for key in names if key.isdigit()), **keywords)
        return _function(request["source"], list(names), self._globals)(*names.values())

    def _line(self, value: Any, names: Mapping[str, Any]) -> bytes:
        """Return value and arguments, as code may change what it is given, or give it back."""
        given = {key: each for key, each in names.items() if type(each) in (list, dict, set)}
        same = [key for key, each in given.items() if each is value]
        found = {
            "value": self._encode(value),
            "same": same[0] if same else "",
            "names": {key: self._encode(each) for key, each in given.items()},
        }
        return json.dumps(found).encode() + b"\n"

    def _encode(self, value: Any) -> Any:
        return encode(value, self._reference)

    def _reference(self, value: Any) -> dict[str, Any]:
        self._kept.append(value)
        found = {"is": "object", "of": len(self._kept) - 1, "type": type(value).__name__}
        try:
            found["data"] = self._encode(base_data(value))
        except LookupError:
            return found
        return found

    def _decode(self, form: Any) -> Any:
        return decode(form, self._resolve)

    def _resolve(self, form: Mapping[str, Any]) -> Any:
        if form["is"] == "object":
            return self._kept[form["of"]]
        if form["is"] == "function":
            names = {key: self._decode(each) for key, each in form["names"].items()}
            return _function(form["of"], list(names), self._globals)(*names.values())
        return getattr(importlib.import_module(form["module"]), form["of"])


def _function(source: str, names: list[str], where: dict[str, Any]) -> Any:
    """Return an expression as a function of ``names``, so that its inner scopes see them."""
    return eval(f"lambda {', '.join(names)}: (\n{source}\n)", where)


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    sys.argv = [_FILE]
    spec.loader.exec_module(module)
    return module


def _channels() -> tuple[Any, int]:
    """Take stdin and stdout for the questions; what the code prints goes to stderr."""
    asked, answers = os.fdopen(os.dup(0), "rb"), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", 1, "utf-8", "replace", closefd=False)
    return asked, answers


def _say(answers: int, line: bytes) -> None:
    sys.stdout.flush()
    while line:
        line = line[os.write(answers, line) :]


def _raised(error: BaseException) -> bytes:
    try:
        told = traceback.TracebackException.from_exception(error, compact=True)
        for each in (told, told.__cause__, told.__context__):
            if each is not None:
                own = [frame for frame in each.stack if Path(frame.filename).name == _FILE]
                each.stack = traceback.StackSummary.from_list(own)
        text = "".join(told.format()).replace(f"{Path(__file__).parents[2]}/", "")
        line = "".join(told.format_exception_only())
    except Exception as second:  # noqa: BLE001 - an exception that cannot be told is told of
        text = line = f"{type(error).__name__}: it cannot be shown ({type(second).__name__})"
    name = next(each.__name__ for each in type(error).__mro__ if each.__module__ == "builtins")
    found = {"raised": name, "text": text[-_MAX_SHOWN:], "line": line[:_MAX_SHOWN]}
    return json.dumps(found).encode() + b"\n"
