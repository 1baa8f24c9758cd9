"""JSON Schemas in the form that the converter to grammars understands to the last word.

llama-cpp-python's converter passes over what it does not know, and over much that it knows where
it stands beside something else. Here each keyword that asserts something is either brought into a
place where the converter honours it, or refused by its name and place. A form may allow less than
its schema, never more: whatever fits the form fits the schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NoReturn
from urllib.parse import unquote

from jsonschema import Draft202012Validator

from core.errors import InvalidInput
from llm_service.backends.llama.grammars.schema_keywords import (
    ASSERTIONS,
    FORMATS,
    HELD,
    OF_A_VALUE,
    OF_TYPE,
    types_of,
)
from llm_service.backends.llama.grammars.schema_pattern import UnsupportedPattern, held_pattern
from llm_service.json_schema import FIELD, pointer

Form = dict[str, Any]
Place = tuple[str | int, ...]

_MAX_DEPTH = 32
# A repetition becomes nested brackets, and llama.cpp's parser recurses into them: a few thousand
# overflow its stack and kill the process.
_MAX_REPETITION = 256
_ANY: Form = {"type": "value"}  # the converter's name for any JSON


def form_of(schema: Mapping[str, Any]) -> tuple[Form, dict[str, Form]]:
    """Return the form of a valid schema, and the forms that its references name.

    Raises: InvalidInput, with the keyword that no grammar can hold to and where it stands.
    """
    reader = _Reader(schema)
    return reader.form(schema, ()), reader.referred


class _Reader:
    """Reads one schema."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self.referred: dict[str, Form] = {}

    def form(self, schema: Any, place: Place) -> Form:
        """Return the form of the schema at a place."""
        if len(place) > 2 * _MAX_DEPTH:
            raise InvalidInput(f"json_schema is nested deeper than {_MAX_DEPTH}", FIELD)
        if schema is True:
            return _ANY
        if schema is False:
            _refuse(place, "allows nothing")
        kept = {name: value for name, value in schema.items() if name in ASSERTIONS}
        if "const" in kept or "enum" in kept:
            return _values(kept, place)
        _check_held(kept, place)
        if "$ref" in kept:
            _alone("$ref", kept, place)
            return {"$ref": self._referred(kept["$ref"], place)}
        for union in ("oneOf", "anyOf"):
            if union in kept:
                return self._union(union, kept, place)
        if "allOf" in kept:
            return self._merged(kept, place)
        return self._by_type(kept, place)

    def _by_type(self, kept: Form, place: Place) -> Form:
        kinds = kept.get("type") or _spoken_of(kept)
        if isinstance(kinds, str):
            return self._typed(kinds, kept, place)
        if not kinds:
            return _ANY
        forms = [self._typed(each, kept, place) for each in kinds]
        return forms[0] if len(forms) == 1 else {"anyOf": forms}

    def _typed(self, kind: str, kept: Form, place: Place) -> Form:
        own = {name: kept[name] for name in kept if name in OF_TYPE.get(kind, ())}
        if "format" in kept and kept["format"] not in FORMATS:
            _refuse((*place, "format"), f"a grammar cannot hold to {kept['format']!r}")
        if "format" in kept and kind == "string":
            _alone("format", {*own, "format"}, place)
            return {"type": "string", "format": kept["format"]}
        if kind == "object":
            return self._object(own, place)
        if kind == "array":
            return self._array(own, place)
        return _string(own, place) if kind == "string" else {"type": kind}

    def _object(self, own: Form, place: Place) -> Form:
        properties = own.get("properties", {})
        for name in own.get("required", ()):
            if name not in properties:
                _refuse((*place, "required"), f"{name!r} is not among the properties")
        if "*" in properties:
            _refuse((*place, "properties", "*"), "a grammar cannot hold to this name")
        more = own.get("additionalProperties", True)
        closed: Form = {} if more is True else {"additionalProperties": False}
        if not properties and isinstance(more, dict):
            closed["additionalProperties"] = self.form(more, (*place, "additionalProperties"))
        if not properties:
            return {"type": "object", **closed}
        # Names beside those listed could repeat a listed one with another value: none are written.
        return {
            "type": "object",
            "properties": {
                name: self.form(each, (*place, "properties", name))
                for name, each in properties.items()
            },
            "required": own.get("required", []),
            **closed,
        }

    def _array(self, own: Form, place: Place) -> Form:
        least, most = _limits("minItems", "maxItems", own, place)
        first = own.get("prefixItems", [])
        if not first:
            items = own.get("items", True)
            if items is False:
                items, most = True, 0
                if least:
                    _refuse((*place, "minItems"), "items allows none")
            limits = {"minItems": least} | ({} if most is None else {"maxItems": most})
            return {"type": "array", "items": self.form(items, (*place, "items")), **limits}
        if least > len(first) or (most is not None and most < len(first)):
            name = "minItems" if least > len(first) else "maxItems"
            _refuse((*place, name), f"a grammar writes as many items as prefixItems: {len(first)}")
        forms = [self.form(each, (*place, "prefixItems", n)) for n, each in enumerate(first)]
        return {"type": "array", "prefixItems": forms}

    def _union(self, union: str, kept: Form, place: Place) -> Form:
        choices = kept[union]
        if all(isinstance(each, dict) and each.get("type") == kept.get("type") for each in choices):
            kept = {name: value for name, value in kept.items() if name != "type"}
        _alone(union, kept, place)
        return {"anyOf": [self.form(each, (*place, union, n)) for n, each in enumerate(choices)]}

    def _merged(self, kept: Form, place: Place) -> Form:
        """Return one object with the properties of all parts, or the only part."""
        parts = kept["allOf"]
        if len(parts) == 1 and len(kept) == 1:
            return self.form(parts[0], (*place, "allOf", 0))
        merged: Form = {"type": "object", "properties": {}, "required": []}
        beside = {name: value for name, value in kept.items() if name != "allOf"}
        places = [(*place, "allOf", number) for number in range(len(parts))]
        for part, where in zip([*parts, beside], [*places, place], strict=True):
            self._merge(part, where, merged)
        return merged

    def _merge(self, part: Any, place: Place, merged: Form) -> None:
        form: Form = self.form(part, place) if part else {"type": "object"}
        if "$ref" in form:
            form = self.referred[form["$ref"]]
        if form.get("type") != "object" or "additionalProperties" in form:
            _refuse(place, "a grammar can only join objects that list their properties")
        for name, value in form.get("properties", {}).items():
            if merged["properties"].setdefault(name, value) != value:
                _refuse((*place, "properties", name), "another part of allOf has it otherwise")
        merged["required"] += [n for n in form.get("required", ()) if n not in merged["required"]]

    def _referred(self, reference: str, place: Place) -> str:
        """Return the reference in one spelling, its form read."""
        place = (*place, "$ref")
        if reference != "#" and not reference.startswith("#/"):
            _refuse(place, f"{reference!r} is not within json_schema, and nothing is fetched")
        steps = tuple(
            unquote(step).replace("~1", "/").replace("~0", "~") for step in reference.split("/")[1:]
        )
        name = pointer(*steps)
        if name not in self.referred:
            self.referred[name] = {}  # a reference to it from within finds it begun
            target: Any = self._root
            for step in steps:
                target = _step(target, step)
                if target is None:
                    _refuse(place, f"{reference!r} names nothing in json_schema")
            self.referred[name].update(self.form(target, steps))
        return name


