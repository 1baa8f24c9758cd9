"""The linear softmax head: from a text's unit vector to a probability a route."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import StartupError
from core.routing import Route

HEAD_PATH = Path(__file__).parent / "head.json"
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Head:
    """Weights of shape (routes, dimensions), biases of shape (routes,), a temperature.

    ``embedding_model`` names the embedding model that it was fitted on.
    """

    embedding_model: str
    routes: tuple[Route, ...]
    weights: Array
    biases: Array
    temperature: float

    def probabilities(self, vector: Sequence[float]) -> dict[Route, float]:
        """Return the calibrated probability of every route for a unit vector."""
        logits = (self.weights @ np.asarray(vector) + self.biases) / self.temperature
        scaled = softmax(logits[None, :])[0]
        return dict(zip(self.routes, (float(value) for value in scaled), strict=True))

    def save(self, path: Path = HEAD_PATH) -> None:
        """Write the head as JSON, its numbers rounded to six digits."""
        content = {
            "embedding_model": self.embedding_model,
            "routes": [route.value for route in self.routes],
            "temperature": round(self.temperature, 6),
            "biases": np.round(self.biases, 6).tolist(),
            "weights": np.round(self.weights, 6).tolist(),
        }
        path.write_text(json.dumps(content) + "\n", encoding="utf-8")


def load_head(path: Path = HEAD_PATH) -> Head:
    """Read a head. Raises: StartupError when the file is missing or damaged."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Head(
            embedding_model=content["embedding_model"],
            routes=tuple(Route(name) for name in content["routes"]),
            weights=np.asarray(content["weights"], dtype=np.float64),
            biases=np.asarray(content["biases"], dtype=np.float64),
            temperature=float(content["temperature"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StartupError(
            f"the router's head {path} cannot be read ({error}): "
            "python -m agent_service.router.train makes it"
        ) from error


def softmax(logits: Array) -> Array:
    """Return the row-wise softmax of an array of shape (rows, routes)."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    normalised: Array = shifted / shifted.sum(axis=1, keepdims=True)
    return normalised
