"""List pipelines: a filter, a map and an aggregate, in every combination."""

from __future__ import annotations

import random
from dataclasses import dataclass

from llm_service.training.function import Function

_CONSTANTS = (2, 3, 4, 5, 10)
_INPUTS = ("[1, 2, 3, 4]", "[5, 6]", "[-1, 0, 2]", "[]")


@dataclass(frozen=True, slots=True)
class Step:
    """A stage: how it is written and how people say it (``{n}`` varies)."""

    name: str
    code: str
    phrases: tuple[str, ...]


FILTERS = (
    Step("", "", ("",)),
    Step("even", "x % 2 == 0", ("even",)),
    Step("odd", "x % 2 != 0", ("odd",)),
    Step("positive", "x > 0", ("positive",)),
    Step("negative", "x < 0", ("negative",)),
    Step("over_{n}", "x > {n}", ("greater than {n}", "above {n}", "over {n}", "larger than {n}")),
    Step("under_{n}", "x < {n}", ("less than {n}", "below {n}", "under {n}", "smaller than {n}")),
    Step("by_{n}", "x % {n} == 0", ("divisible by {n}", "that are multiples of {n}")),
)
MAPS = (
    Step("", "x", ("",)),
    Step("squares", "x * x", ("squares", "squared values")),
    Step("cubes", "x ** 3", ("cubes", "cubed values")),
    Step("doubles", "2 * x", ("doubles", "doubled values")),
    Step("absolutes", "abs(x)", ("absolute values",)),
    Step("negated", "-x", ("negated values", "negatives")),
)
AGGREGATES = (
    Step("sum", "sum({})", ("the sum of", "the total of", "sum of")),
    Step("list", "[{}]", ("the list of", "a list of", "all", "the")),
    Step("count", "count", ("the number of", "how many", "the count of")),
    Step("max", "max", ("the maximum of", "the largest of", "the biggest of")),
    Step("min", "min", ("the minimum of", "the smallest of")),
    Step("product", "product", ("the product of",)),
    Step("average", "average", ("the average of", "the mean of")),
)
Combination = tuple[int, int, int]


def combinations() -> list[Combination]:
    """Return every combination that does something, in a fixed order."""
    indices = [
        (f, m, a)
        for f in range(len(FILTERS))
        for m in range(len(MAPS))
        for a in range(len(AGGREGATES))
    ]
    return [c for c in indices if not (AGGREGATES[c[2]].name == "count" and c[1])]


def pipeline(combination: Combination, rng: random.Random, constant: str = "") -> Function:
    """Return a combination as a function, with wordings (and a constant) drawn from ``rng``."""
    kept, mapped, aggregate = (
        FILTERS[combination[0]],
        MAPS[combination[1]],
        AGGREGATES[combination[2]],
    )
    constant = constant or str(rng.choice(_CONSTANTS))
    loop = f"{mapped.code} for x in numbers"
    if kept.code:
        loop += f" if {kept.code}"
    descriptions = tuple(_describe(kept, mapped, aggregate, rng) for _ in range(3))
    name = "_".join(part for part in (aggregate.name, kept.name, mapped.name) if part)
    return Function(
        name.replace("{n}", constant)
        if name not in ("sum", "list", "max", "min")
        else f"get_{name}",
        "numbers",
        _body(aggregate.name, loop).replace("{n}", constant),
        tuple(text.replace("{n}", constant) for text in descriptions),
        _INPUTS if aggregate.name not in ("max", "min", "average") else _INPUTS[:3],
    )


def _body(aggregate: str, loop: str) -> str:
    if aggregate == "sum":
        return f"return sum({loop})"
    if aggregate == "list":
        return f"return [{loop}]"
    if aggregate == "count":
        return f"return len([{loop}])"
    if aggregate == "product":
        return f"result = 1\nfor x in [{loop}]:\n    result *= x\nreturn result"
    if aggregate == "average":
        return f"values = [{loop}]\nreturn sum(values) / len(values) if values else 0"
    return f"return {aggregate}([{loop}], default=None)"


def _describe(kept: Step, mapped: Step, aggregate: Step, rng: random.Random) -> str:
    what = rng.choice(("numbers", "numbers", "values", "integers", "elements"))
    phrase = rng.choice(kept.phrases)
    chosen = f"{phrase} {what}" if " " not in phrase and phrase else f"{what} {phrase}".strip()
    if mapped.name:
        chosen = f"{rng.choice(mapped.phrases)} of the {chosen}"
    elif aggregate.name != "list":
        chosen = f"the {chosen}" if not aggregate.phrases[0].startswith("how") else chosen
    verb = rng.choice(("returns", "returns", "computes", "gives", "finds"))
    place = rng.choice((" in a list", " of a list", " in a list", " from a list", ""))
    said = rng.choice(aggregate.phrases)
    if said == "how many" or said == "the number of":
        chosen = chosen.removeprefix("the ")
    return f"{verb} {said} {chosen}{place}".replace("the the ", "the ")
