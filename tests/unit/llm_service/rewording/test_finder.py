"""The finder's file, and what it adds to the encoder's weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.errors import StartupError
from llm_service.rewording.convert import changed
from llm_service.rewording.finder import FINDER_PATH, load_finder
from llm_service.rewording.opening import encoder_path


def test_the_product_of_two_changes_is_added_to_their_weight() -> None:
    tensors = {"layer.weight": np.ones((2, 3), np.float32), "other": np.ones(1, np.float32)}
    up, down = np.ones((2, 1), np.float32), np.full((1, 3), 2, np.float32)
    made = changed(tensors, {"layer.up": up, "layer.down": down})
    assert made["layer.weight"].tolist() == [[3.0] * 3] * 2
    assert made["other"].tolist() == [1.0]


@pytest.mark.parametrize("content", [None, b"", b"no archive"])
def test_a_damaged_finder_says_what_makes_it(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "finder.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StartupError, match=r"python -m llm_service\.training\.finder\.train"):
        load_finder(path)


def test_a_finder_of_other_functions_is_refused(tmp_path: Path) -> None:
    with np.load(FINDER_PATH) as file:
        arrays = {name: file[name] for name in file.files}
    arrays["function.labels"] = np.where(
        arrays["function.labels"] == "chunk", "lump", arrays["function.labels"]
    )
    np.savez_compressed(tmp_path / "finder.npz", **arrays)
    with pytest.raises(StartupError, match="other functions"):
        load_finder(tmp_path / "finder.npz")


def test_the_encoder_that_set_up_made_is_that_of_the_finder() -> None:
    assert encoder_path(load_finder()).is_file()


def test_probabilities_of_a_vector_sum_to_less_than_one() -> None:
    found = load_finder().rank(np.ones(384, np.float32) / np.sqrt(384), 2000)
    assert 0 < sum(each.probability for each in found) <= 1.0001
