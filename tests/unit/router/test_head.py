"""The head's arithmetic, and that the files in the repository fit together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from agent_service.router.evaluate import calibration_error
from agent_service.router.head import Head, load_head
from core.errors import StartupError
from core.workflows import BUILT_IN
from shared.embedding.wording import BUCKETS, wording_of


def test_probabilities_sum_to_one_and_follow_the_weights() -> None:
    head = Head("00ff", BUILT_IN.names, np.eye(4, dtype=np.float32), np.zeros(4, np.float32), 0.5)
    scores = head.probabilities(np.asarray([0, 1, 0, 0], dtype=np.float32))
    assert sum(scores.values()) == pytest.approx(1)
    assert max(scores, key=lambda route: scores[route]) == BUILT_IN.names[1]


def test_the_committed_head_loads_and_fits_the_embedding() -> None:
    head = load_head()
    assert head.weights.shape == (4, 384 + BUCKETS)
    assert set(head.routes) == set(BUILT_IN.names)


def test_a_damaged_head_is_a_startup_error(tmp_path: Path) -> None:
    path = tmp_path / "head.json"
    path.write_text('{"routes": ["answer"]}')
    with pytest.raises(StartupError, match=r"agent_service\.router\.train"):
        load_head(path)


def test_another_embedding_model_is_a_startup_error_naming_both() -> None:
    head = load_head()
    head.check_fitted_on(head.embedding_sha256, Path("right.gguf"))
    with pytest.raises(StartupError, match=rf"{head.embedding_sha256}.*other\.gguf has 00ff"):
        head.check_fitted_on("00ff", Path("other.gguf"))


def test_the_wording_keeps_what_a_file_is_called_and_which_number_it_is_apart() -> None:
    assert np.array_equal(wording_of("show a.txt"), wording_of("show docs/b.md"))
    assert np.array_equal(wording_of("add 2 and 3"), wording_of("add 17 and 4"))
    assert not np.array_equal(wording_of("run the tests"), wording_of("write the tests"))
    assert np.linalg.norm(wording_of("run the tests")) == pytest.approx(1.5)
    assert np.isfinite(wording_of("")).all()


def test_calibration_error_is_the_gap_between_confidence_and_accuracy() -> None:
    assert calibration_error([(0.9, True)] * 9 + [(0.9, False)]) == pytest.approx(0)
    assert calibration_error([(0.9, False)] * 10) == pytest.approx(0.9)
