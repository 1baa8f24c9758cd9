"""Prints what was measured as tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.five_nodes import SAVERS

_SAVER_NAMES = ("Agent Mesh", "LangGraph AsyncSqliteSaver", "LangGraph InMemorySaver (no disk)")


def print_report(found: dict[str, Any], console: Console) -> None:
    """Print every section that was measured."""
    sections: dict[str, Callable[[Any, Console], None]] = {
        "checkpoints": _checkpoints,
        "checkpoints_slow_disk": _speed,
        "restart": _restart,
        "outbox": _outbox,
        "hops": _hops,
        "routing": _routing,
    }
    for name, print_section in sections.items():
        if name in found:
            print_section(found[name], console)
            console.print()


def _checkpoints(found: dict[str, Any], console: Console) -> None:
    _speed(found, console)
    table = Table("TURNS", "", "KB A TURN", "FIRST MS", "LAST MS", "LAST/FIRST")
    table.title = "One long thread, 5 messages of 1 KB a turn, a plain reducer"
    for row in found["growth"]:
        for name, title in zip(SAVERS[:2], _SAVER_NAMES, strict=False):
            each = row[name]
            table.add_row(
                str(row["turns"]),
                title,
                f"{each['kilobytes_a_turn']:.1f}",
                f"{each['first_turns_ms']:.1f}",
                f"{each['last_turns_ms']:.1f}",
                f"{each['last_to_first']:.1f}",
            )
    console.print(table)


def _speed(found: dict[str, Any], console: Console) -> None:
    sync = found["disk_sync_ms"]
    table = Table("AT ONCE", "", "HOPS/S", "P50 MS", "P95 MS")
    table.title = f"5 nodes of 1 KB, every step durable; a sync of this disk takes {sync:.2f} ms"
    for row in found["speed"]:
        for name, title in zip(SAVERS, _SAVER_NAMES, strict=True):
            each = row[name]
            table.add_row(
                str(row["at_once"]),
                title,
                f"{each['hops_per_second']:.0f}",
                f"{each['p50_ms']:.1f}",
                f"{each['p95_ms']:.1f}",
            )
    console.print(table)
    for row in found["speed"]:
        console.print(f"{row['at_once']:2} at once: {row['ratio']:.2f} times AsyncSqliteSaver")


def _restart(found: dict[str, Any], console: Console) -> None:
    console.print(
        f"kill -9 with {found['tasks']} tasks in their third hop: {found['recovered']} recovered, "
        f"ready after {found['start_to_ready_seconds']:.2f} s, the first hop "
        f"{found['ready_to_first_hop_seconds']:+.2f} s from then, all completed "
        f"{found['ready_to_all_completed_seconds']:.2f} s after it"
    )
    console.print(
        f"SubmitTask acknowledged in {found['submit_p50_ms']:.1f} ms (p50), "
        f"{found['submit_p95_ms']:.1f} ms (p95), while the tasks before it run"
    )


def _outbox(found: dict[str, Any], console: Console) -> None:
    console.print(
        f"The outbox (events and progress in the checkpoint's transaction) costs "
        f"{100 * found['cost']:.0f} % of the hops a second: {found['with_outbox']:.0f} instead of "
        f"{found['without_outbox']:.0f}"
    )


def _hops(found: list[dict[str, Any]], console: Console) -> None:
    columns = ("AT ONCE", "", "TASKS/S", "HOPS/S", "P50 MS", "P95 MS")
    table = Table(*columns, title="Code tasks of 4 hops, services that answer at once")
    for row in found:
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
    for row in found:
        ratio = row["throughput_ratio"]
        console.print(f"{row['at_once']:2} at once: {ratio:.2f} times the script's throughput")


def _routing(found: dict[str, Any], console: Console) -> None:
    table = Table("", "P50 MS", "P95 MS", title="Routing an utterance")
    rows = {"embedded router": found["embedded_router"]}
    for words, each in found["embedded_router_by_words"].items():
        rows[f"embedded router, {words} words each"] = each
    rows["language model"] = found["language_model"]
    for name, each in rows.items():
        table.add_row(name, f"{each['p50_ms']:.2f}", f"{each['p95_ms']:.2f}")
    console.print(table)
    console.print(f"The bundled language model takes {found['p50_ratio']:.1f} times as long.")
