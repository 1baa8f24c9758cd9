"""Checkpoints and changes as JSON and as text."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from cli.checkpoint_names import hop_name
from cli.view.wire_json import iso
from shared.clients.structs import from_struct, from_value
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb

_MARKS = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow")}
_COLUMNS = {"HOP": 5, "CHECKPOINT": 36, "DONE BY": 10, "NEXT": 10, "LOOPS": 5, "MADE": 8}
_ONE_LINE = 100


def checkpoint_json(checkpoint: pb.Checkpoint) -> dict[str, Any]:
    """Return a checkpoint as JSON."""
    return {
        "checkpoint_id": checkpoint.checkpoint_id,
        "parent_checkpoint_id": checkpoint.parent_checkpoint_id or None,
        "number": checkpoint.number,
        "hop_index": checkpoint.hop_index if checkpoint.HasField("hop_index") else None,
        "role": checkpoint.role or None,
        "next_roles": list(checkpoint.next_roles),
        "remaining_loops": checkpoint.remaining_loops,
        "created_at": iso(checkpoint.created_at),
    }


def state_json(answer: pb.GetCheckpointResponse) -> dict[str, Any]:
    """Return a checkpoint with its state as JSON."""
    return {**checkpoint_json(answer.checkpoint), "state": from_struct(answer.state)}


def change_json(change: pb.StateChange) -> dict[str, Any]:
    """Return a change as JSON; ``before`` and ``after`` are there where there was a value."""
    shown: dict[str, Any] = {"path": change.path, "kind": _kind(change)}
    if change.HasField("before"):
        shown["before"] = from_value(change.before)
    if change.HasField("after"):
        shown["after"] = from_value(change.after)
    return shown


def checkpoint_table(checkpoints: Sequence[pb.Checkpoint]) -> Table:
    """Return a table of checkpoints, 80 columns wide."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for column, width in _COLUMNS.items():
        table.add_column(column, no_wrap=True, min_width=width)
    for each in checkpoints:
        table.add_row(
            hop_name(each),
            each.checkpoint_id,
            each.role,
            ", ".join(each.next_roles) or Text("end", "dim"),
            str(each.remaining_loops),
            each.created_at.ToDatetime().strftime("%H:%M:%S"),
        )
    return table


def change_lines(change: pb.StateChange) -> Iterator[Text]:
    """Yield a change as lines: its path, and what was there and is there now."""
    shown = change_json(change)
    mark, style = _MARKS[shown["kind"]]
    line = Text(f"{mark} {shown['path']}", style=f"bold {style}")
    before, after = shown.get("before"), shown.get("after")
    if shown["kind"] != "changed":
        yield from _beside(line, after if "after" in shown else before, style)
    elif _is_long(before) or _is_long(after):
        yield line
        yield from _compared(_lines(before), _lines(after))
    else:
        yield line.append(f"  {_compact(before)} → {_compact(after)}", style="default not bold")


def _beside(line: Text, value: Any, style: str) -> Iterator[Text]:
    """Yield a value beside its path if it is short, else below it."""
    if not _is_long(value):
        yield line.append(f"  {_compact(value)}", style="default not bold")
        return
    yield line
    for each in _lines(value):
        yield Text(f"    {each}", style=style)


def _compared(before: list[str], after: list[str]) -> Iterator[Text]:
    for each in list(difflib.unified_diff(before, after, lineterm="", n=2))[2:]:
        yield Text(f"    {each}", style={"+": "green", "-": "red", "@": "cyan"}.get(each[:1], ""))


def _is_long(value: Any) -> bool:
    return (isinstance(value, str) and "\n" in value) or len(_compact(value)) > _ONE_LINE


def _lines(value: Any) -> list[str]:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
    return text.splitlines()


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _kind(change: pb.StateChange) -> str:
    return pb.ChangeKind.Name(change.kind).removeprefix("CHANGE_KIND_").lower()
