"""What of its material a prompt has room for, by the model's own count of tokens.

A prompt is built of what has to stand in it and of parts, the most important first. As many parts
as fit are shown, and of the next one as much as fits, cut where a line or a word ends. What is left
out is said. A hop that runs again builds the same prompt, since the same model counts alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.errors import PromptTooLong
from core.ports import ChatMessage, LanguageModel, ModelInfo

Build = Callable[[Sequence[str]], list[ChatMessage]]
"""From the texts of the parts that are shown, some of the last ones missing, to the prompt."""

_LEAST_ANSWER_TOKENS = 64
# More than the tokens of any vocabulary stand for on average: what is longer is not even counted.
_CHARACTERS_PER_TOKEN = 16
_CUTS = 16
_ROUNDS = 2
_SEARCHED_SHARE = 3  # a cut goes back by a third of the text at most to find where a line ends


@dataclass(frozen=True, slots=True)
class Part:
    """A text that a prompt can go without; ``kind`` names it and its like for a person.

    Fewer than ``least`` characters of it are of no use; None: it is shown whole or not at all.
    ``keeps_end``: its end matters more than its beginning.
    """

    kind: str
    text: str
    least: int | None = 80
    keeps_end: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Parts of one kind that a prompt does not show whole.

    ``shown`` of ``total`` are in it, ``in_part`` of those only with some of their text.
    """

    kind: str
    total: int
    shown: int
    in_part: int


@dataclass(frozen=True, slots=True)
class Fitted:
    """A prompt that fits, the texts that it shows, and the tokens that are left for the answer."""

    messages: list[ChatMessage]
    texts: list[str]
    max_tokens: int
    left_out: tuple[LeftOut, ...]


async def fit(
    model: LanguageModel, build: Build, parts: Sequence[Part], answer_tokens: int
) -> Fitted:
    """Return the prompt with the most of ``parts``; up to half of the context is the answer's.

    Raises: PromptTooLong when the prompt does not fit without any part.
    """
    info = await model.describe()
    longest = info.context_tokens * _CHARACTERS_PER_TOKEN
    bounded = [_shortened(part, longest) for part in parts]
    room = info.context_tokens - min(answer_tokens, info.context_tokens // 2)
    texts, count = await _longest_start(model, build, bounded, room)
    if count > room:
        _check_alone(count, info, answer_tokens)
    elif len(texts) < len(parts):
        more = await _some_of_next(model, build, texts, parts[len(texts)], bounded, room)
        texts, count = more or (texts, count)
    return Fitted(
        messages=build(texts),
        texts=texts,
        max_tokens=min(answer_tokens, info.context_tokens - count),
        left_out=_left_out(parts, texts),
    )


async def _longest_start(
    model: LanguageModel, build: Build, texts: Sequence[str], room: int
) -> tuple[list[str], int]:
    """Return the first texts that fit together, and the prompt's tokens; none when none does."""
    [whole] = await model.count_tokens([build(texts)])
    if whole <= room or not texts:
        return list(texts), whole
    counts = await model.count_tokens([build(texts[:shown]) for shown in range(len(texts))])
    shown = max((n for n, count in enumerate(counts) if count <= room), default=0)
    return list(texts[:shown]), counts[shown]


async def _some_of_next(
    model: LanguageModel,
    build: Build,
    shown: list[str],
    part: Part,
    bounded: Sequence[str],
    room: int,
) -> tuple[list[str], int] | None:
    """Add as much of the next part as fits; None where that is too little to be of use."""
    if part.least is None:
        return None
    text = bounded[len(shown)]
    low, high = 0, len(text)
    best: tuple[list[str], int] | None = None
    for _ in range(_ROUNDS):
        lengths = _between(low, high)
        cuts = [cut(text, length, keeps_end=part.keeps_end) for length in lengths]
        counts = await model.count_tokens([build([*shown, each]) for each in cuts])
        fits = [n for n, count in enumerate(counts) if count <= room]
        if fits:
            best = [*shown, cuts[fits[-1]]], counts[fits[-1]]
        low = lengths[fits[-1]] if fits else low
        high = next((length for length in lengths if length > low), high)
    return best if best and len(best[0][-1]) >= part.least else None


def cut(text: str, length: int, *, keeps_end: bool = False) -> str:
    """Return at most ``length`` characters of a text's beginning, or of its end.

    It ends where a line does if one ends in the last third, else where a word does, else anywhere.
    """
    if keeps_end:
        return cut(text[::-1], length)[::-1]
    if len(text) <= length:
        return text
    earliest = length - length // _SEARCHED_SHARE
    for mark in ("\n", " "):
        # The mark may be the first character that is left out.
        end = text.rfind(mark, earliest, length + 1)
        if end > 0:
            return text[:end].rstrip()
    return text[:length]


def _between(low: int, high: int) -> list[int]:
    """Return lengths above ``low`` and up to ``high``, evenly apart."""
    step = (high - low) / _CUTS
    return sorted({low + max(1, round(step * n)) for n in range(1, _CUTS + 1)})


def _shortened(part: Part, longest: int) -> str:
    return cut(part.text, longest, keeps_end=part.keeps_end)


def _check_alone(count: int, info: ModelInfo, answer_tokens: int) -> None:
    """Let the answer have less. Raises: PromptTooLong when there would be next to nothing."""
    least = min(answer_tokens, _LEAST_ANSWER_TOKENS, info.context_tokens // 8)
    if count > info.context_tokens - least:
        raise PromptTooLong(
            f"the request is too long for the model: it makes a prompt of {count} tokens, and "
            f"{info.context_tokens - least} fit; shorten the request, or {info.larger_context}"
        )


def _left_out(parts: Sequence[Part], texts: Sequence[str]) -> tuple[LeftOut, ...]:
    """Return what is not shown, by the kinds of the parts."""
    found = []
    for kind in dict.fromkeys(part.kind for part in parts):
        places = [index for index, part in enumerate(parts) if part.kind == kind]
        shown = [index for index in places if index < len(texts)]
        in_part = [index for index in shown if len(texts[index]) < len(parts[index].text)]
        if len(shown) < len(places) or in_part:
            found.append(LeftOut(kind, len(places), len(shown), len(in_part)))
    return tuple(found)
