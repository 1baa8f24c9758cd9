"""Measure, and print ratios: ``python -m benchmarks [--json]``."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import hops, routing


def main() -> None:
    """Run every benchmark."""
    parser = argparse.ArgumentParser(description="Measure beside what people would use instead.")
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    parser.add_argument("--tasks", type=int, default=200, help="tasks a measurement")
    parser.add_argument("--repeats", type=int, default=5, help="measurements a median")
    options = parser.parse_args()
    found: dict[str, Any] = {
        "hops": asyncio.run(hops.compare(options.tasks, options.repeats)),
        "routing": asyncio.run(routing.compare(options.repeats)),
    }
    if options.json:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
    else:
        _print(found)


def _print(found: dict[str, Any]) -> None:
    console = Console()
    columns = ("AT ONCE", "", "TASKS/S", "HOPS/S", "P50 MS", "P95 MS")
    table = Table(*columns, title="Code tasks of 4 hops, services that answer at once")
    for row in found["hops"]:
        for name in ("agent_mesh", "plain_script"):
            each = row[name]
            table.add_row(
                str(row["at_once"]),
                "Agent Mesh over gRPC" if name == "agent_mesh" else "LangGraph + AsyncSqliteSaver",
                f"{each['per_second']:.0f}",
                f"{each['hops_per_second']:.0f}",
                f"{each['p50_ms']:.1f}",
                f"{each['p95_ms']:.1f}",
            )
    console.print(table)
    for row in found["hops"]:
        ratio = row["throughput_ratio"]
        console.print(f"{row['at_once']:2} at once: {ratio:.2f} times the script's throughput")
    route = found["routing"]
    table = Table("", "P50 MS", "P95 MS", title="Routing an utterance")
    for name in ("embedded_router", "language_model"):
        each = route[name]
        table.add_row(name.replace("_", " "), f"{each['p50_ms']:.2f}", f"{each['p95_ms']:.2f}")
    console.print(table)
    console.print(f"The bundled language model takes {route['p50_ratio']:.1f} times as long.")


if __name__ == "__main__":
    main()
