"""JSON Schemas as callers send them: read, and held against the draft's own rules."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from core.errors import InvalidInput

FIELD = "json_schema"
_MAX_BYTES = 64 * 1024


def read_schema(json_schema: str) -> dict[str, Any]:
    """Return a JSON Schema of draft 2020-12.

    Raises: InvalidInput, with the keyword that is wrong and a JSON pointer to it.
    """
    if len(json_schema.encode()) > _MAX_BYTES:
        raise InvalidInput(f"json_schema is over {_MAX_BYTES} bytes long", FIELD)
    try:
        schema = json.loads(json_schema, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"json_schema is no JSON: {error}", FIELD) from error
    if not isinstance(schema, dict):
        raise InvalidInput("json_schema is no JSON object", FIELD)
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        place = pointer(*error.absolute_path)
        raise InvalidInput(f"json_schema at {place}: {error.message}", FIELD) from error
    except RecursionError as error:
        raise InvalidInput("json_schema is nested too deeply", FIELD) from error
    return schema


def pointer(*steps: str | int) -> str:
    """Return the JSON pointer (RFC 6901, as a fragment) that leads along ``steps``."""
    escaped = (str(step).replace("~", "~0").replace("/", "~1") for step in steps)
    return "/".join(("#", *escaped))


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
