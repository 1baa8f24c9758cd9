"""From a schema's form to a grammar, by llama-cpp-python's converter with its slips put right."""

from __future__ import annotations

import json
import re
from typing import Any

from llama_cpp.llama_grammar import BuiltinRule, SchemaConverter

from llm_service.backends.llama.grammars.schema_form import Form

# The converter's own lets a string hold a line break, and half a pair of surrogates.
_CHARACTER = BuiltinRule(
    r'[^"\\\x00-\x1F\x7F] | "\\" (["\\/bfnrt] | "u" ([0-9a-cA-CefEF] [0-9a-fA-F] | [dD] [0-7])'
    r" [0-9a-fA-F] [0-9a-fA-F])"
)


def write_grammar(form: Form, referred: dict[str, Form]) -> str:
    """Return the grammar of a form, which begins at ``root``."""
    converter: Any = _Converter(referred)
    converter.visit(form, "")
    return str(converter.format_grammar())


class _Converter(SchemaConverter):
    """Escapes what it quotes, and never takes one reference for another."""

    def __init__(self, referred: dict[str, Form]) -> None:
        super().__init__(  # type: ignore[no-untyped-call]
            prop_order={}, allow_fetch=False, dotall=False, raw_pattern=False
        )
        self._referred = referred
        self._names: dict[str, str] = {}

    def _format_literal(self, literal: str) -> str:
        text = json.dumps(json.loads(literal), ensure_ascii=False)
        if not _is_encodable(text):  # half a pair of surrogates
            text = literal
        return '"' + re.sub(r'["\\]', r"\\\g<0>", text) + '"'

    def _resolve_ref(self, ref: str) -> str:
        """The original goes by the last word of a reference, which several may share."""
        if ref not in self._names:
            self._names[ref] = f"mesh-reference-{len(self._names)}"
            rule = self.visit(self._referred[ref], self._names[ref])  # type: ignore[no-untyped-call]
            self._names[ref] = rule
        return self._names[ref]

    def _add_primitive(self, name: str, rule: BuiltinRule) -> Any:
        return super()._add_primitive(name, _CHARACTER if name == "char" else rule)


def _is_encodable(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)
