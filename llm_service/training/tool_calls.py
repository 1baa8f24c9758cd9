"""Requests for tools, with their arguments copied to the letter."""

from __future__ import annotations

import random
from typing import Any

from llm_service.training import tool_frames as frames
from llm_service.training.words import word, words

_STEMS = (
    "notes",
    "report",
    "todo",
    "data",
    "readme",
    "main",
    "log",
    "budget",
    "list",
    "draft",
    "plan",
    "config",
    "results",
    "shopping",
    "letter",
    "diary",
    "summary",
    "index",
    "test",
    "ideas",
)
_ENDINGS = ("txt", "md", "py", "json", "csv", "log", "yaml")
_FOLDERS = ("src", "docs", "tmp", "work", "archive", "projects", "tests", "images", "backup")
_WORDS = (
    "error",
    "hello",
    "invoice",
    "warning",
    "import",
    "total",
    "alpha",
    "price",
    "name",
    "secret",
    "meeting",
    "banana",
    "status",
    "timeout",
    "function",
    "river",
    "green",
    "monday",
    "value",
)
_PLACES = {
    "Europe/Berlin": "Berlin",
    "America/New_York": "New York",
    "Asia/Tokyo": "Tokyo",
    "Europe/London": "London",
    "Europe/Paris": "Paris",
    "Asia/Singapore": "Singapore",
    "Australia/Sydney": "Sydney",
    "America/Los_Angeles": "Los Angeles",
    "America/Chicago": "Chicago",
    "Africa/Cairo": "Cairo",
    "Europe/Madrid": "Madrid",
    "Asia/Kolkata": "Kolkata",
    "America/Toronto": "Toronto",
    "Europe/Rome": "Rome",
    "UTC": "UTC",
}

Call = dict[str, Any]
Draw = tuple[str, str, Call]


def draw(rng: random.Random) -> tuple[str, Call]:
    """Return a request and its call."""
    makers = (
        *(_calculate, _calculate, _read, _read, _list, _search, _search, _write, _write),
        *(_append, _append, _time, _run),
    )
    text, tool, arguments = rng.choice(makers)(rng)
    if rng.random() < 0.2 and "\n" not in text:
        text = rng.choice(frames.OPENINGS) + text
    if rng.random() < 0.3:
        text = text[0].upper() + text[1:]
    copied = "content" in arguments or "line" in arguments
    if rng.random() < 0.25 and not copied and not text.endswith(("?", ".", "`")):
        text += rng.choice(frames.ENDINGS)
    return text, {"tool": tool, "arguments": arguments}


def _number(rng: random.Random) -> str:
    if rng.random() < 0.2:
        return f"{rng.randint(0, 99)}.{rng.randint(1, 99)}"
    return str(rng.choice((rng.randint(0, 20), rng.randint(0, 100), rng.randint(0, 99999))))


def _calculate(rng: random.Random) -> Draw:
    if rng.random() < 0.5:
        said, expression = _in_words(rng)
    else:
        said = expression = _in_signs(rng)
    bare = said.split()[0] in ("add", "subtract", "multiply", "divide", "double")
    ask = "{expression}" if bare else rng.choice(frames.CALCULATE)
    return ask.format(expression=said), "calculator", {"expression": expression}


def _in_signs(rng: random.Random) -> str:
    a, b, c = _number(rng), _number(rng), _number(rng)
    one, other = rng.choice("+-*/"), rng.choice("+-*/")
    return rng.choice(
        (
            f"{a} {one} {b}",
            f"{a}{one}{b}",
            f"{a} {one} {b} {other} {c}",
            f"({a} {one} {b}) {other} {c}",
            f"{a} {one} ({b} {other} {c})",
            f"{a} ** {rng.randint(2, 9)}",
            f"sqrt({a})",
            f"max({a}, {b}) {one} {c}",
        )
    )


def _in_words(rng: random.Random) -> tuple[str, str]:
    """Return what a person says, and the expression."""
    a, b, c = _number(rng), _number(rng), _number(rng)
    return rng.choice(
        (
            (f"{a} plus {b}", f"{a} + {b}"),
            (f"{a} plus {b} plus {c}", f"{a} + {b} + {c}"),
            (f"add {a} and {b}", f"{a} + {b}"),
            (f"the sum of {a} and {b}", f"{a} + {b}"),
            (f"{a} minus {b}", f"{a} - {b}"),
            (f"subtract {a} from {b}", f"{b} - {a}"),
            (f"the difference between {a} and {b}", f"{a} - {b}"),
            (f"{a} times {b}", f"{a} * {b}"),
            (f"{a} multiplied by {b}", f"{a} * {b}"),
            (f"multiply {a} by {b}", f"{a} * {b}"),
            (f"the product of {a} and {b}", f"{a} * {b}"),
            (f"{a} divided by {b}", f"{a} / {b}"),
            (f"divide {a} by {b}", f"{a} / {b}"),
            (f"{a} over {b}", f"{a} / {b}"),
            (f"half of {a}", f"{a} / 2"),
            (f"double {a}", f"2 * {a}"),
            (f"{a}% of {b}", f"{a} / 100 * {b}"),
            (f"{a} percent of {b}", f"{a} / 100 * {b}"),
            (f"the square root of {a}", f"sqrt({a})"),
            (f"{a} squared", f"{a} ** 2"),
            (f"{a} to the power of {b}", f"{a} ** {b}"),
            (f"{a} modulo {b}", f"{a} % {b}"),
            (f"the average of {a} and {b}", f"({a} + {b}) / 2"),
        )
    )


