"""Make the embedding GGUF at set-up: ``python -m shared.embedding.convert``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from core.errors import StartupError
from shared.embedding.minilm import NAME, Tensors, write_gguf
from shared.embedding.published_weights import fetch_weights
from shared.settings import EMBEDDING_MODEL


def main() -> int:
    """Make the file unless it is there; return the exit status."""
    parser = argparse.ArgumentParser(description="Make the embedding model's GGUF file.")
    parser.add_argument("--output", type=Path, default=EMBEDDING_MODEL)
    output: Path = parser.parse_args().output
    if output.exists():
        return 0
    try:
        checkpoint = fetch_weights()
    except StartupError as error:
        sys.stderr.write(f"embedding model: {error}\n")
        return 1
    write_whole(output, NAME, checkpoint.tensors, checkpoint.vocabulary)
    sys.stdout.write(f"embedding model: {output} ({output.stat().st_size / 1e6:.0f} MB)\n")
    return 0


def write_whole(output: Path, name: str, tensors: Tensors, vocabulary: list[str]) -> None:
    """Write a GGUF called ``name`` that is there as a whole or not at all."""
    output.parent.mkdir(parents=True, exist_ok=True)
    partial = output.with_suffix(".partial")
    write_gguf(partial, name, tensors, vocabulary)
    partial.replace(output)


if __name__ == "__main__":
    sys.exit(main())
