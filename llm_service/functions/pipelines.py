"""List pipelines: a filter, a map and an aggregate over numbers, in every combination.

``{n}`` is the filter's constant and ``{m}`` the map's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from llm_service.functions.function import Constants, Function

_INPUTS = ("[1, 2, 3, 4, 12]", "[5, -6, 0, 30]", "[]")
_USUAL_FILTER = (3, 2, 5, 10)
_USUAL_MAP = (4, 5, 10)
_HELD_OUT_SHARE = 7  # one combination in seven is kept out of training


@dataclass(frozen=True, slots=True)
class Step:
    """A stage: its code, and how a description says it (``{}`` is what it is applied to)."""

    code: str
    said: str


FILTERS: Mapping[str, Step] = MappingProxyType(
    {
        "none": Step("", "numbers"),
        "even": Step("x % 2 == 0", "even numbers"),
        "odd": Step("x % 2 != 0", "odd numbers"),
        "positive": Step("x > 0", "positive numbers"),
        "negative": Step("x < 0", "negative numbers"),
        "over": Step("x > {n}", "numbers greater than {n}"),
        "under": Step("x < {n}", "numbers less than {n}"),
        "from": Step("x >= {n}", "numbers that are at least {n}"),
        "up_to": Step("x <= {n}", "numbers that are at most {n}"),
        "by": Step("x % {n} == 0", "numbers divisible by {n}"),
        "not_by": Step("x % {n} != 0", "numbers not divisible by {n}"),
    }
)
MAPS: Mapping[str, Step] = MappingProxyType(
    {
        "none": Step("x", "{}"),
        "squares": Step("x * x", "squares of the {}"),
        "cubes": Step("x ** 3", "cubes of the {}"),
        "doubles": Step("2 * x", "doubles of the {}"),
        "triples": Step("3 * x", "triples of the {}"),
        "halves": Step("x / 2", "halves of the {}"),
        "absolutes": Step("abs(x)", "absolute values of the {}"),
        "negated": Step("-x", "negated values of the {}"),
        "plus": Step("x + {m}", "{} with {m} added to each"),
        "times": Step("x * {m}", "{} with each multiplied by {m}"),
    }
)
AGGREGATES: Mapping[str, Step] = MappingProxyType(
    {
        "sum": Step("return sum({})", "returns the sum of the {} in a list"),
        "list": Step("return [{}]", "returns the list of the {} in a list"),
        "count": Step("return len([{}])", "returns how many {} are in a list"),
        "max": Step("return max([{}], default=None)", "returns the largest of the {} in a list"),
        "min": Step("return min([{}], default=None)", "returns the smallest of the {} in a list"),
        "product": Step(
            "result = 1\nfor x in [{}]:\n    result *= x\nreturn result",
            "returns the product of the {} in a list",
        ),
        "average": Step(
            "values = [{}]\nreturn sum(values) / len(values) if values else 0",
            "returns the average of the {} in a list",
        ),
        "sorted": Step("return sorted({})", "returns the {} in a list sorted ascending"),
        "descending": Step(
            "return sorted([{}], reverse=True)", "returns the {} in a list sorted descending"
        ),
        "any": Step("return any({})", "checks whether any number in a list {}"),
        "all": Step("return all({})", "checks whether every number in a list {}"),
    }
)
_IS = MappingProxyType(
    {
        "even": "is even",
        "odd": "is odd",
        "positive": "is positive",
        "negative": "is negative",
        "over": "is greater than {n}",
        "under": "is less than {n}",
        "from": "is at least {n}",
        "up_to": "is at most {n}",
        "by": "is divisible by {n}",
        "not_by": "is not divisible by {n}",
    }
)
_TESTS = ("any", "all")
_LISTS = ("list", "sorted", "descending")


@dataclass(frozen=True, slots=True)
class Combination:
    """Keys into `FILTERS`, `MAPS` and `AGGREGATES`."""

    filter: str
    map: str
    aggregate: str

    @property
    def makes_sense(self) -> bool:
        """Whether it does something that is not said more simply."""
        if self.aggregate in _TESTS:
            return self.filter != "none" and self.map == "none"
        if self.aggregate == "count":
            return self.map == "none"
        return self.aggregate not in _LISTS or (self.filter, self.map) != ("none", "none")

    @property
    def held_out(self) -> bool:
        """Whether it is kept out of training, for the evaluation."""
        if "none" in (self.filter, self.map):
            return False
        places = (
            list(FILTERS).index(self.filter),
            list(MAPS).index(self.map),
            list(AGGREGATES).index(self.aggregate),
        )
        return sum(places) % _HELD_OUT_SHARE == 3


def combinations() -> Iterator[Combination]:
    """Yield every combination that makes sense, in a fixed order."""
    for kept in FILTERS:
        for mapped in MAPS:
            for aggregate in AGGREGATES:
                combination = Combination(kept, mapped, aggregate)
                if combination.makes_sense:
                    yield combination


def pipeline(combination: Combination) -> Function:
    """Return a combination as a function, with one description."""
    name = _name(combination)
    body = _body(combination).replace("\n", "\n    ")
    return Function(
        name,
        f"def {name}(numbers):\n    {body}",
        (_describe(combination),),
        _INPUTS if "{n}" not in body else ("[{n}, 7, 100, 2]", *_INPUTS[1:]),
        _constants(combination),
    )


def _name(combination: Combination) -> str:
    parts = (combination.aggregate, combination.filter, combination.map)
    return "_".join(part for part in parts if part != "none") + (
        "_numbers" if (combination.filter, combination.map) == ("none", "none") else ""
    )


def _body(combination: Combination) -> str:
    kept = FILTERS[combination.filter].code
    if combination.aggregate in _TESTS:
        loop = f"{kept} for x in numbers"
    else:
        loop = f"{MAPS[combination.map].code} for x in numbers" + (f" if {kept}" if kept else "")
    return AGGREGATES[combination.aggregate].code.replace("{}", loop)


def _describe(combination: Combination) -> str:
    said = AGGREGATES[combination.aggregate].said
    if combination.aggregate in _TESTS:
        return said.replace("{}", _IS[combination.filter])
    chosen = MAPS[combination.map].said.replace("{}", FILTERS[combination.filter].said)
    return said.replace("{}", chosen)


def _constants(combination: Combination) -> tuple[Constants, ...]:
    filters = _USUAL_FILTER if "{n}" in FILTERS[combination.filter].code else (None,)
    maps = _USUAL_MAP if "{m}" in MAPS[combination.map].code else (None,)
    chosen = tuple(
        {place: value for place, value in (("n", n), ("m", m)) if value is not None}
        for n in filters
        for m in maps
    )
    return chosen if chosen != ({},) else ()