def _step(target: Any, step: str) -> Any:
    if isinstance(target, dict):
        return target.get(step)
    if isinstance(target, list) and step.isdecimal() and int(step) < len(target):
        return target[int(step)]
    return None


def _values(kept: Form, place: Place) -> Form:
    """Return those of the listed values that what stands beside them allows."""
    named = "const" if "const" in kept else "enum"
    for name in kept:
        if name not in OF_A_VALUE:
            _refuse((*place, name), f"a grammar cannot hold to this keyword beside {named}")
    validator = Draft202012Validator(kept)
    listed = [kept["const"]] if named == "const" else kept["enum"]
    values = [value for value in listed if validator.is_valid(value)]
    if not values:
        _refuse((*place, named), "allows nothing")
    return {"enum": values}


def _string(own: Form, place: Place) -> Form:
    if "pattern" in own:
        _alone("pattern", own, place)
        try:
            return {"type": "string", "pattern": held_pattern(own["pattern"], _MAX_REPETITION)}
        except UnsupportedPattern as error:
            _refuse((*place, "pattern"), str(error))
    least, most = _limits("minLength", "maxLength", own, place)
    if most is not None:
        return {"type": "string", "minLength": least, "maxLength": most}
    return {"type": "string", "minLength": least} if least else {"type": "string"}


def _limits(least: str, most: str, own: Form, place: Place) -> tuple[int, int | None]:
    for name in (least, most):
        if own.get(name, 0) > _MAX_REPETITION:
            _refuse((*place, name), f"it is {own[name]}; a grammar takes {_MAX_REPETITION} at most")
    low = int(own.get(least, 0))
    high = int(own[most]) if most in own else None
    if high is not None and high < low:
        _refuse((*place, most), f"it is under {least}: nothing fits")
    return low, high


def _spoken_of(kept: Form) -> list[str]:
    """Return the types that the keywords of a schema without ``type`` speak of."""
    kinds = {kind for name in kept for kind in types_of(name)}
    return sorted(kinds | ({"string"} if "format" in kept else set()))


def _is_idle(name: str, kept: Form) -> bool:
    """Whether a keyword asks nothing of what the schema's ``type`` leaves."""
    if name == "uniqueItems" and kept[name] is False:
        return True
    kinds = kept.get("type", ())
    listed = {kinds} if isinstance(kinds, str) else set(kinds)
    if "integer" in listed:
        listed.add("number")
    speaks_of = types_of(name)
    return bool(listed and speaks_of) and speaks_of.isdisjoint(listed)


def _check_held(kept: Form, place: Place) -> None:
    for name in kept:
        if name not in HELD and not _is_idle(name, kept):
            _refuse((*place, name), "a grammar cannot hold to this keyword")


def _alone(name: str, kept: Iterable[str], place: Place) -> None:
    for other in kept:
        if other != name:
            _refuse((*place, other), f"a grammar cannot hold to this keyword beside {name}")


def _refuse(place: Place, why: str) -> NoReturn:
    raise InvalidInput(f"json_schema cannot be compiled: {pointer(*place)}: {why}", FIELD)
