"""Train the finder: ``python -m llm_service.training.finder.train``.

Needs the packages of ``training/requirements.txt``; about five minutes on two cores.
"""

from __future__ import annotations

import argparse
import random
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import BertWordPieceTokenizer
from torch import Tensor, nn
from torch.nn import functional

from llm_service.functions import FUNCTIONS
from llm_service.functions.held_out import Part
from llm_service.functions.pipelines import AGGREGATES, FILTERS, MAPS
from llm_service.rewording.finder import FINDER_PATH, PIPELINE, UNKNOWN
from llm_service.training.finder.encoder import Encoder
from llm_service.training.finder.requests import (
    LabelledRequest,
    held_out_requests,
    training_requests,
)
from shared.embedding.published_weights import SHA256, fetch_weights

_RANK = 16
_MAX_TOKENS = 64
_BATCH = 64
_SORTED_TOGETHER = 16
_ADAPTER_RATE, _HEAD_RATE = 2e-3, 5e-3
_SCALE = 6.0  # of the unit vectors, so that the heads can be sure
_CERTAINTY = 2.0  # of the heads at the start
_DROPOUT, _SMOOTHING = 0.1, 0.05
_TEMPERATURES = np.linspace(0.3, 2.0, 35)
LABELS = (*(function.name for function in FUNCTIONS), PIPELINE, UNKNOWN)
PARTS = {"filter": tuple(FILTERS), "map": tuple(MAPS), "aggregate": tuple(AGGREGATES)}


@dataclass(frozen=True, slots=True)
class Row:
    """A tokenized request with the places of its labels; -100 where there is none."""

    tokens: list[int]
    label: int
    parts: tuple[int, int, int]


class Heads(nn.Module):
    """Linear heads on a vector: one for the function, one for each stage of a pipeline."""

    def __init__(self) -> None:
        """Make the heads."""
        super().__init__()
        self.function = nn.Linear(384, len(LABELS))
        self.stages = nn.ModuleDict({name: nn.Linear(384, len(PARTS[name])) for name in PARTS})

    def forward(self, vectors: Tensor) -> list[Tensor]:
        """Return the logits of every head."""
        return [self.function(vectors), *(self.stages[name](vectors) for name in PARTS)]


class Finder:
    """The encoder, its heads and the tokenizer."""

    def __init__(self, rank: int) -> None:
        """Start from the published checkpoint."""
        checkpoint = fetch_weights()
        self.encoder = Encoder(checkpoint.tensors, rank)
        vocabulary = {token: place for place, token in enumerate(checkpoint.vocabulary)}
        self.heads = Heads()
        self._tokenizer = BertWordPieceTokenizer(vocabulary, lowercase=True)

    def row(self, request: LabelledRequest) -> Row:
        """Tokenize a request and number its labels."""
        tokens = self._tokenizer.encode(request.text).ids[:_MAX_TOKENS]
        combination = request.combination
        if combination is None:
            return Row(tokens, LABELS.index(request.label), (-100, -100, -100))
        said = (combination.filter, combination.map, combination.aggregate)
        parts = [keys.index(key) for keys, key in zip(PARTS.values(), said, strict=True)]
        return Row(tokens, LABELS.index(request.label), (parts[0], parts[1], parts[2]))

    def logits(self, rows: list[Row], dropout: float = 0.0) -> list[Tensor]:
        """Return the logits of every head for some rows."""
        vectors = _SCALE * self.vectors(rows)
        return self.heads(functional.dropout(vectors, dropout, training=dropout > 0))

    def vectors(self, rows: list[Row]) -> Tensor:
        """Return the unit vectors of some rows."""
        longest = max(len(row.tokens) for row in rows)
        tokens = torch.zeros(len(rows), longest, dtype=torch.long)
        mask = torch.zeros(len(rows), longest)
        for place, row in enumerate(rows):
            tokens[place, : len(row.tokens)] = torch.tensor(row.tokens)
            mask[place, : len(row.tokens)] = 1
        return self.encoder(tokens, mask)


def main() -> None:
    """Train, calibrate, say what is reached, and save."""
    parser = argparse.ArgumentParser(description="Train the finder.")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--output", type=Path, default=FINDER_PATH)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    finder = Finder(_RANK)
    _fit(finder, options.epochs, random.Random(options.seed))
    calibration = [finder.row(each) for each in held_out_requests(Part.CALIBRATION, 1)]
    logits, labels = _judged(finder, calibration)
    temperature = _temperature(logits, labels)
    evaluation = [finder.row(each) for each in held_out_requests(Part.EVALUATION, 2)]
    sys.stdout.write(f"temperature {temperature:.2f}; evaluation: {_reached(finder, evaluation)}\n")
    _save(finder, temperature, options.output)


@torch.no_grad()
def _start_at_centroids(finder: Finder, rows: list[Row]) -> None:
    """Begin with the untuned encoder's mean vector of every label, which is half right already."""
    sums = torch.zeros(len(LABELS), 384)
    for at in range(0, len(rows), _BATCH):
        batch = rows[at : at + _BATCH]
        sums.index_add_(0, torch.tensor([row.label for row in batch]), finder.vectors(batch))
    means = functional.normalize(sums, dim=-1)
    finder.heads.function.weight.copy_(_CERTAINTY * (means - means.mean(0)))
    finder.heads.function.bias.zero_()


