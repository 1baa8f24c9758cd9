"""JSON Schemas as callers send them: read, and held against the draft's own rules."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from core.errors import InvalidInput
from core.json_text import read_json

FIELD = "json_schema"
_MAX_BYTES = 64 * 1024
MAX_DEPTH = 64


def read_schema(json_schema: str) -> dict[str, Any]:
    """Return a JSON Schema of draft 2020-12.

    Raises: InvalidInput, with the keyword that is wrong and a JSON pointer to it.
    """
    if len(json_schema.encode()) > _MAX_BYTES:
        raise InvalidInput(f"json_schema is over {_MAX_BYTES} bytes long: shorten it", FIELD)
    try:
        schema = read_json(json_schema, MAX_DEPTH, any_text=True)
    except ValueError as error:
        raise InvalidInput(f"json_schema is no JSON: {error}", FIELD) from error
    if not isinstance(schema, dict):
        raise InvalidInput("json_schema is no JSON object", FIELD)
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        place = pointer(*error.absolute_path)
        raise InvalidInput(f"json_schema at {place}: {error.message}", FIELD) from error
    except RecursionError as error:
        deep = f"json_schema is nested too deeply: at most {MAX_DEPTH} levels"
        raise InvalidInput(deep, FIELD) from error
    return schema


def pointer(*steps: str | int) -> str:
    """Return the JSON pointer (RFC 6901, as a fragment) that leads along ``steps``."""
    escaped = (str(step).replace("~", "~0").replace("/", "~1") for step in steps)
    return "/".join(("#", *escaped))
