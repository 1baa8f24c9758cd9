"""Arithmetic in a request, written in signs or in words, as an expression."""

from __future__ import annotations

import ast
import re
from functools import partial

from agent_service.skills.bundled.copying.number_words import with_digits

_NUMBER = r"(?:\d+(?:,\d{3})*(?:\.\d+)?|\.\d+)"
_TERM = rf"(?:-?{_NUMBER}|\([^()]{{0,200}}\)|\b\w{{1,8}}\([^()]{{0,200}}\)|pi\b)"
_LIST = rf"{_TERM}(?:\s*(?:,|and|,\s*and)\s+{_TERM})+"
_OF = r"\s+(?:of\s+)?"
_THE = r"(?:\bthe\s+)?"

_INFIX = (
    (r"(?<!\s)\s+(?:plus|added\s+to)\s+", " + "),
    (r"(?<!\s)\s+(?:minus|less|take\s+away)\s+", " - "),
    (
        r"(?<!\s)\s+(?:times|multiplied\s+(?:by|with))\s+|(?<=[\d)])\s*×\s*|(?<=\d)\s+x\s+(?=\d)",
        " * ",
    ),
    (r"(?<=\d)x(?=\d)", " * "),
    (r"(?<!\s)\s+(?:divided\s+by|over)\s+|(?<!\s)\s*÷\s*", " / "),
    (r"(?<!\s)\s+(?:modulo|mod)\s+", " % "),
    (r"(?<!\s)\s+(?:raised\s+)?to\s+the\s+power\s+(?:of\s+)?|\s+raised\s+to\s+(?:the\s+)?", " ** "),
)
_FUNCTIONS = {
    r"square\s+root": "sqrt",
    r"absolute\s+value": "abs",
    r"(?:natural\s+)?log(?:arithm)?": "log",
    r"sine?": "sin",
    r"cosine": "cos",
    r"tangent": "tan",
}
_PREFIX = (
    *((rf"{_THE}\b{said}{_OF}({_TERM})", rf"{name}(\1)") for said, name in _FUNCTIONS.items()),
    (rf"{_THE}\bcube\s+root{_OF}({_TERM})", r"\1 ** (1 / 3)"),
    (rf"({_TERM})\s+squared\b", r"\1 ** 2"),
    (rf"({_TERM})\s+cubed\b", r"\1 ** 3"),
    (rf"{_THE}\bsquare\s+of\s+({_TERM})", r"\1 ** 2"),
    (rf"{_THE}\bcube\s+of\s+({_TERM})", r"\1 ** 3"),
    (rf"({_TERM})\s+to\s+the\s+(\d+)(?:st|nd|rd|th)(?:\s+power)?\b", r"\1 ** \2"),
    (
        rf"({_TERM})\s*(?:%|percent\b|per\s*cent\b)\s*(?:\w+\s+)?(?:of|on)\s+({_TERM})",
        r"\1 / 100 * \2",
    ),
    (rf"(?:\ba\s+)?\bhalf{_OF}({_TERM})", r"\1 / 2"),
    (rf"\b(?:a|one)\s+third{_OF}({_TERM})", r"\1 / 3"),
    (rf"\b(?:a|one)\s+quarter{_OF}({_TERM})", r"\1 / 4"),
    (rf"\b(?:double|twice)\s+({_TERM})", r"2 * \1"),
    (rf"\btriple\s+({_TERM})", r"3 * \1"),
    (rf"\bsubtract\s+({_TERM})\s+from\s+({_TERM})", r"\2 - \1"),
    (rf"\btake\s+({_TERM})\s+(?:away\s+)?from\s+({_TERM})", r"\2 - \1"),
    (rf"\bmultiply\s+({_TERM})\s+(?:by|with|and)\s+({_TERM})", r"\1 * \2"),
    (rf"\bdivide\s+({_TERM})\s+by\s+({_TERM})", r"\1 / \2"),
    (rf"\badd\s+({_TERM})\s+to\s+({_TERM})", r"\2 + \1"),
    (
        rf"{_THE}\bremainder\s+(?:of|when)\s+(?:dividing\s+)?({_TERM})\s*"
        rf"(?:/|by|is\s+divided\s+by|divided\s+by)\s*({_TERM})",
        r"\1 % \2",
    ),
    (rf"{_THE}\bdifference\s+(?:between|of)\s+({_TERM})\s+and\s+({_TERM})", r"\1 - \2"),
)
_LISTS = (
    (rf"{_THE}\b(?:sum\s+of|total\s+of|add(?:\s+up)?|sum)\s+({_LIST})", "{sum}"),
    (rf"{_THE}\b(?:product\s+of|multiply)\s+({_LIST})", "{product}"),
    (rf"{_THE}\b(?:average|mean)\s+(?:of\s+)?({_LIST})", "({sum}) / {count}"),
    (rf"{_THE}\b(?:largest|biggest|maximum|max|greatest)\s+(?:of\s+)?({_LIST})", "max({list})"),
    (rf"{_THE}\b(?:smallest|minimum|min|least)\s+(?:of\s+)?({_LIST})", "min({list})"),
)
_NAMES = "sqrt|abs|round|min|max|floor|ceil|exp|log10|log|sin|cos|tan|pi"
_SPAN = re.compile(rf"(?<![\w.])(?:(?:{_NAMES})\b|[\d.,+*/%^()\s-])+(?![\w])")
_MOST_CHARACTERS = 2000
_ROUNDED = re.compile(
    r",?\s*\b(?:rounded\s+(?:off\s+)?)?(?:to|with)\s+(?P<to>\d{1,2})"
    r"\s+(?:decimal\s+(?:places?|digits?|points?)|decimals?|places|digits\s+after\s+the\s+(?:decimal"
    r"\s+)?(?:point|dot|comma))\b"
)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")


