"""Text from anywhere as it may stand in a terminal, in JSON, and in a narrow encoding.

A terminal obeys what it is sent: ESC and C1 sequences move its cursor, change its title and its
clipboard; bidirectional overrides show another text than there is. Here they are spelled out.
"""

from __future__ import annotations

import codecs
import re

_BIDI = "\u202a-\u202e\u2066-\u2069"
_HIDDEN = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{_BIDI}\ud800-\udfff]")
_HIDDEN_IN_JSON = re.compile(f"[\x7f-\x9f\u2028\u2029{_BIDI}]")
_LONE = re.compile("[\ud800-\udfff]")
_NOT_ASCII = re.compile("[^\x00-\x7f]")
# What a byte that is no UTF-8 becomes in an argument or a file's name (PEP 383).
_ESCAPED_BYTES = range(0xDC80, 0xDD00)

_PLAIN = {
    **dict.fromkeys("●◆", "*"),
    **dict.fromkeys("‘’", "'"),
    **dict.fromkeys("“”", '"'),
    **dict.fromkeys("·–—", "-"),
    **dict.fromkeys("■█", "#"),
    **{"…": "...", "→": "->", "✓": "+", "✗": "x", "↻": "~", "▸": ">"},
}


def visible(text: str) -> str:
    r"""Return ``text`` with control characters spelled out, such as ``\x1b``.

    Tabs and line breaks stay. A byte of a name that is no UTF-8 is spelled as that byte.
    """
    return _HIDDEN.sub(_spelled, text.replace("\r\n", "\n"))


def visible_json(text: str, *, ascii_only: bool) -> str:
    """Return JSON ``text`` that means the same and holds no character that a terminal obeys.

    Lone surrogates, which no UTF-8 has, become U+FFFD.
    """
    text = _HIDDEN_IN_JSON.sub(_json_escape, _LONE.sub("\ufffd", text))
    return _NOT_ASCII.sub(_json_escape, text) if ascii_only else text


def one_line(text: str) -> str:
    r"""Return a name that stays in its line: tabs and line breaks are spelled out too."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def first_line(text: str, characters: int) -> str:
    """Return the first line of ``text`` that holds something, cut with … where more follows."""
    lines = visible(text).strip().split("\n", 1)
    line = " ".join(lines[0].split())
    if len(line) > characters:
        return f"{line[: characters - 1].rstrip()}…"
    return f"{line} …" if len(lines) > 1 else line


def plain_for(error: UnicodeError) -> tuple[str, int]:
    """Stand in for what an encoding lacks: a like character of ASCII, or the spelled code."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(_PLAIN.get(each) or _code(ord(each)) for each in missing), error.end


ENCODING_ERRORS = "mesh-visible"
codecs.register_error(ENCODING_ERRORS, plain_for)


def _spelled(found: re.Match[str]) -> str:
    return _code(ord(found[0]))


def _code(point: int) -> str:
    if point in _ESCAPED_BYTES:
        point -= 0xDC00
    if point < 0x100:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def _json_escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
