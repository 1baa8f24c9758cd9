"""Regular expressions of JSON Schemas, in the few words that the converter takes rightly.

The converter hands classes on as they are and takes the rest for text: a dot would allow a quote
that ends the JSON string, and `\\d` is unknown to grammars.
"""

from __future__ import annotations

import re

# What a JSON string holds as it is.
_PLAIN = r'"\\\x00-\x1F\x7F'
_CLASSES = {"d": "0-9", "w": "a-zA-Z0-9_"}
_PUNCTUATION = frozenset("()[]{}*+?.|/-")
_TOKEN = re.compile(
    r"(?P<escape>\\.)|(?P<set>\[\^?[^\[\]\\^]*(?:\\[dw.\-/][^\[\]\\^]*)*\])"
    r"|(?P<count>\{(\d+)(,(\d*))?\})|(?P<operator>[()|*+?.])|(?P<text>[^\\\[\]{}^$])",
    re.DOTALL,
)


class UnsupportedPattern(ValueError):
    """A grammar cannot hold to a pattern."""


def held_pattern(pattern: str, most: int) -> str:
    """Return a pattern that the converter takes rightly; repetitions count up to ``most``.

    Raises: UnsupportedPattern.
    """
    if len(pattern) < 2 or not pattern.startswith("^") or not pattern.endswith("$"):
        raise UnsupportedPattern("a grammar takes patterns from ^ to $ alone")
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise UnsupportedPattern(f"it is no regular expression: {error}") from error
    inner = pattern[1:-1]
    words = []
    at = 0
    while at < len(inner):
        found = _TOKEN.match(inner, at)
        if found is None or inner.startswith("(?", at):
            raise UnsupportedPattern(f"a grammar cannot hold to {inner[at : at + 8]!r}")
        words.append(_word(found, most))
        at = found.end()
    # Alternatives at the top would otherwise leave one of the string's quotes out.
    return f"^({''.join(words)})$"


def _word(found: re.Match[str], most: int) -> str:
    text = found.group()
    if found["escape"]:
        return _escape(text[1])
    if found["set"]:
        return _set(text)
    if found["count"]:
        least, limit = int(found[4]), found[6]
        if max(least, int(limit or 0)) > most or (limit and int(limit) < least):
            raise UnsupportedPattern(f"{text}: a grammar repeats {most} times at most")
        return text
    if text == ".":
        return f"[^{_PLAIN}]"
    if not found["operator"] and not _is_plain(text):
        raise UnsupportedPattern(f"a grammar cannot hold to {text!r}")
    return text


def _escape(character: str) -> str:
    if character in _CLASSES:
        return f"[{_CLASSES[character]}]"
    if character == "s":
        return "[ ]"
    if character in "[]":
        return f"[\\{character}]"
    if character in _PUNCTUATION:
        return f"[{character}]"
    raise UnsupportedPattern(rf"a grammar cannot hold to '\{character}'")


def _set(text: str) -> str:
    negated = text.startswith("[^")
    inner = text[2:-1] if negated else text[1:-1]
    if not inner or not _is_plain(re.sub(r"\\[dw.\-/]", "", inner)):
        raise UnsupportedPattern(f"a grammar cannot hold to {text}")
    inner = re.sub(r"\\([dw./])", lambda found: _CLASSES.get(found[1], found[1]), inner)
    if inner.startswith("-"):
        inner = f"\\{inner}"  # what goes before it must not make a range of it
    return f"[^{_PLAIN}{inner}]" if negated else f"[{inner}]"


def _is_plain(text: str) -> bool:
    return all(character >= " " and character not in '"\\\x7f' for character in text)
