"""What fits is shown, the rest is left out from its end, and that is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import PromptTooLong
from core.fitting import Fitted, LeftOut, Part, cut, fit
from core.ports import ChatMessage
from shared.testing import FakeModel


@dataclass(kw_only=True)
class Counting(FakeModel):
    """A model that counts: some tokens a message, and some for each kind of character."""

    context_tokens: int = 200
    letters_a_token: int = 3
    tokens_a_digit: int = 1
    tokens_a_message: int = 5
    larger_context: str = "buy more memory"
    counted: list[int] = field(default_factory=list)

    async def count_tokens(self, prompts: Sequence[Sequence[ChatMessage]]) -> list[int]:
        self.counted.append(len(prompts))
        return [sum(self._count(each.content) for each in prompt) for prompt in prompts]

    def _count(self, text: str) -> int:
        digits = sum(not letter.isalpha() for letter in text)
        letters = len(text) - digits
        return (
            self.tokens_a_message
            + digits * self.tokens_a_digit
            + -(-letters // self.letters_a_token)
        )


def build(texts: Sequence[str]) -> list[ChatMessage]:
    return [ChatMessage("system", "rules"), ChatMessage("user", "ask" + "|".join(["", *texts]))]


def passages(*texts: str, least: int = 1) -> list[Part]:
    return [Part("passage", text, least) for text in texts]


MODELS = st.builds(
    Counting,
    context_tokens=st.integers(40, 2000),
    letters_a_token=st.integers(1, 6),
    tokens_a_digit=st.integers(1, 4),
    tokens_a_message=st.integers(0, 9),
)
TEXTS = st.text(st.sampled_from("abc 12\n字é"), max_size=400)
PARTS = st.lists(
    st.builds(
        Part,
        st.sampled_from(["passage", "code"]),
        TEXTS,
        st.sampled_from([None, 1, 40]),
        st.booleans(),
    ),
    max_size=9,
)


@settings(max_examples=300, deadline=None)
@given(model=MODELS, parts=PARTS, answer=st.integers(1, 900))
async def test_what_is_shown_fits_and_is_a_start_of_the_parts(
    model: Counting, parts: list[Part], answer: int
) -> None:
    fitted = await fit(model, build, parts, answer)
    [count] = await model.count_tokens([fitted.messages])
    room = model.context_tokens - min(answer, model.context_tokens // 2)
    assert count <= room or not fitted.texts
    assert 1 <= fitted.max_tokens <= answer
    assert count + fitted.max_tokens <= model.context_tokens
    assert fitted.messages == build(fitted.texts)
    for part, text in list(zip(parts, fitted.texts, strict=False))[:-1]:
        assert text == part.text
    if fitted.texts:
        part, text = parts[len(fitted.texts) - 1], fitted.texts[-1]
        assert part.text.endswith(text) if part.keeps_end else part.text.startswith(text)
        assert text == part.text or (part.least is not None and len(text) >= part.least)


@settings(max_examples=200, deadline=None)
@given(model=MODELS, parts=PARTS, answer=st.integers(1, 900))
async def test_no_more_would_have_fitted_and_what_is_missing_is_said(
    model: Counting, parts: list[Part], answer: int
) -> None:
    fitted = await fit(model, build, parts, answer)
    room = model.context_tokens - min(answer, model.context_tokens // 2)
    whole = [part.text for part in parts]
    shown = len(fitted.texts)
    complete = fitted.texts == whole
    assert bool(fitted.left_out) == (not complete)
    if complete:
        return
    [with_next] = await model.count_tokens(
        [build(whole[: shown + (fitted.texts == whole[:shown])])]
    )
    assert with_next > room


@settings(max_examples=100, deadline=None)
@given(model=MODELS, parts=PARTS, answer=st.integers(1, 900))
async def test_the_same_model_builds_the_same_prompt_again(
    model: Counting, parts: list[Part], answer: int
) -> None:
    def asked() -> Counting:
        return replace(model, counted=[])

    first: Fitted = await fit(asked(), build, parts, answer)
    assert await fit(asked(), build, parts, answer) == first


@pytest.mark.parametrize(
    ("parts", "left_out"),
    [
        (passages("a" * 30), []),
        ([], []),
        (passages("a" * 100, "b" * 100, "1" * 300), [LeftOut("passage", 3, 3, 1)]),
        (passages("a" * 100, "1" * 300, "b", least=200), [LeftOut("passage", 3, 1, 0)]),
        ([Part("code", "1" * 500, None)], [LeftOut("code", 1, 0, 0)]),
        ([Part("output", "1" * 500)], [LeftOut("output", 1, 1, 1)]),
        (
            [Part("code", "1" * 50), Part("failure", "1" * 200), *passages("b")],
            [LeftOut("failure", 1, 1, 1), LeftOut("passage", 1, 0, 0)],
        ),
    ],
)
async def test_what_is_left_out_is_told(parts: list[Part], left_out: list[LeftOut]) -> None:
    fitted = await fit(Counting(), build, parts, 50)
    assert list(fitted.left_out) == left_out


async def test_a_request_longer_than_the_context_names_what_to_do() -> None:
    model = Counting(context_tokens=100)

    async def with_request(digits: int, answer: int) -> Fitted:
        def asking(texts: Sequence[str]) -> list[ChatMessage]:
            return [ChatMessage("user", "1" * digits + "".join(texts))]

        return await fit(model, asking, passages("a" * 90), answer)

    for digits in (93, 2000):
        with pytest.raises(PromptTooLong, match="shorten the request, or buy more memory"):
            await with_request(digits, 50)
    fitted = await with_request(46, 50)
    assert (fitted.texts, fitted.max_tokens, fitted.left_out) == (
        [],
        49,
        (LeftOut("passage", 1, 0, 0),),
    )
    assert (await with_request(80, 50)).max_tokens == 15
    assert (await with_request(80, 10)).max_tokens == 10


async def test_choosing_among_many_takes_few_questions() -> None:
    model = Counting(context_tokens=1000)
    await fit(model, build, passages(*["1" * 190] * 60), 50)
    assert len(model.counted) <= 4
    await fit(model, build, passages("a"), 50)
    assert len(model.counted) <= 5


@given(text=TEXTS, length=st.integers(0, 500), keeps_end=st.booleans())
def test_a_cut_is_an_end_of_the_text_and_not_too_long(
    text: str, length: int, keeps_end: bool
) -> None:
    found = cut(text, length, keeps_end=keeps_end)
    assert len(found) <= length
    assert text.endswith(found) if keeps_end else text.startswith(found)
    if len(text) <= length:
        assert found == text


@pytest.mark.parametrize(
    ("text", "length", "found"),
    [
        ("one two\nthree four", 15, "one two\nthree"),
        ("one\ntwo\nthree", 9, "one\ntwo"),
        ("one two three", 8, "one two"),
        ("abcdefghij", 4, "abcd"),
        ("word\n" * 9, 10, "word\nword"),
        ("a b", 0, ""),
    ],
)
def test_a_cut_falls_where_a_line_or_a_word_ends(text: str, length: int, found: str) -> None:
    assert cut(text, length) == found
    assert cut(text[::-1], length, keeps_end=True) == found[::-1]
