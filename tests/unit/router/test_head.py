"""The head's arithmetic, and that the files in the repository fit together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from agent_service.router.dataset import load_utterances
from agent_service.router.evaluate import calibration_error
from agent_service.router.head import Head, load_head
from core.errors import StartupError
from core.routing import Route


def test_probabilities_sum_to_one_and_follow_the_weights() -> None:
    head = Head("m", tuple(Route), np.eye(4), np.zeros(4), 0.5)
    scores = head.probabilities([0, 1, 0, 0])
    assert sum(scores.values()) == pytest.approx(1)
    assert max(scores, key=lambda route: scores[route]) is list(Route)[1]


def test_the_committed_head_loads_and_fits_the_embedding() -> None:
    head = load_head()
    assert head.weights.shape == (4, 384)
    assert set(head.routes) == set(Route)


def test_a_damaged_head_is_a_startup_error(tmp_path: Path) -> None:
    path = tmp_path / "head.json"
    path.write_text('{"routes": ["answer"]}')
    with pytest.raises(StartupError, match=r"agent_service\.router\.train"):
        load_head(path)


def test_no_evaluation_utterance_is_trained_on() -> None:
    trained = {each.text.lower() for each in load_utterances("train")}
    evaluated = [each.text.lower() for each in load_utterances("evaluation")]
    assert not trained & set(evaluated)
    assert len(evaluated) >= 100


def test_calibration_error_is_the_gap_between_confidence_and_accuracy() -> None:
    assert calibration_error([(0.9, True)] * 9 + [(0.9, False)]) == pytest.approx(0)
    assert calibration_error([(0.9, False)] * 10) == pytest.approx(0.9)
