"""The words that ask for tools, and those that say nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent_service.skills.bundled.copying.spans import word_set

FILLERS = word_set(
    "a an as the this that these those it its it's i i'd i'm i've i'll me my mine we us our you"
    " your can could would will shall should may might must please pls kindly hey hi hello ok okay"
    " so just now then for of to in on at by from with and or is are was be been am there there's"
    " here do does did doing done have has had got what what's whats how which who whose when get"
    " give gave tell let let's lets want wanna wanted need like love thanks thank thx also right up"
    " out all any some quick quickly moment favour favor exactly call use using invoke tool"
    " one again actually really maybe still already go ahead help able possible both something"
    " thing s t d ll ve re m they happen plz sorry asap fast cheers mesh computer assistant"
    " buddy mate bro dude friend folks man appreciated appreciate wondering somehow"
    " basically simply dear"
)
"""Words of politeness and grammar."""

POLITENESS = re.compile(
    r"\b(?:at\s+(?:the|this)\s+moment|right\s+(?:now|away)|as\s+of\s+now|by\s+any\s+chance"
    r"|if\s+(?:(?:you\s+)?(?:can|could|please|would)\b(?!\s+\w+\s+(?:it|that|them))|possible"
    r"|you\s+(?:don't|do\s+not)\s+mind)|real\s+quick|no\s+rush|do\s+me\s+a\s+favou?r|excuse\s+me"
    r"|when(?:ever)?\s+you\s+(?:can|(?:get|have)\s+(?:a|the|some)\s+\w+)"
    r"|as\s+(?:soon|fast|quickly)\s+as\s+(?:possible|you\s+can)|in\s+a\s+hurry"
    r"|for\s+(?:a|one)\s+(?:sec|second|moment|minute)|(?:out\s+of\s+|just\s+)?curio(?:sity|us)"
    r"|i\s+(?:was|am)\s+(?:just\s+)?wondering(?:\s+(?:if|whether))?|i\s+wonder(?:\s+(?:if|whether))?"
    r"|good\s+(?:morning|afternoon|evening|day)|(?:would|that'd)\s+be\s+(?:great|nice|lovely|cool)"
    r"|(?:thank\s+you\s+|thanks\s+)(?:very|so|a)\s+(?:much|lot)|would\s+it\s+be\s+possible\s+to"
    r"|for\s+(?:my\s+)?(?:own\s+)?(?:information|interest|fun)|in\s+(?:advance|plain\s+english))\b"
)
"""Politeness and haste in words that mean something elsewhere."""


_WORD = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words that ask for a tool, and those that often stand beside them.

    ``turned`` finds such words where they mean something that the tool does not do.
    """

    asks: frozenset[str]
    beside: frozenset[str] = frozenset()
    turned: re.Pattern[str] | None = None


def _of(asks: str, beside: str = "", turned: re.Pattern[str] | None = None) -> Vocabulary:
    return Vocabulary(word_set(asks), word_set(beside), turned)


_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
_UNIT = r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?)"
# Another time than now, in words that ask for the time.
_ANOTHER_TIME = re.compile(
    rf"\bin\s+(?:(?:an?|one|half\s+an?)\s+)?{_UNIT}\b|\b{_UNIT}\s+from\s+(?:now|today)\b"
    rf"|\b(?:date|time|day)\b[^.?!]*\b(?:on|of|this|for)\s+{_DAY}\b|\bwhen(?:'s|\s+is|\s+was)\s+{_DAY}\b"
    rf"|\bwhat\s+(?:date|day)\s+(?:is|was)\s+(?:it\s+on\s+)?{_DAY}\b|\bhow\s+(?:many|much|long)\b"
    rf"|\btime\s+(?:difference|left)\b"
)
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
        " saved kept check within contain hold name currently sitting located stuff overview many l"
        " la al",
    ),
    "search": _of(
        "search find grep look where contain containing mention mentioned mentioning locate"
        " occurrence anywhere somewhere talk scan hunt rg lookup appear"
        " occur appears occurs",
        f"{_FILE}{_PLACES}line show list word phrase string term every each about say saying write"
        " wrote written appear appearing occur used uses defined place note me through everything"
        " everywhere across project inside include including hold reference stand case within"
        " under over come whole entire matching match keyword check see exact time put anything"
        " anyone r i n ri rn",
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
        _ANOTHER_TIME,
    ),
    "run": _of(
        "run running execute executing exec try launch eval",
        "python evaluate code script snippet program following output show print line see happen"
        " result return little command test one-liner piece bit small interpreter through sandbox"
        " expression below c",
    ),
    "python": _of("python interpreter"),
    "calculator": _of(
        "calculate compute calc work evaluate solve calculator add sum what how much figure math",
        "much many result answer value equal equals make makes number maths find expression exact"
        " come total simplify show multiply divide subtract take minus together arithmetic problem"
        " know say calculation amount product difference quotient thing check area volume price"
        " cost bill score",
    ),
}


def vocabulary_of(tool: str, description: str, names: str = "") -> Vocabulary:
    """Return the words for a tool: by its name where that is known, else by its description.

    Those of ``names`` often stand beside them, too.
    """
    named = _WORD.findall(tool.lower())
    beside = frozenset(_WORD.findall(names.lower()))
    known = [_VOCABULARY[word] for word in named if word in _VOCABULARY]
    if not known:
        return Vocabulary(frozenset(named), beside.union(_WORD.findall(description.lower())))
    return Vocabulary(
        frozenset().union(*(each.asks for each in known)),
        beside.union(*(each.beside for each in known)),
        next((each.turned for each in known if each.turned), None),
    )
