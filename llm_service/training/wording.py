"""How people ask: a description becomes a request, in many ways."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from llm_service.functions import Function

_NAMED = (
    "write a function {name} that {third}",
    "write a function called {name} that {third}",
    "write a python function named {name} that {third}",
    "function {name} that {third}",
    "implement {name}, which {third}",
    "define {name} so that it {third}",
    "code {name}: it {third}",
    "i need a function {name} that {third}",
    "{name} should {plain}. write it",
    "create {name}({parameters}) that {third}",
    "write {name}({parameters}) that {third}",
    "write {name}, a function that {third}",
)
_UNNAMED = (
    "write a function that {third}",
    "write a python function that {third}",
    "write a function to {plain}",
    "write python code that {third}",
    "write code to {plain}",
    "can you write a function that {third}?",
    "could you write a python function to {plain}",
    "please write a function that {third}",
    "i need a function that {third}",
    "i want code that {third}",
    "give me a function that {third}",
    "give me python code to {plain}",
    "implement a function that {third}",
    "create a function that {third}",
    "create a python function to {plain}",
    "make a function that {third}",
    "function that {third}",
    "a function which {third}",
    "python: {plain}",
    "python function to {plain}",
    "code a function to {plain}",
    "how do i {plain} in python? write the function",
    "help me write a function that {third}",
    "define a function that {third}",
    "{plain} with python",
    "build a helper that {third}",
    "let's have a function that {third}",
    "write me something that {third}",
)
_CLOSINGS = ("", "", "", "", ".", ".", " please", " please.", ", thanks", " in python", "!")
_VERB = re.compile(r"^(\w+?)(es|s)\b")
_KEEPS_E = ("es",)
_IRREGULAR = {
    "does": "do",
    "flips": "flip",
    "tests": "test",
    "matches": "match",
    "dedupes": "dedupe",
    "pushes": "push",
}


@dataclass(frozen=True, slots=True)
class Request:
    """A request in words, and the name that it asks for (empty: the usual one)."""

    text: str
    name: str


def plain_form(third: str) -> str:
    """Turn "returns x" into "return x"."""
    verb = third.split(" ", 1)[0]
    rest = third[len(verb) :]
    if verb in _IRREGULAR:
        return _IRREGULAR[verb] + rest
    if verb.endswith("ches") or verb.endswith("shes") or verb.endswith("xes"):
        return verb[:-2] + rest
    if verb.endswith("ies"):
        return verb[:-3] + "y" + rest
    return verb.removesuffix("s") + rest


def request(third: str, function: Function, rng: random.Random) -> Request:
    """Word a wish: named or not, as an order, a question or a fragment, with a typo at times."""
    named = rng.random() < 0.35
    name = _other_name(function, rng) if named else ""
    frame = rng.choice(_NAMED if named else _UNNAMED)
    if function.is_class:
        frame = frame.replace("({parameters})", "").replace("function", "class")
    text = frame.format(
        name=name, third=third, plain=plain_form(third), parameters=function.parameters
    )
    if not text.endswith("?"):
        text += rng.choice(_CLOSINGS)
    if rng.random() < 0.4:
        text = text[0].upper() + text[1:]
    if rng.random() < 0.06:
        text = _typo(text, name, rng)
    return Request(text, name)


def _other_name(function: Function, rng: random.Random) -> str:
    usual = function.name
    if function.is_class:
        return rng.choice((usual, usual, f"My{usual}", f"Simple{usual}", f"{usual}2", "Thing"))
    pool = (usual, usual, f"my_{usual}", f"get_{usual}", f"do_{usual}", f"{usual}_value", "solve")
    extra = ("f", "g", "foo", "calc", "compute", "helper", "run", "process", "convert", "check")
    return rng.choice((*pool, rng.choice(extra)))


def _typo(text: str, name: str, rng: random.Random) -> str:
    places = [i for i in range(1, len(text) - 1) if text[i - 1 : i + 2].isalpha()]
    if not places or name:
        return text
    at = rng.choice(places)
    swapped = text[at + 1] + text[at]
    return rng.choice((text[:at] + text[at + 1 :], text[:at] + swapped + text[at + 2 :]))
