"""What changed between two states, as a list of changes that lead from one to the other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Path = tuple[str | int, ...]
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


class ChangeKind(StrEnum):
    """What happened to a value."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One value that differs; ``before`` of an added and ``after`` of a removed one is None."""

    path: Path
    kind: ChangeKind
    before: Any = None
    after: Any = None


def diff(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Return what changed between two JSON objects, so that `apply` gives the second.

    Objects are compared by key, in the order of the keys; lists by position. Entries removed from
    the end of a list come last one first, so that the changes hold when applied in their order.
    """
    return list(_objects((), before, after))


def apply(before: Mapping[str, Any], changes: Sequence[Change]) -> dict[str, Any]:
    """Return a copy of ``before`` with ``changes`` made to it in their order."""
    changed = deepcopy(dict(before))
    for change in changes:
        place: Any = changed
        for step in change.path[:-1]:
            place = place[step]
        last = change.path[-1]
        if change.kind is ChangeKind.REMOVED:
            del place[last]
        elif change.kind is ChangeKind.ADDED and isinstance(place, list):
            place.append(deepcopy(change.after))
        else:
            place[last] = deepcopy(change.after)
    return changed


def path_text(path: Path) -> str:
    """Return a path as people write it: ``review.approved``, ``messages[3]``, ``data["a b"]``."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN_KEY.fullmatch(step):
            text += f".{step}" if text else step
        else:
            text += f"[{json.dumps(step, ensure_ascii=False)}]"
    return text


def _objects(path: Path, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for key in sorted({*before, *after}):
        here = (*path, key)
        if key not in after:
            yield Change(here, ChangeKind.REMOVED, before=before[key])
        elif key not in before:
            yield Change(here, ChangeKind.ADDED, after=after[key])
        else:
            yield from _values(here, before[key], after[key])


def _lists(path: Path, before: Sequence[Any], after: Sequence[Any]) -> Iterator[Change]:
    shared = min(len(before), len(after))
    for index in range(shared):
        yield from _values((*path, index), before[index], after[index])
    for index in range(shared, len(after)):
        yield Change((*path, index), ChangeKind.ADDED, after=after[index])
    for index in reversed(range(shared, len(before))):
        yield Change((*path, index), ChangeKind.REMOVED, before=before[index])


def _values(path: Path, before: Any, after: Any) -> Iterator[Change]:
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _objects(path, before, after)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _lists(path, before, after)
    elif before != after or isinstance(before, bool) != isinstance(after, bool):
        # In Python True equals 1; in JSON they are two things.
        yield Change(path, ChangeKind.CHANGED, before, after)
