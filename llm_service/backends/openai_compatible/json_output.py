"""JSON Schemas: asked for in the server's way, and held against what came back."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry
from referencing.exceptions import Unresolvable

from core.errors import InvalidInput, OutputMismatch
from core.json_text import read_json
from llm_service.backends.openai_compatible.server import JsonMode
from llm_service.json_schema import FIELD, MAX_DEPTH

_NAME = "output"
_DESCRIPTION = "Takes the answer."


def schema_arguments(schema: dict[str, Any], mode: JsonMode) -> dict[str, Any]:
    """Return the arguments of a request that ask for output by a schema.

    With ``json_object`` the schema goes along as llama.cpp's servers take it; the others see that
    JSON is wanted and no more. With ``tool`` the output is the arguments of a function that the
    model has to call.
    """
    if mode == "tool":
        function = {"name": _NAME, "description": _DESCRIPTION, "parameters": schema}
        chosen = {"type": "function", "function": {"name": _NAME}}
        return {"tools": [{"type": "function", "function": function}], "tool_choice": chosen}
    if mode == "json_object":
        return {"response_format": {"type": "json_object", "schema": schema}}
    described = {"name": _NAME, "strict": True, "schema": schema}
    return {"response_format": {"type": "json_schema", "json_schema": described}}


def check_output(text: str, schema: dict[str, Any]) -> None:
    """Hold finished output against the schema: not every server keeps what it is asked for.

    Raises: OutputMismatch.
    """
    try:
        value = read_json(text, MAX_DEPTH, any_text=True)
    except ValueError as error:
        raise OutputMismatch(f"the model's output is no JSON: {error}") from error
    registry: Registry[Any] = Registry()  # the validator's own would fetch references from the net
    validator = Draft202012Validator(schema, registry=registry)
    try:
        wrong = best_match(validator.iter_errors(value))
    except Unresolvable as error:
        raise InvalidInput(f"json_schema refers to {error.ref!r}, not in it", FIELD) from error
    if wrong is not None:
        raise OutputMismatch(f"the model's output does not fit json_schema: {wrong.message}")
