"""The keywords of JSON Schema 2020-12 that assert something, by what they speak of.

What is in none of these is an annotation (title, default, examples, ...) and changes nothing.
"""

from __future__ import annotations

OF_TYPE: dict[str, frozenset[str]] = {
    "string": frozenset({"minLength", "maxLength", "pattern"}),
    "object": frozenset(
        {
            "properties",
            "required",
            "additionalProperties",
            "patternProperties",
            "propertyNames",
            "minProperties",
            "maxProperties",
            "dependentRequired",
            "dependentSchemas",
            "dependencies",
            "unevaluatedProperties",
        }
    ),
    "array": frozenset(
        {
            "items",
            "prefixItems",
            "minItems",
            "maxItems",
            "additionalItems",
            "uniqueItems",
            "contains",
            "minContains",
            "maxContains",
            "unevaluatedItems",
        }
    ),
    "number": frozenset(
        {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
    ),
    "boolean": frozenset(),
    "null": frozenset(),
}
"""A keyword says nothing of values of another type."""

OF_ANY = frozenset(
    {
        "type",
        "const",
        "enum",
        "anyOf",
        "oneOf",
        "allOf",
        "not",
        "if",
        "then",
        "else",
        "format",
        "$ref",
        "$dynamicRef",
        "$recursiveRef",
    }
)

ASSERTIONS = OF_ANY.union(*OF_TYPE.values())

HELD = frozenset(
    {
        "type",
        "const",
        "enum",
        "anyOf",
        "oneOf",
        "allOf",
        "format",
        "$ref",
        "minLength",
        "maxLength",
        "pattern",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "prefixItems",
        "minItems",
        "maxItems",
    }
)
"""What a grammar can be made to hold to, at least in some place."""

OF_A_VALUE = frozenset({"const", "enum", "type", "minLength", "maxLength"}) | OF_TYPE["number"]
"""What a listed value can be checked for beforehand, in no time whatever the value."""

FORMATS = frozenset({"date", "time", "date-time", "uuid", *(f"uuid{n}" for n in range(1, 6))})


def types_of(keyword: str) -> set[str]:
    """Return the types that a keyword speaks of."""
    return {name for name, keywords in OF_TYPE.items() if keyword in keywords}
