"""Requests for tools, with their arguments copied to the letter."""

from __future__ import annotations

import random
from typing import Any

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
_ZONES = ("Europe/Berlin", "UTC", "America/New_York", "Asia/Tokyo", "Europe/London")

Call = dict[str, Any]


def draw(rng: random.Random) -> tuple[str, Call]:
    """Return a request and its call."""
    makers = (
        *(_calculate, _calculate, _calculate, _read, _list, _search, _search, _write, _write),
        *(_append, _append, _time, _run),
    )
    text, tool, arguments = rng.choice(makers)(rng)
    if rng.random() < 0.3:
        text = text[0].upper() + text[1:]
    if rng.random() < 0.2 and not text.endswith("?"):
        text += rng.choice((" please", ".", "!"))
    return text, {"tool": tool, "arguments": arguments}


def _number(rng: random.Random) -> str:
    if rng.random() < 0.2:
        return f"{rng.randint(0, 99)}.{rng.randint(1, 99)}"
    return str(rng.choice((rng.randint(0, 20), rng.randint(0, 100), rng.randint(0, 99999))))


def _calculate(rng: random.Random) -> tuple[str, str, Call]:
    a, b, c = _number(rng), _number(rng), _number(rng)
    operator = rng.choice("+-*/")
    second = rng.choice("+-*/")
    said = {
        "+": ("plus", "and"),
        "-": ("minus", "minus"),
        "*": ("times", "multiplied by"),
        "/": ("divided by", "over"),
    }[operator]
    expression = rng.choice(
        (
            f"{a} {operator} {b}",
            f"{a}{operator}{b}",
            f"{a} {operator} {b} {second} {c}",
            f"({a} {operator} {b}) {second} {c}",
            f"{a} {operator} ({b} {second} {c})",
            f"{a} ** 2",
            f"sqrt({a})",
        )
    )
    if rng.random() < 0.4:
        word = said[0] if operator != "+" else "plus"
        ask = rng.choice(("what is {}", "calculate {}", "how much is {}?", "compute {}", "{}"))
        return ask.format(f"{a} {word} {b}"), "calculator", {"expression": f"{a} {operator} {b}"}
    if rng.random() < 0.1:
        text = rng.choice((f"what is {a}% of {b}", f"{a} percent of {b}"))
        return text, "calculator", {"expression": f"{a} / 100 * {b}"}
    ask = rng.choice(
        (
            "what is {}",
            "what's {}?",
            "calculate {}",
            "compute {}",
            "how much is {}?",
            "{}",
            "work out {}",
            "evaluate {}",
            "{} = ?",
            "can you calculate {}",
        )
    )
    return ask.format(expression), "calculator", {"expression": expression}


def _path(rng: random.Random) -> str:
    stem = (rng.choice(_STEMS) if rng.random() < 0.5 else word(rng).lower()) + (
        str(rng.randint(1, 99)) if rng.random() < 0.3 else ""
    )
    name = f"{stem}.{rng.choice(_ENDINGS)}"
    return f"{_folder(rng)}/{name}" if rng.random() < 0.3 else name


def _folder(rng: random.Random) -> str:
    return rng.choice(_FOLDERS) if rng.random() < 0.6 else word(rng).lower()


def _read(rng: random.Random) -> tuple[str, str, Call]:
    path = _path(rng)
    ask = rng.choice(
        (
            "show {}",
            "show me {}",
            "read {}",
            "read the file {}",
            "open {}",
            "print {}",
            "cat {}",
            "display the contents of {}",
            "what does {} say",
            "show the content of {}",
            "view {}",
        )
    )
    return ask.format(path), "read_file", {"path": path}


def _list(rng: random.Random) -> tuple[str, str, Call]:
    if rng.random() < 0.5:
        ask = rng.choice(
            (
                "list files",
                "list the files",
                "show the files",
                "which files are there",
                "list all files",
                "ls",
                "what files are in the workspace",
                "list the workspace",
                "show me all files",
                "what is in this folder",
            )
        )
        return ask, "list_files", {"path": "."}
    folder = _folder(rng)
    ask = rng.choice(
        (
            "list files in {}",
            "list the files in {}",
            "what is in the {} folder",
            "ls {}",
            "show the files in {}",
            "which files are in {}?",
            "list {}",
        )
    )
    return ask.format(folder), "list_files", {"path": folder}


def _search(rng: random.Random) -> tuple[str, str, Call]:
    wanted = rng.choice(_WORDS) if rng.random() < 0.3 else words(rng, 2).rstrip(".?!")
    quote = rng.choice(("", "", "'", '"'))
    said = f"{quote}{wanted}{quote}"
    ask = rng.choice(
        (
            "search for {}",
            "find {} in the files",
            "search the files for {}",
            "grep {}",
            "look for {} in the workspace",
            "which files contain {}",
            "find {}",
            "where is {} mentioned",
        )
    )
    return ask.format(said), "search_text", {"pattern": wanted}


def _write(rng: random.Random) -> tuple[str, str, Call]:
    path = _path(rng)
    content = words(rng, 5)
    quote = rng.choice(("", "'", '"'))
    said = f"{quote}{content}{quote}"
    ask = rng.choice(
        (
            "write {content} to {path}",
            "write {content} into {path}",
            "save {content} to {path}",
            "create {path} with {content}",
            "put {content} in {path}",
            "create a file {path} with the text {content}",
            "save {content} as {path}",
        )
    )
    return ask.format(content=said, path=path), "write_file", {"path": path, "content": content}


def _append(rng: random.Random) -> tuple[str, str, Call]:
    path, line = _path(rng), words(rng, 5)
    quote = rng.choice(("", "'", '"'))
    ask = rng.choice(
        (
            "append {line} to {path}",
            "add {line} to {path}",
            "add the line {line} to {path}",
            "append the line {line} to the file {path}",
            "add a line to {path}: {line}",
            "put the line {line} at the end of {path}",
        )
    )
    said = f"{quote}{line}{quote}"
    return ask.format(line=said, path=path), "append_line", {"path": path, "line": line}


def _time(rng: random.Random) -> tuple[str, str, Call]:
    if rng.random() < 0.6:
        ask = rng.choice(
            (
                "what time is it",
                "what is the time?",
                "current time",
                "what's the date today",
                "tell me the time",
                "what day is it",
                "time now",
                "today's date",
            )
        )
        return ask, "current_time", {}
    zone = rng.choice(_ZONES)
    ask = rng.choice(("what time is it in {}", "time in {}", "current time in {}", "date in {}"))
    return ask.format(zone), "current_time", {"timezone": zone}


def _run(rng: random.Random) -> tuple[str, str, Call]:
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
        )
    )
    ask = rng.choice(("run {}", "run this: {}", "execute {}", "run the code {}", "run python: {}"))
    return ask.format(code), "run_python", {"code": code}
