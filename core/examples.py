"""Examples in a request for code, as assertions: what is written there is what must come out."""

from __future__ import annotations

import ast
import builtins
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from core.code_text import defined_names, parameter_count, usable_assertions
from core.literals import Literal, closing, is_literal, literal_at, literals
from core.requested_name import requested_name

_Example = tuple[int, int, str]
"""Where an example starts and ends, and its assertion (empty: a call whose value is not told)."""

_CALL = re.compile(r"(?<![\w.])[A-Za-z_]\w*\(")
_ARROW = r"(?:-+>|=+>|→|⇒|↦|➜)"
_SAYS = (
    r"(?:(?:(?:it|this|that|which|the\s+(?:result|output|answer))\s+)?"
    r"(?:(?:should|must|shall|will|would|ought\s+to)\s+)?"
    r"(?:returns?|gives?(?:\s+(?:back|us|me))?|yields?|produces?|outputs?|becomes?|evaluates?\s+to"
    r"|results?\s+in|turns?\s+into|maps?\s+to|comes?\s+out\s+as)(?:\s+(?:just|only|exactly))?:?)"
)
_IS = (
    r"(?:==?|:|(?:is|equals?|(?:should|must|would|will)\s+(?:be|equal))(?:\s+(?:equal\s+to|just))?)"
)
_GIVES = re.compile(rf"[`\s,]*(?:(?P<arrow>{_ARROW})|{_SAYS})\s*(?P<tick>`?)", re.IGNORECASE)
_CALL_GIVES = re.compile(
    rf"[`\s,]*(?:(?P<arrow>{_ARROW})|{_SAYS}|{_IS})\s*(?P<tick>`?)", re.IGNORECASE
)
_OUTPUT = re.compile(
    r"[`\s,;.]*(?:(?:and|the|expected)\s+)*(?P<arrow>outputs?\b)(?:\s+is)?[:=\s]*(?P<tick>`?)",
    re.IGNORECASE,
)
_INTO = re.compile(r"[`\s]+into\s+(?P<tick>`?)", re.IGNORECASE)
# A value that stands behind one of these is an example's input; elsewhere it is part of a sentence.
_INPUT = re.compile(
    r"(?:^|\n|[(:;|]|\b(?:for|given|with|on|from|like|so|eg|ex|examples?|instance|input|where|if|when"
    r"|passing|i\.\s?e\.|e\.\s?g\.)|(?:^|\s)[-*•](?=\s))"
    r"(?:\s*(?:the\s+)?(?:input|example)\b(?:\s+is)?)?[\s:=,`]*$",
    re.IGNORECASE,
)
_TURN = re.compile(r"\b(?:turn|convert|transform)(?:s|ing)?[`\s]+$", re.IGNORECASE)
_INPUT_IS = re.compile(r"\binput\b(?:\s+is)?[:=`\s]*$", re.IGNORECASE)
_NEXT = re.compile(
    r"[`\s,;.|]*(?:(?:and|or|but|while)\s+)?(?:(?:for|with|given)\s+)?[`\s]*", re.IGNORECASE
)
_AMONG = re.compile(r"[`\s]*(?:,|,?\s+(?:and|with)\s+)[`\s]*", re.IGNORECASE)
_COMMA = re.compile(r",[ ]?")
# Behind a value that is only a part of what comes out, or is what comes out wrongly.
_NOT_ALL = re.compile(
    r"[`\s]*(?:,?\s*(?:\.\.\.|…|etc\b)|(?:,|\band\b)\s*(?=[\d\[({'\"-])"
    r"|[\s,;.]*\b(?:but|although|though|instead|when|while|where)\b[^.\n]{0,30}?"
    r"\b(?:want|should|expect|need|must)|[`\s]+(?:times|items?|elements?)\b)",
    re.IGNORECASE,
)
_PROMPT = re.compile(r">>>\s*$")
_SHELL_GIVES = re.compile(r"[ \t]*\n\s*(?P<tick>`?)")
_GIVES_BEFORE = re.compile(rf"\b{_SAYS}[`\s]*$", re.IGNORECASE)
_FOR = re.compile(r"[`\s]+(?:for|given|on|when\s+given)[`\s]+", re.IGNORECASE)
_SENTENCE_GOES_ON = re.compile(r"[`\s]*(?!and\b|or\b|but\b)\w")
_BARE = re.compile(r"[^\s,;`'\"()\[\]{}<>]*[^\s,;`'\"()\[\]{}<>.!?:]")
_IN_TICKS = re.compile(r"[^`\n]+(?=`)")
_LOOKED_BACK = 80
_MOST_CHARACTERS = 16_000  # what is longer holds data; its calls are read all the same
_KINDS = frozenset(
    {"int", "str", "float", "bool", "list", "dict", "set", "tuple", "bytes", "a", "an", "the"}
)


