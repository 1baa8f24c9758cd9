"""What in a request speaks for a tool, and what the tool leaves unexplained."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from core.copying.spans import MARK

_WORD = re.compile(r"[^\W_]+(?:['’][a-z]+)?")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_FILLERS = frozenset(
    "a an the this that these those it its it's i i'd i'm i've me my mine we us our you your can"
    " could would will shall should may please pls kindly hey hi hello ok okay so just now then for"
    " of to in on at by from with and or is are was be am there there's here do does did doing have"
    " has had got what what's whats how which who get give gave tell let let's want wanted need like"
    " thanks thank also right up out all any some quick quickly moment favour favor exactly".split()
)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words that ask for a tool, and those that often stand beside them."""

    asks: frozenset[str]
    beside: frozenset[str] = frozenset()


def _of(asks: str, beside: str = "") -> Vocabulary:
    return Vocabulary(frozenset(asks.split()), frozenset(beside.split()))


_FILE = "file files text called named document name"
_PLACES = "folder folders directory directories workspace"
# By the words that the names of tools are made of, so that read_page is known as read_file is.
_VOCABULARY = {
    "read": _of(
        "read show open cat print display view see say says look content contents what's whats what"
        " inside type output load check reads contain contains written",
        f"{_FILE} list {_PLACES} full whole entire loud aloud into",
    ),
    "list": _of(
        "list ls dir files folder folders directory directories subfolders listing what's whats"
        " inside",
        f"{_PLACES} show see print display content contents stored everything exist exists find"
        " current root what documents lies file called named view look into under names main"
        " available lie live saved kept check within",
    ),
    "search": _of(
        "search find grep look where which contain contains containing mention mentions mentioned"
        " mentioning locate occurrences anywhere somewhere scan hunt rg any lines",
        f"{_FILE} {_PLACES} show list word words phrase string term every each line about say says"
        " saying write wrote written appears appear appearing occur occurs used uses use defined"
        " place places notes documents me through everything everywhere across project inside"
        " includes include including hold references reference mention stands case"
        " within under over comes come whole entire matching match".replace("  ", " "),
    ),
    "write": _of(
        "write save create make put store overwrite replace set new fill containing contains update"
        " record",
        f"{_FILE} {_PLACES} content contents word words following saying says that into as line"
        " called inside phrase sentence message add containing contain contains reading reads"
        " down whose new already exists message single",
    ),
    "append": _of(
        "append add insert attach tack put log jot note end bottom extend",
        f"{_FILE} {_PLACES} line lines end bottom last another more one new following saying says"
        " that onto into word words entry item existing down phrase sentence message extra"
        " reading reads row very list on write log my",
    ),
    "time": _of(
        "time date day clock hour today today's o'clock weekday year month datetime now",
        "current currently local week today tell know late timezone zone exact it's over utc show"
        " clock say says time's minute city this",
    ),
    "run": _of(
        "run execute exec try launch eval",
        "python code script snippet program following output result show print py line lines see"
        " happens returns return does little command test one-liner piece bit",
    ),
    "python": _of("python interpreter"),
    "calculator": _of(
        "calculate compute calc work evaluate solve calculator add sum",
        "much many result answer value equals equal make makes number numbers math maths find"
        " expression exact figure come comes total simplify show us multiply divide subtract"
        " take minus when together you what's is = arithmetic problem sum",
    ),
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """Whether a request asks for a tool, and how many of its words a call leaves unexplained."""

    asked: bool
    unexplained: int


def weigh(tool: str, description: str, rest: str) -> Evidence:
    """Weigh what stands beside a call's values in a request.

    A request that is nothing but the values asks for any tool that takes such. Sentences in
    which nothing asks for the tool are talk.
    """
    words = _WORD.findall(rest.replace(MARK, " ").lower())
    if not words:
        return Evidence(asked=MARK in rest or not rest.strip(), unexplained=0)
    vocabulary = _vocabulary(tool, description)
    known = vocabulary.asks | vocabulary.beside | _FILLERS
    counts = [
        sum(word not in known for word in said)
        for said in _sentences(rest)
        if vocabulary.asks & set(said)
    ]
    return Evidence(asked=bool(counts), unexplained=sum(counts))


def _sentences(rest: str) -> Iterable[list[str]]:
    for sentence in _SENTENCE.split(rest):
        yield _WORD.findall(sentence.replace(MARK, " ").lower())


def _vocabulary(tool: str, description: str) -> Vocabulary:
    named = _WORD.findall(tool.lower().replace("_", " "))
    known = [_VOCABULARY[word] for word in named if word in _VOCABULARY]
    if not known:
        return Vocabulary(frozenset(named), frozenset(_WORD.findall(description.lower())))
    return Vocabulary(
        frozenset().union(*(each.asks for each in known)),
        frozenset().union(*(each.beside for each in known)),
    )
