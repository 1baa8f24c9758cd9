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
        "read show open cat print display view see say says look content contents"
        " inside type output load check reads contain contains written",
        f"{_FILE} what what's whats list {_PLACES} full whole entire loud aloud into",
    ),
    "list": _of(
        "list ls dir files folder folders directory directories subfolders listing",
        f"{_PLACES} what's whats inside show see print display content contents stored everything exist exists find"
        " current root what documents lies file called named view look into under names main"
        " available lie live saved kept check within",
    ),
    "search": _of(
        "search find grep look where contain contains containing mention mentions mentioned"
        " mentioning locate occurrences anywhere somewhere scan hunt rg",
        f"{_FILE} {_PLACES} which lines show list word words phrase string term every each line about say says"
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
        "append add insert attach tack log jot note end bottom extend",
        f"{_FILE} {_PLACES} put line lines end bottom last another more one new following saying says"
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
        "calculate compute calc work evaluate solve calculator add sum what what's whats how much",
        "much many result answer value equals equal make makes number numbers math maths find"
        " expression exact figure come comes total simplify show us multiply divide subtract"
        " take minus when together you what's is = arithmetic problem sum",
    ),
}


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """How well a call fits a request; the least is the best.

    ``unexplained`` counts the words that it leaves over, ``implied`` is true when no word asks
    for the tool, and ``left_out`` is minus the number of its arguments.
    """

    unexplained: int
    implied: bool
    left_out: int


def weigh(
    tool: str, description: str, rest: str, *, values: int, everything: bool
) -> Evidence | None:
    """Weigh what stands beside a call's ``values`` in a request; None: nothing asks for the tool.

    A request that is hardly more than the values asks for any tool that takes such. A sentence in
    which nothing asks for the tool is talk, unless ``everything`` must be explained.
    """
    vocabulary = _vocabulary(tool, description)
    known = vocabulary.asks | vocabulary.beside | _FILLERS
    sentences = list(_sentences(rest))
    asking = [said for said in sentences if vocabulary.asks & set(said)]
    over = sum(word not in known for said in sentences for word in said)
    if not asking and (over or not values):
        return None
    if not everything:
        over = sum(word not in known for said in asking for word in said)
    return Evidence(over, not asking, -values)


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
