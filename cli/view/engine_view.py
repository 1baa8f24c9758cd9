"""The LLM engine and its slots, as a person sees them."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from shared.pb.mesh.llm.v1 import llm_service_pb2 as pb

_STATES = {
    pb.SLOT_STATE_IDLE: ("idle", "dim"),
    pb.SLOT_STATE_READS: ("reads", "yellow"),
    pb.SLOT_STATE_WRITES: ("writes", "green"),
}


def engine_view(model: str, found: pb.GetEngineResponse) -> RenderableType:
    """Return the engine's figures above a table of its slots."""
    return Group(Text(model, style="bold"), *(Text(line) for line in _lines(found)), _slots(found))


def _lines(found: pb.GetEngineResponse) -> list[str]:
    lines = [
        f"{found.busy} of {found.slots} slots busy, {found.waiting} calls wait",
        f"{found.tokens_per_second:.1f} tokens/s, {found.batch_occupancy:.1f} generations a step",
    ]
    if found.pool_tokens:
        lines.append(f"cache: {found.used_tokens} of {found.pool_tokens} tokens")
    if found.calls:
        lines.append(
            f"prompts: {found.cache_hits} of {found.calls} calls began alike, "
            f"{_percent(found.reused_tokens, found.prompt_tokens)} of their tokens reused"
        )
    return lines


def _slots(found: pb.GetEngineResponse) -> Table:
    table = Table("SLOT", "STATE", "PROMPT", "CACHED", "WRITTEN", "SECONDS", box=None)
    for number, slot in enumerate(found.slot_details):
        state, style = _STATES.get(slot.state, ("", ""))
        if slot.state == pb.SLOT_STATE_IDLE:
            table.add_row(str(number), Text(state, style=style))
            continue
        table.add_row(
            str(number),
            Text(state, style=style),
            f"{slot.read_tokens}/{slot.prompt_tokens}",
            str(slot.cached_tokens),
            str(slot.generated_tokens),
            f"{slot.seconds:.1f}",
        )
    return table


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "0 %"
