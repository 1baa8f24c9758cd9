"""The linear softmax head: from a text's meaning and wording to a probability a workflow."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import StartupError
from shared.embedding.wording import wording_of

HEAD_PATH = Path(__file__).parent / "head.json"
Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Head:
    """Weights of shape (workflows, features), biases of shape (workflows,), a temperature.

    ``embedding_sha256`` is the hash of the embedding GGUF that it was fitted on.
    """

    embedding_sha256: str
    routes: tuple[str, ...]
    weights: Array
    biases: Array
    temperature: float

    def probabilities(self, features: Array) -> dict[str, float]:
        """Return the calibrated probability of every workflow for ``features_of`` a text."""
        logits = (self.weights @ features + self.biases) / self.temperature
        scaled = softmax(logits[None, :])[0]
        return dict(zip(self.routes, (float(value) for value in scaled), strict=True))

    def check_fitted_on(self, sha256: str, model_path: Path) -> None:
        """Raise StartupError unless it was fitted on the embedding model with this hash."""
        if sha256 != self.embedding_sha256:
            raise StartupError(
                "the router's head was fitted on the embedding model with sha256 "
                f"{self.embedding_sha256}, but {model_path} has {sha256}: name the GGUF that "
                "`make models` prepares, or fit the head anew "
                "(python -m agent_service.router.train)"
            )

    def save(self, path: Path = HEAD_PATH) -> None:
        """Write the head as JSON, its numbers rounded to four digits."""
        content = {
            "embedding_sha256": self.embedding_sha256,
            "routes": list(self.routes),
            "temperature": round(self.temperature, 6),
            "biases": _rounded(self.biases),
            "weights": [_rounded(row) for row in self.weights],
        }
        path.write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="utf-8")


def load_head(path: Path = HEAD_PATH) -> Head:
    """Read a head. Raises: StartupError when the file is missing or damaged."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Head(
            embedding_sha256=content["embedding_sha256"],
            routes=tuple(str(name) for name in content["routes"]),
            weights=np.asarray(content["weights"], dtype=np.float32),
            biases=np.asarray(content["biases"], dtype=np.float32),
            temperature=float(content["temperature"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StartupError(
            f"the router's head {path} cannot be read ({error}): "
            "python -m agent_service.router.train makes it"
        ) from error


def features_of(text: str, vector: Sequence[float]) -> Array:
    """Return a text's unit vector and its wording, shape (dimensions + 4096,)."""
    return np.concatenate([np.asarray(vector, dtype=np.float32), wording_of(text)])


def softmax(logits: Array) -> Array:
    """Return the row-wise softmax of an array of shape (rows, workflows)."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    normalised: Array = shifted / shifted.sum(axis=1, keepdims=True)
    return normalised


def _rounded(values: Array) -> list[float]:
    return [round(float(value), 4) for value in values]