def _path(rng: random.Random) -> tuple[str, str]:
    """Return a path as it is said, and as it is."""
    stem = (rng.choice(_STEMS) if rng.random() < 0.5 else word(rng).lower()) + (
        str(rng.randint(1, 99)) if rng.random() < 0.3 else ""
    )
    spaced = rng.random() < 0.1
    if spaced:
        stem = f"{word(rng).lower()} {stem}"
    elif rng.random() < 0.2:
        stem = f"{stem}{rng.choice('-_')}{word(rng).lower()}"
    name = f"{stem}.{rng.choice(_ENDINGS)}"
    for _ in range(rng.choice((0, 0, 0, 1, 1, 2))):
        name = f"{_folder(rng)}/{name}"
    quote = rng.choice("'\"") if spaced else rng.choice(("", "", "", "", "'", '"', "`"))
    return f"{quote}{name}{quote}", name


def _folder(rng: random.Random) -> str:
    return rng.choice(_FOLDERS) if rng.random() < 0.6 else word(rng).lower()


def _text(rng: random.Random, most: int) -> tuple[str, str]:
    """Return a text as it is said, and as it is: without its quotes."""
    text = words(rng, most)
    if rng.random() < 0.2:
        text = f"{text.rstrip('.?!')}{rng.choice((', ', ' - ', ' and ', ' '))}{words(rng, 4)}"
    if rng.random() < 0.1:
        text = f"{text.rstrip('.?!')} {rng.randint(0, 999)}"
    quote = rng.choice(("", "", "'", '"', '"'))
    return f"{quote}{text}{quote}", text


def _read(rng: random.Random) -> Draw:
    said, path = _path(rng)
    return rng.choice(frames.READ).format(path=said), "read_file", {"path": path}


def _list(rng: random.Random) -> Draw:
    if rng.random() < 0.5:
        return rng.choice(frames.LIST), "list_files", {}
    folder = "/".join(_folder(rng) for _ in range(rng.choice((1, 1, 1, 2))))
    return rng.choice(frames.LIST_FOLDER).format(folder=folder), "list_files", {"path": folder}


def _search(rng: random.Random) -> Draw:
    wanted = rng.choice(_WORDS) if rng.random() < 0.3 else words(rng, 3).rstrip(".?!")
    quote = rng.choice(("", "", "'", '"'))
    said = f"{quote}{wanted}{quote}"
    if rng.random() < 0.3:
        folder = _folder(rng) if rng.random() < 0.8 else _path(rng)[1]
        text = rng.choice(frames.SEARCH_FOLDER).format(pattern=said, folder=folder)
        return text, "search_text", {"path": folder, "pattern": wanted}
    return rng.choice(frames.SEARCH).format(pattern=said), "search_text", {"pattern": wanted}


def _write(rng: random.Random) -> Draw:
    (said, path), (quoted, content) = _path(rng), _text(rng, 6)
    text = rng.choice(frames.WRITE).format(content=quoted, path=said)
    return text, "write_file", {"path": path, "content": content}


def _append(rng: random.Random) -> Draw:
    (said, path), (quoted, line) = _path(rng), _text(rng, 6)
    text = rng.choice(frames.APPEND).format(line=quoted, path=said)
    return text, "append_line", {"path": path, "line": line}


def _time(rng: random.Random) -> Draw:
    if rng.random() < 0.5:
        return rng.choice(frames.TIME), "current_time", {}
    zone, city = rng.choice(list(_PLACES.items()))
    place = rng.choice((zone, city, city, city.lower()))
    return rng.choice(frames.TIME_IN).format(place=place), "current_time", {"timezone": zone}


def _run(rng: random.Random) -> Draw:
    a, b = rng.randint(1, 99), rng.randint(1, 99)
    printed = word(rng)
    code = rng.choice(
        (
            f"print({a} + {b})",
            f"print('{printed}')",
            f"print({a} * {b})",
            f"print(len('{printed}'))",
            f"print(sum(range({a})))",
            f"print('{printed}' * {b % 9})",
            f"x = {a}; print(x ** 2)",
            f"import math; print(math.sqrt({a}))",
            f"print(sorted([{a}, {b}, 3]))",
            f"for i in range({a % 9}): print(i)",
            f"print('{printed}'.upper())",
            f"print({a} % {b} == 0)",
            f"print(max({a}, {b}))",
        )
    )
    return rng.choice(frames.RUN).format(code=code), "run_python", {"code": code}