def examples_for(code: str, text: str) -> list[str]:
    """Return assertions about ``code`` for the examples in the request ``text``."""
    names = defined_names(code)
    wanted = requested_name(text)
    # Values without a call are about the function that was asked for, the last one otherwise.
    names.sort(key=lambda name: name == wanted)
    found = examples_in(text, names, parameter_count(code, names[-1])) if names else []
    return usable_assertions(found, names)


def examples_in(text: str, names: Sequence[str], parameters: int = 1) -> list[str]:
    """Return assertions for the examples in a request, such as ``double(2) -> 4``.

    Calls of one of ``names`` count, and values that are said to give others ("3661 -> '1:01:01'"):
    these are calls of the last name, which takes so many ``parameters`` (0: it takes no values).
    Each value stays as it is written.
    """
    known = [name for name in names if name]
    if not known:
        return []
    called = list(_calls(text, known))
    starts = [start for start, _, _ in called]
    values = [
        each
        for each in literals(text[:_MOST_CHARACTERS])
        if not _is_within(each.start, starts, called)
    ]
    ends = [end for _, end, check in called if check]
    readable = parameters and len(text) <= _MOST_CHARACTERS
    pairs = _pairs(text, values, ends, known[-1], parameters) if readable else []
    found = sorted([*called, *pairs])
    return list(dict.fromkeys(check for _, _, check in found if check))


def _is_within(place: int, starts: Sequence[int], called: Sequence[_Example]) -> bool:
    """Say whether the last example that starts before ``place`` ends behind it."""
    before = bisect_right(starts, place)
    return before > 0 and place < called[before - 1][1]


def _before(text: str, at: int) -> str:
    """Return the end of what stands before ``at``; where it is cut, it does not begin a line."""
    return text[:at] if at <= _LOOKED_BACK else f"x{text[at - _LOOKED_BACK : at]}"


def _calls(text: str, names: Sequence[str]) -> Iterator[_Example]:
    """Yield each call of one of ``names``, with its value where that is told."""
    for start in _CALL.finditer(text):
        end = closing(text, start.end() - 1)
        call = text[start.start() : end]
        if end and _can_run(call, names):
            shell = _PROMPT.search(_before(text, start.start()))
            value = _told(text, end, _SHELL_GIVES if shell else _CALL_GIVES, pairs=True)
            check = f"assert {call} == {value.written}" if value else ""
            yield start.start(), value.end if value else end, check


def _pairs(
    text: str, values: Sequence[Literal], ends: Sequence[int], name: str, parameters: int
) -> Iterator[_Example]:
    """Yield each value, or as many as there are ``parameters``, that is said to give another.

    ``ends`` are those of other examples, which more may follow.
    """
    example_ends = -1
    for at, given in enumerate(values):
        if given.start < example_ends:
            continue
        first = _first_argument(text, values, at, parameters)
        start = values[first].start
        called = bisect_right(ends, start)
        last = max(example_ends, ends[called - 1] if called else -1)
        follows = 0 <= last <= start and bool(_NEXT.fullmatch(text, last, start))
        leads = follows or bool(_INPUT.search(_before(text, start)))
        wanted = _wanted(text, start, given.end, leads=leads)
        reverse = not wanted and at > 0 and _is_said_before(text, values[at - 1], given)
        value = values[at - 1] if reverse else wanted
        arguments = _arguments([each.written for each in values[first : at + 1]], parameters)
        if value is not None and arguments:
            example_ends = max(value.end, given.end)
            yield start, example_ends, f"assert {name}({arguments}) == {value.written}"


def _wanted(text: str, start: int, end: int, *, leads: bool) -> Literal | None:
    """Return what the values in ``text[start:end]`` are said to give."""
    if _TURN.search(_before(text, start)):
        turned = _told(text, end, _INTO)
        if turned is None or literal_at(text, turned.start) is None:
            return None
        return None if _SENTENCE_GOES_ON.match(text, turned.end) else turned
    wanted = _told(text, end, _OUTPUT) if _INPUT_IS.search(_before(text, start)) else None
    return wanted or (_told(text, end, _GIVES) if leads else None)


