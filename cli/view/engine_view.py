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
_WORDS = ("SLOT", "STATE")
_UNKNOWN = "?"


def engine_view(model: str, found: pb.GetEngineResponse) -> RenderableType:
    """Return the engine's figures above a table of its slots.

    What a model server does not tell comes as 0, and is left out or shown as unknown.
    """
    lines = [_slots_line(found), _pace_line(found)]
    if found.pool_tokens:
        lines.append(f"cache: {found.used_tokens} of {found.pool_tokens} tokens")
    if found.calls:
        lines.append(_prompts_line(found))
    if found.recent_calls:
        lines.append(_recent_line(found))
    return Group(Text(model, style="bold"), *(Text(line) for line in lines), _slots(found))


def away_view(model: str, seconds: float, why: str) -> RenderableType:
    """Return what is shown while the service does not answer."""
    away = Text(f"the LLM service does not answer since {seconds:.0f} s; it is asked on")
    return Group(Text(model, style="bold"), away, Text(why, style="dim"))


def _slots_line(found: pb.GetEngineResponse) -> str:
    calls = "call waits" if found.waiting == 1 else "calls wait"
    return f"{found.busy} of {found.slots} slots busy, {found.waiting} {calls}"


def _pace_line(found: pb.GetEngineResponse) -> str:
    line = f"{found.tokens_per_second:.1f} tokens/s"
    if found.batch_occupancy:
        line += f", {found.batch_occupancy:.1f} generations a step"
    return line


def _prompts_line(found: pb.GetEngineResponse) -> str:
    if not found.prompt_tokens:
        return f"prompts: {found.calls} calls, of unknown length"
    if not found.pool_tokens and not found.cache_hits:
        return f"prompts: {found.calls} calls, {found.prompt_tokens} tokens"
    return (
        f"prompts: {found.cache_hits} of {found.calls} calls began alike, "
        f"{100 * found.reused_tokens / found.prompt_tokens:.0f} % of their tokens reused"
    )


def _recent_line(found: pb.GetEngineResponse) -> str:
    calls = "call" if found.recent_calls == 1 else f"{found.recent_calls} calls"
    line = (
        f"last {calls}: first token after {found.mean_time_to_first_token_seconds:.2f} s, "
        f"{found.mean_queue_seconds:.2f} s of it waiting"
    )
    if found.mean_call_tokens_per_second:
        line += f"; {found.mean_call_tokens_per_second:.1f} tokens/s each"
    return line


def _slots(found: pb.GetEngineResponse) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("SLOT", "STATE", "PROMPT", "CACHED", "WRITTEN", "SECONDS"):
        # On a narrow terminal a number goes on in the next line: cut, it would be another one.
        table.add_column(name, justify="left" if name in _WORDS else "right", overflow="fold")
    for number, slot in enumerate(found.slot_details):
        state, style = _STATES.get(slot.state, (_UNKNOWN, ""))
        figures = () if slot.state == pb.SLOT_STATE_IDLE else _figures(slot)
        table.add_row(str(number), Text(state, style=style), *figures)
    return table


def _figures(slot: pb.Slot) -> tuple[str, str, str, str]:
    known = slot.prompt_tokens > 0
    return (
        f"{slot.read_tokens}/{slot.prompt_tokens}" if known else _UNKNOWN,
        str(slot.cached_tokens) if known else _UNKNOWN,
        str(slot.generated_tokens),
        f"{slot.seconds:.1f}",
    )
