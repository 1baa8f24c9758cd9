"""The words that ask for tools, and those that say nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.copying.spans import word_set

FILLERS = word_set(
    "a an as the this that these those it its it's i i'd i'm i've i'll me my mine we us our you"
    " your can could would will shall should may might must please pls kindly hey hi hello ok okay"
    " so just now then for of to in on at by from with and or is are was be been am there there's"
    " here do does did doing done have has had got what what's whats how which who whose when get"
    " give gave tell let let's lets want wanna wanted need like love thanks thank thx also right up"
    " out all any some quick quickly moment favour favor exactly call use using invoke tool"
    " one again actually really maybe still already go ahead help able possible both something"
    " thing s t d ll ve re m"
)
"""Words of politeness and grammar."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words that ask for a tool, and those that often stand beside them."""

    asks: frozenset[str]
    beside: frozenset[str] = frozenset()


def _of(asks: str, beside: str = "") -> Vocabulary:
    return Vocabulary(word_set(asks), word_set(beside))


_FILE = " file text called named document name title titled "
_PLACES = " folder directory dir subfolder workspace "
# By the words that the names of tools are made of, so that read_page is known as read_file is.
# A word stands for its plural too.
_VOCABULARY = {
    "read": _of(
        "read show open cat print display view see say look content inside type output load dump"
        " fetch peek check reads contain written retrieve bring reveal examine inspect pull",
        f"{_FILE}{_PLACES}list full whole entire loud aloud into out back screen stand write wrote"
        " everything line first through over take put save store note",
    ),
    "list": _of(
        "list ls dir file folder directory subfolder listing workspace enumerate",
        f"{_PLACES}inside show see print display view look content stored everything every each"
        " exist find current root document lie lies called named into under main available live"
        " saved kept check within contain hold name currently sitting located stuff overview",
    ),
    "search": _of(
        "search find grep look where contain containing mention mentioned mentioning locate"
        " occurrence anywhere somewhere talk scan hunt rg lookup appear"
        " occur appears occurs",
        f"{_FILE}{_PLACES}line show list word phrase string term every each about say saying write"
        " wrote written appear appearing occur used uses defined place note me through everything"
        " everywhere across project inside include including hold reference stand case within"
        " under over come whole entire matching match keyword check see exact time put anything"
        " anyone",
    ),
    "write": _of(
        "write save create make put store overwrite replace set fill containing contain update"
        " record produce generate start",
        f"{_FILE}{_PLACES}content word following saying say into line inside phrase sentence"
        " message add reading read down whose exist single hold keep under empty whatever it note"
        " current old value change new replacing overwriting list",
    ),
    "append": _of(
        "append add insert attach tack stick log jot note end bottom extend",
        f"{_FILE}{_PLACES}put line last another more following saying say onto into word entry"
        " item existing down phrase sentence message extra reading read row very list on write my"
        " additional record below after thing under include new",
    ),
    "time": _of(
        "time date day clock hour today's o'clock weekday year month datetime monday tuesday"
        " wednesday thursday friday saturday sunday timestamp today late",
        "current currently local week today know late timezone zone exact over utc show say time's"
        " minute city display print check present precise people",
    ),
    "run": _of(
        "run execute exec try launch eval",
        "python evaluate code script snippet program following output show print line see happen"
        " result return little command test one-liner piece bit small interpreter through sandbox",
    ),
    "python": _of("python interpreter"),
    "calculator": _of(
        "calculate compute calc work evaluate solve calculator add sum what how much figure math",
        "much many result answer value equal equals make makes number maths find expression exact"
        " come total simplify show multiply divide subtract take minus together arithmetic problem"
        " know say calculation amount product difference quotient thing check",
    ),
}


def vocabulary_of(tool: str, description: str) -> Vocabulary:
    """Return the words for a tool: by its name where that is known, else by its description."""
    named = re.findall(r"[a-z0-9]+", tool.lower())
    known = [_VOCABULARY[word] for word in named if word in _VOCABULARY]
    if not known:
        said = re.findall(r"[a-z0-9]+", description.lower())
        return Vocabulary(frozenset(named), frozenset(said))
    return Vocabulary(
        frozenset().union(*(each.asks for each in known)),
        frozenset().union(*(each.beside for each in known)),
    )
