"""Train the bundled model: ``python -m llm_service.training.train --minutes 40 --output DIR``.

Needs the packages of requirements.txt beside this file, in an environment of their own.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from llm_service.training.chat import PAD, render
from llm_service.training.examples import Example, examples
from llm_service.training.model import ModelShape, SmallLlama
from llm_service.training.tokenizer import train_tokenizer

_TOKENIZER_SEED = 20261121
_BATCH_TOKENS = 4096
_POOL = 1024
_PEAK_RATE = 2e-3
_WARMUP = 0.02
_IGNORED = -100
Item = tuple[list[int], int]
Batches = Iterator[tuple[Tensor, Tensor]]


def main() -> None:
    """Train for the given time and write model.pt, shape.json and tokenizer.json."""
    parser = argparse.ArgumentParser(description="Train the bundled model.")
    parser.add_argument("--minutes", type=float, default=40)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--start", type=Path, help="go on from what an earlier run wrote")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    tokenizer = _tokenizer(options.start)
    tokenizer.save(str(options.output / "tokenizer.json"))
    model = SmallLlama(ModelShape(vocabulary=tokenizer.get_vocab_size()))
    if options.start:
        model.load_state_dict(torch.load(options.start / "model.pt", weights_only=True))
    batches = _batches(tokenizer, examples(options.seed))
    peak_rate = _PEAK_RATE / 2 if options.start else _PEAK_RATE
    _fit(model, batches, options.minutes * 60, peak_rate, options.output)


def _tokenizer(start: Path | None) -> Tokenizer:
    if start is None:
        return train_tokenizer(_TOKENIZER_SEED)
    return Tokenizer.from_file(str(start / "tokenizer.json"))


def _fit(
    model: SmallLlama, batches: Batches, seconds: float, peak_rate: float, output: Path
) -> None:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model.to(device)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=peak_rate, betas=(0.9, 0.95), weight_decay=0.05
    )
    started, step, seen, smooth = time.monotonic(), 0, 0, 0.0
    for tokens, targets in batches:
        done = (time.monotonic() - started) / seconds
        if done >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = peak_rate * _rate(done)
        with torch.autocast(device, torch.bfloat16):
            logits = model(tokens.to(device))
        loss = functional.cross_entropy(
            logits.flatten(0, 1).float(), targets.to(device).flatten(), ignore_index=_IGNORED
        )
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step, seen = step + 1, seen + tokens.numel()
        smooth = loss.item() if step == 1 else 0.97 * smooth + 0.03 * loss.item()
        if step % 50 == 0:
            rate = seen / (time.monotonic() - started)
            sys.stdout.write(f"{done:4.0%} step {step} loss {smooth:.4f} {rate:.0f} tokens/s\n")
            sys.stdout.flush()
        if step % 500 == 0:
            _save(model, output)
    _save(model, output)


def _save(model: SmallLlama, output: Path) -> None:
    torch.save(model.state_dict(), output / "model.pt")
    (output / "shape.json").write_text(json.dumps(asdict(model.shape)), encoding="utf-8")


def _rate(done: float) -> float:
    """Return the share of the peak rate: warm up, then fall to a twentieth along a cosine."""
    if done < _WARMUP:
        return max(0.02, done / _WARMUP)
    return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * done))


def _batches(tokenizer: Tokenizer, stream: Iterator[Example]) -> Batches:
    """Yield batches of like lengths: tokens, and targets that cover the answers alone."""
    pad = tokenizer.token_to_id(PAD)
    while True:
        pool = sorted((_encode(tokenizer, *render(e)) for e in islice(stream, _POOL)), key=_length)
        batches: list[list[Item]] = [[]]
        for item in pool:
            if (len(batches[-1]) + 1) * len(item[0]) > _BATCH_TOKENS:
                batches.append([])
            batches[-1].append(item)
        for index in torch.randperm(len(batches)).tolist():
            yield _padded(batches[index], pad)


def _encode(tokenizer: Tokenizer, prompt: str, answer: str) -> Item:
    given = tokenizer.encode(prompt).ids
    return given + tokenizer.encode(answer).ids, len(given)


def _length(item: Item) -> int:
    return len(item[0])


def _padded(items: list[Item], pad: int) -> tuple[Tensor, Tensor]:
    longest = max(len(ids) for ids, _ in items)
    tokens = torch.full((len(items), longest - 1), pad)
    targets = torch.full((len(items), longest - 1), _IGNORED)
    for row, (ids, prompt) in enumerate(items):
        tokens[row, : len(ids) - 1] = torch.tensor(ids[:-1])
        targets[row, prompt - 1 : len(ids) - 1] = torch.tensor(ids[prompt:])
    return tokens, targets


if __name__ == "__main__":
    main()
