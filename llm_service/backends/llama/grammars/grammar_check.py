"""Whether llama.cpp survives a grammar: no rule comes back to itself, and few ways lead on."""

from __future__ import annotations

from collections import defaultdict
from graphlib import CycleError, TopologicalSorter

from llm_service.backends.llama.grammars.gbnf import BadGrammar, Item, Rule, read_gbnf

_ROOT = "root"
_MAX_DEPTH = 1_000
# llama.cpp walks all ways from a rule to its first texts, those that meet again too.
_MAX_WAYS = 50_000


def check_gbnf(grammar: str) -> None:
    """Raise BadGrammar unless llama.cpp can read a grammar and begin with it."""
    if "\0" in grammar:
        raise BadGrammar("it holds a NUL character")
    rules = read_gbnf(grammar)
    if _ROOT not in rules:
        raise BadGrammar("it has no rule named root")
    named = {step.rule: name for name, rule in rules.items() for step in _steps(rule) if step.rule}
    for name, user in named.items():
        if name not in rules:
            raise BadGrammar(f"the rule {name}, which {_shown(user)} refers to, is not defined")
    empty = _empty_rules(rules)
    for rule in rules.values():
        for step in _steps(rule):
            # With `*` llama.cpp would never end, with a count it gets lost in the ways to do so.
            if step.repeated and step.rule in empty:
                raise BadGrammar(f"{_shown(step.rule)} is repeated, and may stand for no text")
    _check_ways(rules, {name: _first_rules(rule, empty) for name, rule in rules.items()})


def _check_ways(rules: dict[str, Rule], first: dict[str, list[str]]) -> None:
    order = TopologicalSorter({name: set(first[name]) for name in rules})
    ways: dict[str, int] = {}
    depth: dict[str, int] = {}
    try:
        names = list(order.static_order())
    except CycleError as error:
        loop = " > ".join(dict.fromkeys(_shown(name) for name in reversed(error.args[1])))
        raise BadGrammar(f"the rule comes back to itself before any text: {loop}") from error
    for name in names:
        ways[name] = 1 + sum(ways[each] for each in first[name])
        depth[name] = max((1 + depth[each] for each in first[name]), default=0)
        if ways[name] > _MAX_WAYS or depth[name] > _MAX_DEPTH:
            raise BadGrammar(
                f"too many ways lead from {_shown(name)} to its first text: split the grammar, or "
                "take alternatives out"
            )


def _empty_rules(rules: dict[str, Rule]) -> set[str]:
    """Return the rules that may stand for no text."""
    users: dict[str, set[str]] = defaultdict(set)
    for name, rule in rules.items():
        for step in _steps(rule):
            users[step.rule].add(name)
    found: set[str] = set()
    waiting = set(rules)
    while waiting:
        name = waiting.pop()
        if name not in found and any(
            all(_may_be_empty(step, found) for step in steps) for steps in rules[name].alternatives
        ):
            found.add(name)
            waiting |= users[name]
    return found


def _first_rules(rule: Rule, empty: set[str]) -> list[str]:
    """Return the rules that a rule may begin with, one as often as it may."""
    found = []
    for steps in rule.alternatives:
        for step in steps:
            if step.rule:
                found.append(step.rule)
            if not _may_be_empty(step, empty):
                break
    return found


def _may_be_empty(step: Item, empty: set[str]) -> bool:
    return step.optional or step.rule in empty


def _steps(rule: Rule) -> list[Item]:
    return [step for steps in rule.alternatives for step in steps]


def _shown(name: str) -> str:
    return "a bracket" if name.startswith("(") else name
