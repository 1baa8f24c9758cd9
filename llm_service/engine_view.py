"""The engine's figures on the wire."""

from __future__ import annotations

from llm_service.backends.backend import EngineStatistics, SlotStatistics
from shared.pb.mesh.llm.v1 import llm_service_pb2 as pb

_STATES = {
    "idle": pb.SLOT_STATE_IDLE,
    "reads": pb.SLOT_STATE_READS,
    "writes": pb.SLOT_STATE_WRITES,
}


def engine_response(found: EngineStatistics) -> pb.GetEngineResponse:
    """Return the response that tells how busy a backend is."""
    return pb.GetEngineResponse(
        slots=found.slots,
        busy=found.busy,
        waiting=found.waiting,
        tokens_per_second=found.tokens_per_second,
        batch_occupancy=found.batch_occupancy,
        pool_tokens=found.pool_tokens,
        used_tokens=found.used_tokens,
        cached_tokens=found.cached_tokens,
        calls=found.calls,
        cache_hits=found.cache_hits,
        prompt_tokens=found.prompt_tokens,
        reused_tokens=found.reused_tokens,
        slot_details=[_slot(each) for each in found.details],
        recent_calls=found.recent.calls,
        mean_time_to_first_token_seconds=found.recent.time_to_first_token,
        mean_queue_seconds=found.recent.queue_seconds,
        mean_call_tokens_per_second=found.recent.tokens_per_second,
    )


def _slot(slot: SlotStatistics) -> pb.Slot:
    return pb.Slot(
        state=_STATES[slot.state],
        prompt_tokens=slot.prompt_tokens,
        cached_tokens=slot.cached_tokens,
        read_tokens=slot.read_tokens,
        generated_tokens=slot.generated_tokens,
        seconds=slot.seconds,
    )
