"""Names of folders that people have, and that something between a file and a shell misreads."""

from __future__ import annotations

ODD_NAMES = [
    "plain",
    "two words",
    " leading and trailing ",
    "100%",
    "%(here)s",
    "%(ENV_HOME)s %%",
    "a ;comment",
    "a #comment",
    ";first",
    "#first",
    "it's",
    'say "hi"',
    "$HOME ${HOME} $(id) `id`",
    "back\\slash",
    "[program:x]",
    "{a,b}*?!&|<>()",
    "key=value, other=value",
    "a:b",
    "~",
    "-c",
    "日本語 ünïcode 😀",
    "nbsp\u00a0and\u3000wide",
    "auto",
    "none",
]