def _fit(finder: Finder, epochs: int, rng: random.Random) -> None:
    first = [finder.row(each) for each in training_requests(rng)]
    _start_at_centroids(finder, sorted(first, key=lambda row: len(row.tokens)))
    steps = epochs * (len(first) // _BATCH + 2)
    optimizer = torch.optim.AdamW(
        [
            {"params": finder.encoder.parameters(), "lr": _ADAPTER_RATE},
            {"params": finder.heads.parameters(), "lr": _HEAD_RATE},
        ],
        weight_decay=0.01,
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step / steps))
    calibration = [finder.row(each) for each in held_out_requests(Part.CALIBRATION, 1)]
    sys.stdout.write(f"centroids: {_reached(finder, calibration)}\n")
    for epoch in range(epochs):
        rows = [finder.row(each) for each in training_requests(rng)]
        total = 0.0
        for batch in _batches(rows, rng):
            with torch.autocast("cpu", torch.bfloat16):
                loss = _loss(finder.logits(batch, _DROPOUT), batch)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(finder.encoder.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += loss.item() * len(batch)
        reached = _reached(finder, calibration)
        sys.stdout.write(f"epoch {epoch + 1}: loss {total / len(rows):.3f}, {reached}\n")
        sys.stdout.flush()


def _rate(done: float) -> float:
    """Return the share of the peak rate: up over a tenth, then down in a line."""
    return min(done / 0.1, max(0.01, (1 - done) / 0.9))


def _batches(rows: list[Row], rng: random.Random) -> list[list[Row]]:
    """Put rows of like lengths together, the rest at random."""
    rng.shuffle(rows)
    size = _BATCH * _SORTED_TOGETHER
    sorted_rows = [
        row
        for start in range(0, len(rows), size)
        for row in sorted(rows[start : start + size], key=lambda each: len(each.tokens))
    ]
    batches = [sorted_rows[at : at + _BATCH] for at in range(0, len(rows), _BATCH)]
    rng.shuffle(batches)
    return batches


def _loss(logits: list[Tensor], rows: list[Row]) -> Tensor:
    wanted = torch.tensor([row.label for row in rows])
    loss = functional.cross_entropy(logits[0].float(), wanted, label_smoothing=_SMOOTHING)
    stages = torch.tensor([row.parts for row in rows])
    if (stages[:, 0] >= 0).any():
        for place, said in enumerate(logits[1:]):
            loss = loss + functional.cross_entropy(
                said.float(), stages[:, place], ignore_index=-100, label_smoothing=_SMOOTHING
            )
    return loss


@torch.no_grad()
def _judged(finder: Finder, rows: list[Row]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    parts = [finder.logits(rows[at : at + 256])[0].float() for at in range(0, len(rows), 256)]
    return torch.cat(parts).numpy(), np.asarray([row.label for row in rows])


@torch.no_grad()
def _reached(finder: Finder, rows: list[Row]) -> str:
    """Return how often the right label is first, or among three; and how often all stages are."""
    logits, labels = _judged(finder, rows)
    best = np.argsort(-logits, axis=1)[:, :3]
    first, three = (best[:, 0] == labels).mean(), (best == labels[:, None]).any(axis=1).mean()
    pipelines = [row for row in rows if row.parts[0] >= 0]
    stages = finder.logits(pipelines)[1:]
    right = np.ones(len(pipelines), bool)
    for place, said in enumerate(stages):
        right &= said.argmax(1).numpy() == np.asarray([row.parts[place] for row in pipelines])
    return f"first {first:.3f}, among three {three:.3f}, stages of pipelines {right.mean():.3f}"


def _temperature(logits: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """Return the temperature with the lowest loss."""

    def loss(temperature: float) -> float:
        scaled = torch.tensor(logits / temperature)
        return float(functional.cross_entropy(scaled, torch.tensor(labels)))

    return float(min(_TEMPERATURES, key=loss))


def _save(finder: Finder, temperature: float, path: Path) -> None:
    arrays: dict[str, NDArray[np.generic]] = dict(finder.encoder.changes())
    heads = {"function": finder.heads.function, **dict(finder.heads.stages.items())}
    for name, head in heads.items():
        weight = head.weight.detach().numpy() * _SCALE
        arrays[f"{name}.weight"] = weight.astype(np.float16)
        arrays[f"{name}.bias"] = head.bias.detach().numpy().astype(np.float32)
        arrays[f"{name}.labels"] = np.asarray(PARTS.get(name, LABELS))
    arrays["temperature"] = np.asarray(temperature, np.float32)
    arrays["base_sha256"] = np.asarray(SHA256)
    np.savez_compressed(path, **arrays)
    sys.stdout.write(f"{path}: {path.stat().st_size / 1e6:.1f} MB\n")


if __name__ == "__main__":
    main()
