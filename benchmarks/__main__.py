"""Measure, and print ratios: ``python -m benchmarks [--json] [--only SECTION]``."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

from rich.console import Console

from benchmarks import checkpoints, hops, outbox, restart, routing, slow_disk
from benchmarks.report import print_report

_SLOW_SYNC_MICROSECONDS = 400


def main() -> None:
    """Run the benchmarks that were asked for."""
    options = _options()
    sections = _sections(options.tasks, options.repeats)
    found = {name: sections[name]() for name in options.only or sections}
    if options.json:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
    else:
        print_report(found, Console())


def _sections(tasks: int, repeats: int) -> Mapping[str, Callable[[], Any]]:
    return {
        "checkpoints": lambda: asyncio.run(checkpoints.compare(tasks, repeats)),
        "checkpoints_slow_disk": lambda: slow_disk.compare(tasks, repeats, _SLOW_SYNC_MICROSECONDS),
        "restart": lambda: asyncio.run(restart.measure_restart(1000)),
        "outbox": lambda: asyncio.run(outbox.compare(tasks, repeats)),
        "hops": lambda: asyncio.run(hops.compare(tasks, repeats)),
        "routing": lambda: asyncio.run(routing.compare(repeats)),
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure beside what people would use instead.")
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    parser.add_argument("--tasks", type=int, default=200, help="tasks a measurement")
    parser.add_argument("--repeats", type=int, default=5, help="measurements a median")
    parser.add_argument(
        "--only", action="append", choices=list(_sections(0, 0)), help="a section; may be repeated"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