def expressions(text: str) -> list[tuple[str, str]]:
    """Return each expression with what the request says beside it; the one in signs first."""
    if len(text) > _MOST_CHARACTERS:
        return []
    in_digits = with_digits(text.lower())
    rounded = _ROUNDED.search(in_digits)
    if rounded:
        beside = f"{in_digits[: rounded.start()]} {in_digits[rounded.end() :]}"
        return [(f"round({value}, {rounded['to']})", rest) for value, rest in expressions(beside)]
    found = [*_spans(text), *_spans(_in_signs(in_digits))]
    # An expression within another one is a part of what was asked.
    whole = [
        (value, rest)
        for value, rest in found
        if not any(value != other and _plain(value) in _plain(other) for other, _ in found)
        # A number that is left over was meant for something: half a sum is a wrong sum.
        and _numbers(text) <= _numbers(value)
    ]
    return list(dict(reversed(whole)).items())[::-1]


def _in_signs(text: str) -> str:
    """Return ``text`` with its arithmetic words as signs."""
    for _ in range(3):
        before = text
        for pattern, sign in _INFIX:
            text = re.sub(rf"(?<=[\d)])(?:{pattern})(?=[\w(.-])", sign, text)
        for pattern, form in _PREFIX:
            text = re.sub(pattern, form, text)
        for pattern, form in _LISTS:
            text = re.sub(pattern, partial(_listed, form), text)
        if text == before:
            break
    return text


def _listed(form: str, match: re.Match[str]) -> str:
    each = re.findall(_TERM, match[1])
    return form.format(
        sum=" + ".join(each), product=" * ".join(each), list=", ".join(each), count=len(each)
    )


def _spans(text: str) -> list[tuple[str, str]]:
    found = []
    for match in _SPAN.finditer(text):
        value = _THOUSANDS.sub("", match[0].strip().strip(",").rstrip(".= ").strip())
        if _is_arithmetic(value):
            found.append((value, f"{text[: match.start()]} {text[match.end() :]}"))
    return found


def _is_arithmetic(value: str) -> bool:
    try:
        tree = ast.parse(value.replace("^", "**"), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    if isinstance(tree, ast.UnaryOp):
        tree = tree.operand
    return isinstance(tree, ast.BinOp | ast.Call) and not any(
        isinstance(node, ast.Tuple) for node in ast.walk(tree)
    )


def _numbers(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:\.\d+)?", _THOUSANDS.sub("", text)))


def _plain(value: str) -> str:
    return value.replace(" ", "")