def _told(text: str, at: int, gives: re.Pattern[str], *, pairs: bool = False) -> Literal | None:
    """Return the value that stands at ``at`` behind words that say that it comes out.

    ``pairs``: "3, 1" is a pair, where no other example begins with the 1.
    """
    match = gives.match(text, at)
    if match is None or match.end() >= len(text):
        return None
    start, arrow = match.end(), match.groupdict().get("arrow")
    value = literal_at(text, start)
    if value is None:
        value = _unquoted(text, start, ticked=bool(match["tick"]), sure=bool(arrow))
    elif pairs:
        value = _with_more(text, value)
    if value is None or _GIVES.match(text, value.end):
        return None
    following = _NEXT.match(text, value.end)
    other = (
        following and literal_at(text, following.end())
        if following and following.end() < len(text)
        else None
    )
    if other is not None and (_GIVES.match(text, other.end) or _among(text, other.end)):
        return value
    return None if _NOT_ALL.match(text, value.end) else value


def _among(text: str, at: int) -> bool:
    """Say whether the value that ends at ``at`` is the first argument of another example."""
    joined = _AMONG.match(text, at)
    other = literal_at(text, joined.end()) if joined and joined.end() < len(text) else None
    return other is not None and bool(_GIVES.match(text, other.end))


def _unquoted(text: str, start: int, *, ticked: bool, sure: bool) -> Literal | None:
    """Return what is written without quotes as a text: 1:01:01, or a word behind an arrow."""
    inside = _IN_TICKS.match(text, start) if ticked else None
    if inside:
        return Literal(_literal_or_text(inside[0]), start, inside.end())
    bare = _BARE.match(text, start)
    if bare is None or bare[0].lower() in _KINDS:
        return None
    if not re.search(r"\d", bare[0]) and (not sure or _SENTENCE_GOES_ON.match(text, bare.end())):
        return None
    return Literal(_literal_or_text(bare[0]), start, bare.end())


def _with_more(text: str, value: Literal) -> Literal:
    """Return a value with those behind commas."""
    written, end = [value.written], value.end
    comma = _COMMA.match(text, end)
    while comma and comma.end() < len(text) and (more := literal_at(text, comma.end())):
        if _GIVES.match(text, more.end) or _SENTENCE_GOES_ON.match(text, more.end):
            break
        written.append(more.written)
        end = more.end
        comma = _COMMA.match(text, end)
    return Literal(f"({', '.join(written)})" if len(written) > 1 else written[0], value.start, end)


def _first_argument(text: str, values: Sequence[Literal], at: int, parameters: int) -> int:
    """Return the first of the values that are the arguments of the call whose last is at ``at``."""
    first = at
    while (
        first > 0
        and at - first + 1 < parameters
        and _AMONG.fullmatch(text, values[first - 1].end, values[first].start)
    ):
        first -= 1
    return first


def _is_said_before(text: str, value: Literal, given: Literal) -> bool:
    """Say whether a text reads "returns VALUE for GIVEN"."""
    return bool(
        _FOR.fullmatch(text, value.end, given.start)
        and _GIVES_BEFORE.search(_before(text, value.start))
        and (given.written[0] in "([{'\"" or not _SENTENCE_GOES_ON.match(text, given.end))
        and not _NOT_ALL.match(text, given.end)
    )


def _arguments(written: Sequence[str], parameters: int) -> str:
    """Return arguments as a call has them; empty where there are too few.

    One pair for two parameters is both of them.
    """
    if len(written) == 1 and parameters > 1 and written[0].startswith("("):
        value = ast.literal_eval(written[0])
        if isinstance(value, tuple) and len(value) == parameters:
            return written[0][1:-1].strip().rstrip(",")
    return ", ".join(written) if len(written) >= parameters else ""


def _can_run(call: str, names: Sequence[str]) -> bool:
    """Say whether ``call`` calls one of ``names`` and holds no name that nobody knows."""
    try:
        tree = ast.parse(call, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    nodes = list(ast.walk(tree))
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    bound = {node.arg for node in nodes if isinstance(node, ast.arg)}
    bound |= {node.id for node in nodes if isinstance(node, ast.Name) and _is_stored(node)}
    used = [node for node in nodes if isinstance(node, ast.Name) and not _is_stored(node)]
    return any(node.id in names and id(node) in called for node in used) and all(
        node.id in names or node.id in bound or (id(node) in called and hasattr(builtins, node.id))
        for node in used
    )


def _is_stored(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _literal_or_text(said: str) -> str:
    return said if is_literal(said) else repr(said)
