"""mesh backup and restore."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cli.connection import one_line_errors, settings
from cli.keeping.backup import make_backup
from cli.keeping.places import KeepingSettings, Places
from cli.keeping.restore import finish_restore, restore_backup
from cli.output import USAGE, AsJson, console, errors, fail, print_json
from cli.stack.stack import Stack

BackupFile = Annotated[Path, typer.Argument(metavar="FILE", help="The backup, a .tar.gz file.")]


def backup(
    file: BackupFile,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Back up tasks, tool calls, documents and workspace, while the stack runs or not.

    The auth token, the logs and the spans are not in it.
    """
    with _one_line_errors(), errors.status("backing up"):
        made = make_backup(places(), file, force=force)
    if as_json:
        about = asdict(made.manifest)
        print_json(
            {
                "file": str(made.file),
                "bytes": made.size,
                "files": len(made.manifest.files),
                "databases": about["databases"],
                "left_out": about["left_out"],
            }
        )
        return
    _say(f"{made.file} holds {len(made.manifest.files)} files in {made.size:,} bytes, checked")
    for name in made.manifest.left_out:
        errors.print(f"left out, for it is neither file nor folder: {name}")


def restore(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="The backup.")] = None,
    finish: Annotated[
        bool, typer.Option("--finish", help="End a restore that a crash cut; no FILE then.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Put a backup in the place of the present data, which is moved aside. The stack is down."""
    if finish == (file is not None):
        fail("say the backup's FILE, or --finish alone", USAGE)
    stack = Stack(settings())
    if stack.supervised:
        fail(f"the stack of {stack.paths.home} is up: `mesh down` stops it")
    with _one_line_errors():
        if file is None:
            moved = finish_restore(places())
            if moved is None:
                fail("no restore was cut: there is nothing to finish")
            _tell({}, moved, as_json=as_json)
            return
        with errors.status("restoring"):
            restored = restore_backup(places(), file)
    _tell({"made_at": restored.manifest.made_at}, restored.moved_aside, as_json=as_json)


def finish_cut_restore() -> None:
    """End a restore that was cut, before anything starts on half of it."""
    with _one_line_errors():
        moved = finish_restore(places())
    if moved is not None:
        kept = ", ".join(str(each) for each in moved) or "nothing"
        errors.print(f"A restore was cut; it is done now. There was before: {kept}")


def places() -> Places:
    """Return where this environment keeps things; what is wrong with it becomes one line."""
    return Places.of(settings(KeepingSettings))


def _tell(about: dict[str, str], moved_aside: list[Path], *, as_json: bool) -> None:
    if as_json:
        print_json({**about, "moved_aside": [str(each) for each in moved_aside]})
        return
    made_at = about.get("made_at")
    _say(f"Restored what was backed up at {made_at}." if made_at else "The restore is done.")
    for each in moved_aside:
        _say(f"What was there before is in {each}: delete it when all is well.")
    _say("`mesh up` starts the stack.")


def _say(line: str) -> None:
    console.print(line, soft_wrap=True)


@contextmanager
def _one_line_errors() -> Iterator[None]:
    with one_line_errors():
        try:
            yield
        except OSError as error:
            room = "; free disk space and try again" if error.errno == errno.ENOSPC else ""
            fail(f"{error.strerror or error}: {error.filename or 'the backup'}{room}")
