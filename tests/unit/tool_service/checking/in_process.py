"""The judge beside the code in one process: what is equal to what needs no sandbox."""

from __future__ import annotations

import json
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tool_service.checking import judge
from tool_service.checking.assertion_form import CodeNames
from tool_service.checking.judge import Check, Code
from tool_service.checking.subject import Subject


class CodeHere(Code):
    """Answers questions by a subject in this process, over the same lines."""

    def __init__(self, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Load ``code`` as a module."""
        module = ModuleType("solution")
        monkeypatch.setitem(sys.modules, "solution", module)
        exec(code, vars(module))
        self._subject, self._answers = Subject(module), [b""]
        stdin = SimpleNamespace(readline=lambda: self._answers.pop())
        monkeypatch.setattr(
            judge, "sys", SimpleNamespace(stdin=stdin, stdout=sys.stdout, modules=sys.modules)
        )
        monkeypatch.setattr(judge, "_tell", self._tell)

    def _tell(self, line: dict[str, Any]) -> None:
        question = json.loads(json.dumps(line))["ask"]
        self._answers.append(self._subject.answer(question))


def failure(code: str, check: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return why ``check`` does not hold for ``code``, the kind of error first; empty: it does."""
    here = CodeHere(code, monkeypatch)
    try:
        Check(check, CodeNames(code), here).hold()
    except Exception as error:  # noqa: BLE001 - whatever a check raises is its verdict
        return f"{type(error).__name__}: {error}"
    return ""
