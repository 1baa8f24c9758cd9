"""The bundled model says a sentence that it learned and that fits, or that it cannot do it."""

from __future__ import annotations

import random

import pytest

from agent_service.skills.bundled.small_talk import (
    DECLINE,
    HELLO,
    PARTING,
    SELF,
    WELCOME,
    WELL,
    direct_answer,
)
from llm_service.training.conversation import draw

SCRAPS = "I am a small language model on your own machine:ino for i in range(lencode) + 1, 2])"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("hi", HELLO),
        ("Hey there!", HELLO),
        ("good morning everyone", HELLO),
        ("thank you so much", WELCOME),
        ("nice, well done", WELCOME),
        ("who are you?", SELF),
        ("what can you do for me", SELF),
        ("what's your name?", SELF),
        ("how's it going", WELL),
        ("hello, how are you?", WELL),
        ("good evening, how are you today?", WELL),
        ("see you tomorrow", PARTING),
        ("hello, can you tell me what the weather is like today?", DECLINE),
        ("hi, what is the capital of France?", DECLINE),
        ("what is love", DECLINE),
        ("thanks, now explain recursion", DECLINE),
        ("how do I get to Rome", DECLINE),
        ("asdf qwer", DECLINE),
        ("???", DECLINE),
    ],
)
@pytest.mark.parametrize("written", [SCRAPS, "", HELLO, DECLINE, "You are welcome. x"])
def test_whatever_the_model_writes_the_answer_fits(text: str, answer: str, written: str) -> None:
    said = direct_answer(text, written)
    assert said == answer or (said == written == HELLO and answer in (WELL, PARTING))


def test_a_learned_sentence_that_fits_stays() -> None:
    rng = random.Random(7)
    drawn = [draw(rng) for _ in range(500)]
    assert all(direct_answer(text, answer) == answer for text, answer in drawn)
