"""Probabilities of routes from logits, however a vocabulary cuts their names."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_service.router.label_tokens import LabelTokens

WHOLE = [b"answer", b"code", b"tool", b"direct", b" ", b"the", b'"']
CUT = [b"an", b"a", b"c", b"to", b"d", b"answer", b"axe", b'"an', b'"co', b'"t', b'"d', b"", b"xyz"]


def logits(pieces: list[bytes], **likely: float) -> np.ndarray:
    """Return logits of 0 but for the pieces that ``likely`` names."""
    values = [likely.get(piece.decode(), 0.0) for piece in pieces]
    return np.asarray(values, dtype=np.float32)


def test_scores_are_normalised_over_the_four_routes() -> None:
    label = LabelTokens(WHOLE).scores(logits(WHOLE, code=np.log(7)), b"")
    assert label.scores["code"] == pytest.approx(0.7)
    assert label.scores["tool"] == pytest.approx(0.1)
    assert label.mass == pytest.approx(10 / 13)


def test_every_beginning_of_a_name_counts_for_its_route() -> None:
    label = LabelTokens(CUT).scores(logits(CUT), b"")
    assert label.scores["answer"] == pytest.approx(3 / 6)
    assert label.scores["code"] == pytest.approx(1 / 6)
    assert label.mass == pytest.approx(6 / 13)


def test_a_token_may_begin_before_the_name() -> None:
    label = LabelTokens(CUT).scores(logits(CUT, **{'"t': np.log(3)}), b'"')
    assert label.scores["tool"] == pytest.approx(3 / 6)


def test_a_model_that_writes_something_else_has_hardly_any_mass() -> None:
    label = LabelTokens(WHOLE).scores(logits(WHOLE, the=20), b"")
    assert label.mass < 1e-6
    assert sum(label.scores.values()) == pytest.approx(1)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_logits_that_are_no_numbers_are_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="no numbers"):
        LabelTokens(WHOLE).scores(logits(WHOLE, code=bad), b"")


def test_a_vocabulary_that_leads_to_no_route_is_refused() -> None:
    with pytest.raises(ValueError, match="no token"):
        LabelTokens([b"x", b"y"]).scores(np.zeros(2, dtype=np.float32), b"")


@given(st.lists(st.floats(-80, 80, width=32), min_size=len(WHOLE), max_size=len(WHOLE)))
def test_scores_sum_to_one_and_mass_is_a_probability(values: list[float]) -> None:
    given_logits = np.asarray(values, dtype=np.float32)
    try:
        label = LabelTokens(WHOLE).scores(given_logits, b"")
    except ValueError:  # so improbable that nothing is left of the four
        assert given_logits[:4].max() < given_logits.max() - 100
        return
    assert sum(label.scores.values()) == pytest.approx(1)
    assert 0 <= label.mass <= 1
