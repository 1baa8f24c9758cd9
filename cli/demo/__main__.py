"""Show the main job on this machine: ``python -m cli.demo``. Exit status 0 only if it was done."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from pathlib import Path

from rich.panel import Panel
from rich.text import Text

from cli.demo.checks import Checks
from cli.demo.free_ports import free_port_base
from cli.demo.scenes import ask, ingest, start, survive
from cli.output import console
from cli.stack.stack import Stack
from cli.standard_streams import standard_streams
from core.errors import MeshError
from shared.settings import CommonSettings, load_settings

# Holds the review's tool call open, so that there is a middle of a task to kill the agent in.
_HELD_SECONDS = 3
_ROOT = Path(__file__).parents[2]


def main() -> int:
    """Run the demonstration in a folder of its own, and leave nothing running or lying about."""
    home = Path(tempfile.mkdtemp(prefix="mesh-demo-"))
    os.environ.update(
        {
            "MESH_HOME": str(home),
            "MESH_PORT_BASE": str(free_port_base()),
            "MESH_FAILPOINT": f"tool.after_intent:sleep={_HELD_SECONDS}",
        }
    )
    settings = load_settings(CommonSettings)
    stack = Stack(settings)
    checks = Checks()
    try:
        asyncio.run(_play(stack, settings, checks))
    except MeshError as error:
        checks.expect(f"no error ({error})", held=False)
    except KeyboardInterrupt:
        checks.expect("not interrupted", held=False)
    finally:
        asyncio.run(stack.down())
        if checks.passed:
            shutil.rmtree(home, ignore_errors=True)
    if not checks.passed:
        console.print(Panel.fit(checks.report(), title="The demo failed", border_style="red"))
        console.print(f"The logs are in {stack.paths.logs}", soft_wrap=True)
        return 1
    console.print(
        Panel.fit(
            Text.assemble(
                checks.report(),
                "\n\nNow try it yourself: ",
                ("make up", "bold"),
                ", then ",
                ('.venv/bin/mesh submit "write a function that …"', "bold"),
            ),
            title="All of this happened just now",
            border_style="green",
        )
    )
    return 0


async def _play(stack: Stack, settings: CommonSettings, checks: Checks) -> None:
    await start(stack)
    await ingest([_ROOT / "README.md", *sorted((_ROOT / "docs").glob("*.md"))], checks)
    await ask("Where is every step of a task checkpointed?", checks)
    await survive("write a function that returns the sum of squares of even numbers", stack, checks)


if __name__ == "__main__":
    with standard_streams():
        sys.exit(main())
