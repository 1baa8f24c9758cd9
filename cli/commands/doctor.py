"""mesh doctor: what could keep the mesh from working here."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import typer
from rich.text import Text

from cli.commands.keeping import places
from cli.connection import run, settings
from cli.finding import Finding
from cli.keeping.checks import check_data, check_sqlite
from cli.models.checks import check_model
from cli.models.settings import ModelsSettings
from cli.output import DONE, FAILED, AsJson, console, errors, print_json
from cli.stack.stack import Stack
from cli.visible_text import visible
from shared.settings import EMBEDDING_MODEL, CommonSettings

_MINIMUM_FREE_BYTES = 1024**3
_MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "failed": ("✗", "red")}


def doctor(as_json: AsJson = False) -> None:
    """Check this machine, the stack and every database. Exit status 1 when something is wrong."""
    chosen = settings()
    checks: tuple[Callable[[CommonSettings], Finding], ...] = (
        _python,
        lambda _: check_sqlite(),
        _embedding_model,
        _request_encoder,
        lambda _: check_model(settings(ModelsSettings)),
        _home,
        _token,
        _sandbox,
        _stack,
    )
    findings = [check(chosen) for check in checks]
    with errors.status("checking the databases"):
        findings += check_data(places())
    for finding in findings:
        if as_json:
            print_json(
                {
                    "check": finding.check,
                    "outcome": finding.outcome,
                    "detail": finding.detail,
                    "remedy": finding.remedy,
                }
            )
        else:
            line = Text.assemble(
                _MARKS[finding.outcome], f" {finding.check}: {visible(finding.detail)}"
            )
            console.print(line, soft_wrap=True)
            if finding.remedy:
                console.print(f"    {finding.remedy}", style="dim")
    failed = any(finding.outcome == "failed" for finding in findings)
    raise typer.Exit(FAILED if failed else DONE)


def _python(_: CommonSettings) -> Finding:
    version = platform.python_version()
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return Finding("Python", "ok", version)
    return Finding("Python", "failed", version, "use CPython 3.11, 3.12 or 3.13")


def _embedding_model(_: CommonSettings) -> Finding:
    path = Path(os.environ.get("EMBEDDING_MODEL_PATH", EMBEDDING_MODEL))
    if path.is_file():
        return Finding("embedding model", "ok", str(path))
    return Finding("embedding model", "failed", f"{path} is missing", "make setup")


def _request_encoder(_: CommonSettings) -> Finding:
    """The LLM service tells which one it wants; here any one shows that set-up went through."""
    found = sorted(EMBEDDING_MODEL.parent.glob("request-encoder-*.gguf"))
    if found:
        return Finding("request encoder", "ok", str(found[-1]))
    detail = f"none in {EMBEDDING_MODEL.parent}"
    return Finding("request encoder", "failed", detail, "make setup")


def _home(chosen: CommonSettings) -> Finding:
    home = Stack(chosen).paths.home
    existing = next(each for each in (home, *home.parents) if each.exists())
    if not os.access(existing, os.W_OK):
        return Finding("MESH_HOME", "failed", f"{home} cannot be written", "set MESH_HOME")
    free = shutil.disk_usage(existing).free
    detail = f"{home}, {free / 1024**3:.1f} GiB free"
    if free < _MINIMUM_FREE_BYTES:
        return Finding("MESH_HOME", "warning", detail, "free some disk space")
    return Finding("MESH_HOME", "ok", detail)


def _token(chosen: CommonSettings) -> Finding:
    path = chosen.token_file
    if not path.exists():
        return Finding("auth token", "warning", f"{path} is not there yet", "mesh up makes it")
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        return Finding("auth token", "failed", f"{path} has mode {mode:o}", f"chmod 600 {path}")
    return Finding("auth token", "ok", f"{path}, mode 600")


def _sandbox(_: CommonSettings) -> Finding:
    if shutil.which("bwrap"):
        return Finding("sandbox", "ok", "bubblewrap is installed; the tool service probes it")
    if platform.system() == "Linux" and "landlock" in _security_modules():
        return Finding("sandbox", "ok", "Landlock is there; the tool service probes it")
    return Finding(
        "sandbox",
        "warning",
        "neither bubblewrap nor Landlock was found: no code will run",
        "install bubblewrap",
    )


def _security_modules() -> str:
    try:
        return Path("/sys/kernel/security/lsm").read_text(encoding="utf-8")
    except OSError:
        # Not mounted in many containers; the kernel's version tells as much.
        return "landlock" if _kernel() >= (6, 2) else ""


def _kernel() -> tuple[int, ...]:
    parts = platform.release().split(".")[:2]
    return tuple(int("".join(filter(str.isdigit, part)) or 0) for part in parts)


def _stack(chosen: CommonSettings) -> Finding:
    services = run(Stack(chosen).status())
    if all(each.state == "down" for each in services):
        return Finding("stack", "warning", "it is down", "mesh up")
    unhealthy = [
        f"{each.name} ({each.reason})" if each.reason else each.name
        for each in services
        if not each.healthy
    ]
    if unhealthy:
        logs = Stack(chosen).paths.logs
        return Finding("stack", "failed", f"not healthy: {', '.join(unhealthy)}", f"see {logs}")
    return Finding("stack", "ok", "every service is healthy")
