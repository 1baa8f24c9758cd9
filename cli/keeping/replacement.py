"""Puts new files in the place of the present ones, so that a crash leaves it to be finished."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from cli.keeping.folders import sync_folder
from core.errors import DataLoss
from shared.home_lock import CUT_RESTORE


@dataclass(frozen=True, slots=True)
class Move:
    """What lies at ``live`` goes to ``aside``, then ``new`` to ``live``; no ``new``: nothing does.

    ``aside`` and ``new`` are on the file system of ``live``.
    """

    live: str
    aside: str
    new: str = ""


@dataclass(frozen=True, slots=True)
class Replacement:
    """The moves of one restore: folders ``aside`` are kept, folders ``scratch`` deleted at last."""

    moves: Sequence[Move]
    aside: Sequence[str]
    scratch: Sequence[str]

    @property
    def moved_aside(self) -> list[Path]:
        """The folders with what was there before."""
        return [Path(folder) for folder in self.aside if Path(folder).exists()]

    def begin(self, home: Path) -> None:
        """Make the intention durable: from now on no service starts until `carry_out` is done."""
        journal = home / CUT_RESTORE
        temporary = journal.with_suffix(".partial")
        with temporary.open("w", encoding="utf-8") as file:
            json.dump(asdict(self), file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(journal)
        sync_folder(home)

    def carry_out(self, home: Path) -> None:
        """Do the moves that are not done yet, and forget the intention. Raises: OSError."""
        for move in self.moves:
            _carry_out(move)
        for folder in {Path(each).parent for move in self.moves for each in _paths(move)}:
            if folder.exists():
                sync_folder(folder)
        (home / CUT_RESTORE).unlink()
        sync_folder(home)
        for each in self.scratch:
            shutil.rmtree(each, ignore_errors=True)


def cut_replacement(home: Path) -> Replacement | None:
    """Return the replacement that a crash cut, if there is one. Raises: DataLoss."""
    journal = home / CUT_RESTORE
    try:
        values = json.loads(journal.read_text(encoding="utf-8"))
        moves = [Move(**each) for each in values["moves"]]
        return Replacement(moves, values["aside"], values["scratch"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise DataLoss(f"{journal} is damaged ({error}); it says where a restore stands") from error


def _carry_out(move: Move) -> None:
    """Do what is left of a move: the paths that are there tell how far it came."""
    if move.new and not os.path.lexists(move.new):
        return
    if os.path.lexists(move.live) and not os.path.lexists(move.aside):
        Path(move.aside).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.rename(move.live, move.aside)  # noqa: PTH104 - links are moved, not followed
    if move.new:
        Path(move.live).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.rename(move.new, move.live)  # noqa: PTH104


def _paths(move: Move) -> list[str]:
    return [path for path in (move.live, move.aside, move.new) if path]
