"""Pieces are whole characters, and no stop text is ever shown."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from llm_service.backends.llama.text import TextStream


def said(pieces: list[bytes], stops: tuple[str, ...] = ()) -> tuple[str, bool]:
    stream = TextStream(stops)
    text = ""
    for piece in pieces:
        text += stream.add(piece)
        if stream.stopped:
            return text, True
    return text + stream.finish(), stream.stopped


def test_a_character_split_over_tokens_comes_whole() -> None:
    stream = TextStream(())
    assert [stream.add(bytes([each])) for each in "€".encode()] == ["", "", "€"]


def test_a_character_that_is_never_finished_is_marked() -> None:
    assert said(["€".encode()[:2]]) == ("\N{REPLACEMENT CHARACTER}", False)


def test_what_may_become_a_stop_text_is_held_back() -> None:
    stream = TextStream(("END",))
    assert [stream.add(each) for each in (b"one E", b"N", b"x")] == ["one ", "", "ENx"]


def test_text_after_a_stop_text_is_dropped() -> None:
    assert said([b"one E", b"ND two"], ("END",)) == ("one ", True)


@given(
    text=st.text("abc€", max_size=30),
    stops=st.lists(st.text("abc€", min_size=1, max_size=3), max_size=3),
    cuts=st.lists(st.integers(0, 90), max_size=10),
)
def test_however_it_is_cut_the_text_ends_before_the_first_stop_text(
    text: str, stops: list[str], cuts: list[int]
) -> None:
    data = text.encode()
    ends = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [data[start:end] for start, end in itertools.pairwise(ends)]
    shown, stopped = said(pieces, tuple(stops))
    assert text.startswith(shown)
    assert not any(stop in shown for stop in stops)
    assert stopped == any(stop in text for stop in stops)
    assert stopped or shown == text
