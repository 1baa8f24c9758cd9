"""Wordings of list pipelines, made by putting phrases together.

They teach how a filter, a map and an aggregate are said, one apart from the other; whole requests
that people wrote are in ``pipeline_wordings.tsv``.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from types import MappingProxyType

from llm_service.functions.pipelines import Combination

_NOUNS = (
    *("numbers", "numbers", "numbers", "values", "integers", "ints", "elements", "entries"),
    *("items", "ones", "scores", "prices", "readings", "ages", "temperatures", "amounts"),
)
# Before the noun, or behind it (those that hold a space).
_FILTERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "none": ("",),
        "even": ("even", "even", "even-valued", "that are even", "divisible by two"),
        "odd": ("odd", "odd", "odd-valued", "that are odd", "that are not even"),
        "positive": ("positive", "positive", "that are positive", "above zero", "greater than 0"),
        "negative": ("negative", "negative", "that are negative", "below zero", "less than 0"),
        "over": (
            *("over {n}", "above {n}", "greater than {n}", "larger than {n}", "bigger than {n}"),
            *("more than {n}", "exceeding {n}", "higher than {n}", "that exceed {n}", "> {n}"),
        ),
        "under": (
            *("under {n}", "below {n}", "less than {n}", "smaller than {n}", "lower than {n}"),
            *("that are under {n}", "that stay below {n}", "fewer than {n}", "< {n}"),
        ),
        "from": (
            *("of at least {n}", "that are at least {n}", "from {n} up", "{n} or more"),
            *("greater than or equal to {n}", "not below {n}", ">= {n}", "{n} and above"),
        ),
        "up_to": (
            *("of at most {n}", "that are at most {n}", "up to {n}", "{n} or less"),
            *("less than or equal to {n}", "not above {n}", "<= {n}", "no bigger than {n}"),
        ),
        "by": (
            *("divisible by {n}", "that are multiples of {n}", "which {n} divides"),
            *(
                "that can be divided by {n}",
                "evenly divisible by {n}",
                "that are a multiple of {n}",
            ),
        ),
        "not_by": (
            *("not divisible by {n}", "that are not multiples of {n}", "that {n} does not divide"),
            *("that can't be divided by {n}", "which aren't a multiple of {n}"),
        ),
    }
)
# What is made of each, as a noun (``{}`` is what follows "the") and as an order about "them".
_MAPS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = MappingProxyType(
    {
        "none": (("{}",), ("",)),
        "squares": (
            ("squares of the {}", "squared {}", "the {} squared", "squares of {}"),
            ("square them", "square each", "square every one of them", "raise each to power 2"),
        ),
        "cubes": (
            ("cubes of the {}", "cubed {}", "the {} cubed", "third powers of the {}"),
            ("cube them", "cube each", "cube every one", "raise each to the third power"),
        ),
        "doubles": (
            ("doubles of the {}", "doubled {}", "{} times two", "twice the {}"),
            ("double them", "double each", "multiply each by 2", "take each twice"),
        ),
        "triples": (
            ("triples of the {}", "tripled {}", "{} times three", "three times the {}"),
            ("triple them", "triple each", "multiply each by 3"),
        ),
        "halves": (
            ("halves of the {}", "halved {}", "{} divided by two", "half of the {}"),
            ("halve them", "halve each", "divide each by 2", "cut each in half"),
        ),
        "absolutes": (
            ("absolute values of the {}", "absolute {}", "magnitudes of the {}"),
            ("take their absolute values", "drop the signs", "make them absolute"),
        ),
        "negated": (
            (
                "negated {}",
                "negatives of the {}",
                "{} with the sign flipped",
                "opposites of the {}",
            ),
            ("negate them", "flip the sign of each", "negate each", "switch the sign"),
        ),
        "plus": (
            ("{} with {m} added to each", "{} plus {m}", "{} increased by {m}"),
            ("add {m} to each", "increase each by {m}", "add {m} to every one of them"),
        ),
        "times": (
            ("{} multiplied by {m}", "{} times {m}", "{m} times the {}"),
            ("multiply each by {m}", "multiply them by {m}", "scale each by {m}"),
        ),
    }
)
# As a question or fragment before the noun, and as an order about "them".
_AGGREGATES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = MappingProxyType(
    {
        "sum": (
            ("sum of the", "total of the", "sum the", "add up the", "what do the {} add up to"),
            ("sum them", "add them up", "return the total", "give me the sum", "total them"),
        ),
        "list": (
            ("list of the", "all the", "only the", "keep the", "return the", "give me the", "find"),
            ("return the list", "give them back", "return them", "give me the new list"),
        ),
        "count": (
            ("count the", "number of", "how many", "count of", "how many of the {} are there"),
            ("count them", "tell me how many there are", "return how many"),
        ),
        "max": (
            ("largest of the", "maximum of the", "biggest of the", "highest of the", "max of the"),
            ("return the largest", "give me the biggest", "pick the maximum", "take the highest"),
        ),
        "min": (
            ("smallest of the", "minimum of the", "lowest of the", "least of the", "min of the"),
            ("return the smallest", "give me the lowest", "pick the minimum"),
        ),
        "product": (
            ("product of the", "multiply together the", "multiply all the", "multiply up the"),
            ("multiply them together", "return their product", "multiply them all"),
        ),
        "average": (
            ("average of the", "mean of the", "average the", "average value of the"),
            ("average them", "return the mean", "give me their average"),
        ),
        "sorted": (
            ("sorted list of the", "sort the", "in ascending order the", "smallest first, the"),
            ("sort them", "sort ascending", "return them in order", "put them in increasing order"),
        ),
        "descending": (
            ("descending list of the", "sort in reverse the", "largest first, the"),
            ("sort them descending", "sort them from high to low", "biggest first please"),
        ),
        "any": (
            ("is there any of the", "are there any", "does the list have any", "true if there are"),
            ("tell whether there is any",),
        ),
        "all": (
            ("are all numbers", "check that every number is", "is each of them", "all of them are"),
            ("tell whether all are so",),
        ),
    }
)
_DROPPING = 0.4
_STARTS = (
    *("take a list of {0}, ", "i have a list of {0}: ", "given {0}, ", "from a list of {0} "),
    *("for a bunch of {0} ", "loop over {0}, ", "go through a list of {0} and "),
)
_KEEPS = (
    *("keep the {}, ", "keep only the {}, ", "take the {}, ", "pick the {}, ", "select the {}, "),
    "filter for the {}, ",
)
# What is left when these are taken out.
_OPPOSITES: Mapping[str, str] = MappingProxyType(
    {
        "even": "odd",
        "odd": "even",
        "over": "up_to",
        "up_to": "over",
        "under": "from",
        "from": "under",
        "by": "not_by",
        "not_by": "by",
    }
)
_DROPS = (
    *("drop the {}, ", "remove the {}, ", "throw away all {}, ", "get rid of the {}, "),
    *("leave out the {}, ", "filter out the {}, ", "skip {}, ", "discard the {} and then "),
    *("ignore the {}, ", "delete all {}, ", "kick out {}, ", "without the {}, "),
)
_DROPPED = (
    *("remove the {}{place}", "drop all {}{place}", "filter out the {}{place}", "throw away {}"),
    *("{place} without the {}", "everything{place} except the {}", "get rid of the {}{place}"),
    *("drop those {}{place} and give me what's left", "delete the {}{place}", "no {} please"),
)
_PLACES = ("", "", " in a list", " of a list", " from a list", " in an array", " of a given list")
_ASKS = (
    *(
        "{}",
        "{}",
        "{}",
        "write a function that gives the {}",
        "function for the {}",
        "{} in python",
    ),
    *("what is the {}?", "i need the {}", "can you write something to get the {}", "code: {}"),
)


def worded(combination: Combination, rng: random.Random) -> str:
    """Return a request for a combination, its constants still ``{n}`` and ``{m}``."""
    said = rng.random()
    opposite = _OPPOSITES.get(combination.filter)
    if opposite and (combination.map, combination.aggregate) == ("none", "list") and said < 0.5:
        place = rng.choice(_PLACES) or " of a list"
        text = rng.choice(_DROPPED).replace("{place}", place).replace("{}", _chosen(opposite, rng))
        return text.strip().replace("those numbers", "those")
    if combination.aggregate in ("any", "all") or said < 0.55:
        return _in_one(combination, rng)
    return _step_by_step(combination, rng)


def _in_one(combination: Combination, rng: random.Random) -> str:
    what = _chosen(combination.filter, rng)
    if combination.map != "none":
        what = rng.choice(_MAPS[combination.map][0]).replace("{}", what)
    said = rng.choice(_AGGREGATES[combination.aggregate][0])
    text = said.replace("{}", what) if "{}" in said else f"{said} {what}"
    text = (text + rng.choice(_PLACES)).replace("the the ", "the ")
    if said.startswith(("is ", "are ", "does ", "what ", "how ")):
        return text + rng.choice(("", "?"))
    return rng.choice(_ASKS).replace("{}", text).replace("the the ", "the ")


def _step_by_step(combination: Combination, rng: random.Random) -> str:
    text = rng.choice(_STARTS).replace("{0}", rng.choice(_NOUNS))
    if combination.filter != "none":
        text += _kept(combination.filter, rng)
    if combination.map != "none":
        text += rng.choice(_MAPS[combination.map][1]) + rng.choice((", ", " and ", ", then "))
    return text + rng.choice(_AGGREGATES[combination.aggregate][1])


def _kept(kept: str, rng: random.Random) -> str:
    """Say what is kept, or what is dropped instead."""
    opposite = _OPPOSITES.get(kept)
    if opposite and rng.random() < _DROPPING:
        return rng.choice(_DROPS).replace("{}", _chosen(opposite, rng))
    return rng.choice(_KEEPS).replace("{}", _chosen(kept, rng))


def _chosen(kept: str, rng: random.Random) -> str:
    noun, phrase = rng.choice(_NOUNS), rng.choice(_FILTERS[kept])
    return f"{noun} {phrase}" if " " in phrase else f"{phrase} {noun}".strip()
