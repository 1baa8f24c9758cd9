"""JSON Schemas as grammars that llama.cpp samples by."""

from __future__ import annotations

import json
from typing import Any

import llama_cpp
from llama_cpp.llama_grammar import json_schema_to_gbnf

from core.errors import InvalidInput

_MAX_SCHEMA_BYTES = 64 * 1024
_MAX_GRAMMAR_BYTES = 512 * 1024
_MAX_DEPTH = 32
# A repetition becomes nested brackets, and llama.cpp's parser recurses into them: a few thousand
# overflow its stack and kill the process.
_MAX_REPETITION = 256
_REPETITIONS = ("minLength", "maxLength", "minItems", "maxItems")
_FIELD = "json_schema"
_CONVERTER_FAILURES = (
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


def grammar_of(json_schema: str, vocabulary: Any) -> str:
    """Return the grammar of a JSON Schema, for a loaded model's ``vocabulary``.

    Raises: InvalidInput when it cannot be compiled.
    """
    _check(json_schema)
    try:
        text: str = json_schema_to_gbnf(json_schema)
    # The converter walks whatever it is given and fails in its own ways on odd schemas.
    except _CONVERTER_FAILURES as error:
        raise InvalidInput(
            f"json_schema cannot be compiled: {type(error).__name__}: {error}", _FIELD
        ) from error
    if len(text) > _MAX_GRAMMAR_BYTES or not _parses(text, vocabulary):
        raise InvalidInput(
            "json_schema cannot be compiled: its grammar is too large or loops", _FIELD
        )
    return text


def _parses(grammar: str, vocabulary: Any) -> bool:
    """Ask llama.cpp itself: sampling with a grammar that it cannot parse kills the process."""
    sampler = llama_cpp.llama_sampler_init_grammar(vocabulary, grammar.encode(), b"root")
    if not sampler:
        return False
    llama_cpp.llama_sampler_free(sampler)
    return True


def _check(json_schema: str) -> None:
    if len(json_schema.encode()) > _MAX_SCHEMA_BYTES:
        raise InvalidInput(f"json_schema is over {_MAX_SCHEMA_BYTES} bytes long", _FIELD)
    try:
        schema = json.loads(json_schema)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InvalidInput(f"json_schema is no JSON: {error}", _FIELD) from error
    if not isinstance(schema, dict):
        raise InvalidInput("json_schema is no JSON object", _FIELD)
    _check_sizes(schema, 0)


def _check_sizes(value: Any, depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise InvalidInput(f"json_schema is nested deeper than {_MAX_DEPTH}", _FIELD)
    if isinstance(value, dict):
        for name in _REPETITIONS:
            count = value.get(name)
            if isinstance(count, int | float) and count > _MAX_REPETITION:
                raise InvalidInput(
                    f"json_schema has {name} {count}; a grammar takes at most {_MAX_REPETITION}",
                    _FIELD,
                )
    children = value.values() if isinstance(value, dict) else value
    if isinstance(value, dict | list):
        for child in children:
            _check_sizes(child, depth + 1)
