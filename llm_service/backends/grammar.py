"""JSON Schemas as grammars that llama.cpp samples by."""

from __future__ import annotations

import json

from llama_cpp.llama_grammar import LlamaGrammar

from core.errors import InvalidInput

_MAX_SCHEMA_BYTES = 64 * 1024


def grammar_of(json_schema: str) -> LlamaGrammar:
    """Return the grammar of a JSON Schema. Raises: InvalidInput when it cannot be compiled."""
    if len(json_schema.encode()) > _MAX_SCHEMA_BYTES:
        raise InvalidInput(f"json_schema is over {_MAX_SCHEMA_BYTES} bytes long", "json_schema")
    try:
        if not isinstance(json.loads(json_schema), dict):
            raise InvalidInput("json_schema is no JSON object", "json_schema")
        return LlamaGrammar.from_json_schema(json_schema, verbose=False)
    except json.JSONDecodeError as error:
        raise InvalidInput(f"json_schema is no JSON: {error}", "json_schema") from error
    # The converter walks whatever it is given and fails in its own ways on odd schemas.
    except (
        AssertionError,
        AttributeError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        raise InvalidInput(
            f"json_schema cannot be compiled: {type(error).__name__}: {error}", "json_schema"
        ) from error
