"""What the span of a Generate call says, by OpenTelemetry's gen_ai conventions; no content."""

from __future__ import annotations

from opentelemetry import trace

from llm_service.prompt import Finished, ModelDescription, Prompt


def note_request(model: ModelDescription, prompt: Prompt) -> None:
    """Set on the current span what is asked for."""
    trace.get_current_span().set_attributes(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": model.name,
            "gen_ai.request.max_tokens": prompt.max_tokens,
            "gen_ai.request.temperature": prompt.temperature,
            "gen_ai.request.seed": prompt.seed,
            "gen_ai.output.type": "json" if prompt.json_schema else "text",
        }
    )


def note_end(end: Finished) -> None:
    """Set on the current span how it went; times in seconds."""
    trace.get_current_span().set_attributes(
        {
            "gen_ai.response.finish_reasons": [end.finish_reason],
            "gen_ai.usage.input_tokens": end.prompt_tokens,
            "gen_ai.usage.output_tokens": end.completion_tokens,
            "gen_ai.usage.cache_read.input_tokens": end.cached_prompt_tokens,
            "mesh.llm.queue_seconds": end.queue_seconds,
            "mesh.llm.time_to_first_token_seconds": end.time_to_first_token,
            "mesh.llm.tokens_per_second": end.tokens_per_second,
            "mesh.llm.batch_occupancy": end.batch_occupancy,
        }
    )
