"""Time zones that a request names: an IANA name, an offset, or a city or country that has one."""

from __future__ import annotations

import re
from functools import cache
from zoneinfo import available_timezones

from agent_service.skills.bundled.copying.spans import Piece

_AREAS = ("Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
_MOST_WORDS = 4
_WORD = re.compile(r"[\w+/'-]*\w")
_OFFSET = re.compile(
    r"(?<![\w/])(?:UTC|GMT)\s*[+−-]\s*\d{1,2}(?::?[0-5]\d)?(?![\w:])", re.IGNORECASE
)
# Places that the IANA names leave out, and names of zones as people write them.
_OTHER_NAMES = {
    "America/Los_Angeles": "san francisco|seattle|san diego|las vegas|california|silicon valley|pst"
    "|pdt|pacific time",
    "America/New_York": "nyc|boston|washington|miami|atlanta|philadelphia|edt|eastern time",
    "America/Chicago": "dallas|houston|austin|texas|central time",
    "America/Denver": "mountain time|salt lake city",
    "America/Toronto": "montreal|ottawa",
    "America/Sao_Paulo": "rio|rio de janeiro|são paulo|brasilia",
    "America/Argentina/Buenos_Aires": "argentina",
    "Asia/Shanghai": "beijing|peking|china|shenzhen",
    "Asia/Kolkata": "india|mumbai|delhi|new delhi|bangalore|chennai|bombay|calcutta",
    "Asia/Tokyo": "japan|osaka|kyoto",
    "Asia/Seoul": "korea|south korea",
    "Asia/Bangkok": "thailand",
    "Asia/Ho_Chi_Minh": "vietnam|hanoi",
    "Asia/Dubai": "uae|abu dhabi",
    "Australia/Melbourne": "victoria",
    "Africa/Cairo": "egypt",
    "Africa/Johannesburg": "south africa|cape town",
    "Africa/Lagos": "nigeria",
    "Africa/Nairobi": "kenya",
    "Europe/London": "england|uk|britain|the uk|scotland|edinburgh|manchester|bst",
    "Europe/Paris": "france|lyon",
    "Europe/Berlin": "germany|munich|hamburg|frankfurt|cologne",
    "Europe/Madrid": "spain|barcelona",
    "Europe/Rome": "italy|milan",
    "Europe/Lisbon": "portugal",
    "Europe/Amsterdam": "netherlands|the netherlands|holland",
    "Europe/Brussels": "belgium",
    "Europe/Vienna": "austria",
    "Europe/Zurich": "switzerland|geneva|zürich",
    "Europe/Stockholm": "sweden",
    "Europe/Oslo": "norway",
    "Europe/Copenhagen": "denmark",
    "Europe/Helsinki": "finland",
    "Europe/Warsaw": "poland",
    "Europe/Prague": "czechia",
    "Europe/Athens": "greece",
    "Europe/Dublin": "ireland",
    "Europe/Kyiv": "ukraine|kiev",
    "Europe/Istanbul": "turkey|ankara",
    "Pacific/Auckland": "new zealand|wellington",
    "Pacific/Honolulu": "hawaii",
}


def zones(text: str) -> list[Piece]:
    """Return the zones named in ``text``: offsets, then the names with most words first."""
    known = _names()
    words = list(_WORD.finditer(text))
    found = [
        Piece("".join(match[0].upper().replace("−", "-").split()), match.start(), match.end())
        for match in _OFFSET.finditer(text)
    ]
    for length in range(_MOST_WORDS, 0, -1):
        for first in range(len(words) - length + 1):
            start, end = words[first].start(), words[first + length - 1].end()
            end -= 2 if text[start:end].endswith("'s") else 0
            zone = known.get(" ".join(text[start:end].lower().split()))
            if zone and not any(start < piece.end and piece.start < end for piece in found):
                found.append(Piece(zone, start, end))
    return found


@cache
def _names() -> dict[str, str]:
    """Return zones by what people call them, in lower case."""
    available = available_timezones()
    names: dict[str, str] = {}
    # The shortest name of a city is the one that is meant; an area's own cities come first.
    for zone in sorted(available, key=lambda zone: (zone.count("/"), zone)):
        if zone.startswith(_AREAS) and "/" in zone:
            city = zone.rsplit("/", 1)[-1].replace("_", " ").lower()
            names.setdefault(city, zone)
    names.update({zone.lower(): zone for zone in available if _is_plain(zone)})
    for zone, others in _OTHER_NAMES.items():
        if zone in available:
            names.update(dict.fromkeys(others.split("|"), zone))
    return names


def _is_plain(zone: str) -> bool:
    """Leave out zones that are words of other meanings, or old names of countries."""
    return "/" in zone or zone in {"UTC", "GMT", "CET", "EET", "WET", "EST", "MST", "HST"}
