"""Measure the LLM service: ``python -m benchmarks.llm [--json] [--repeats N] [--weights TYPE]``."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from shared.llama_threads import limit_spinning, threads_for

_AT_ONCE = (1, 2, 4, 8)
_CONTEXT = 4096
_PREFIX_WORDS = 420
_LONG_WORDS = 1680


def main() -> None:
    """Print what was measured."""
    options = _options()
    limit_spinning()  # llama.cpp reads it when it is loaded, which the import below does
    found = asyncio.run(_measure(options))
    sys.stdout.write(json.dumps(found, indent=2) + "\n" if options.json else _table(found))


async def _measure(options: argparse.Namespace) -> dict[str, Any]:
    from benchmarks.llm.model_file import write_random_model

    with tempfile.TemporaryDirectory(prefix="mesh-bench-") as folder:
        path = options.model or Path(folder) / f"random.{options.weights}.gguf"
        if options.model is None:
            write_random_model(path, options.weights)
        return await _compare(Path(folder), path, options.repeats)


async def _compare(folder: Path, model: Path, repeats: int) -> dict[str, Any]:
    from benchmarks.llm import measures
    from benchmarks.llm.high_level import HighLevelLlama
    from benchmarks.service_processes import services
    from shared.clients.llm import LlmClient

    threads = threads_for(model)
    size = await asyncio.to_thread(lambda: model.stat().st_size)
    plain = HighLevelLlama(model, _CONTEXT)
    same = HighLevelLlama(model, _CONTEXT, threads)
    rates: dict[int, list[tuple[float, float, float]]] = {number: [] for number in _AT_ONCE}
    async with services(
        folder,
        ("llm",),
        LLM_MODEL_PATH=str(model),
        LLM_SLOTS="8",
        LLM_CONTEXT=str(_CONTEXT),
        LLM_THREADS=str(threads),
        MESH_DRAIN_SECONDS="0",
    ) as channels:
        client = LlmClient(channels["llm"])
        await measures.throughput(client, 1, 0)
        for llama in (plain, same):
            await measures.throughput_high_level(llama, 1, 0)
        for repeat in range(repeats):
            for at_once in _AT_ONCE:
                seed = 1 + repeat * 10 + at_once
                theirs = [
                    await measures.throughput_high_level(llama, at_once, seed)
                    for llama in (plain, same)
                ]
                ours = await measures.throughput(client, at_once, seed)
                rates[at_once].append((ours, theirs[0], theirs[1]))
        first = await measures.first_token(client, _PREFIX_WORDS, max(5, repeats))
        pace = [await measures.pace(client, _LONG_WORDS, 1 + seed) for seed in range(repeats)]
    for llama in (plain, same):
        llama.close()
    chosen = sorted(pace, key=lambda each: each.beside / each.alone)[len(pace) // 2]
    return {
        "model": model.name,
        "model_bytes": size,
        "threads": threads,
        "threads_by_default": plain.threads,
        "cores": os.cpu_count(),
        "throughput": [_rates(number, rates[number]) for number in _AT_ONCE],
        "first_token": {**asdict(first), "ratio": first.cold / first.shared},
        "pace": {**asdict(chosen), "kept": chosen.beside / chosen.alone},
    }


def _rates(at_once: int, found: list[tuple[float, float, float]]) -> dict[str, float]:
    ours, plain, same = (median(each[side] for each in found) for side in (0, 1, 2))
    return {
        "at_once": at_once,
        "service_tokens_per_second": ours,
        "by_default_tokens_per_second": plain,
        "same_threads_tokens_per_second": same,
        "ratio_to_default": median(each[0] / each[1] for each in found),
        "ratio_to_same_threads": median(each[0] / each[2] for each in found),
    }


def _table(found: dict[str, Any]) -> str:
    first, pace = found["first_token"], found["pace"]
    lines = [
        f"{found['model']}, {found['model_bytes'] / 1e6:.0f} MB, {found['cores']} cores; tokens/s "
        "of all calls together:",
        f"concurrent calls   service, {found['threads']} threads   locked Llama as it comes "
        f"({found['threads_by_default']})   ratio   with {found['threads']} threads   ratio",
        *(
            f"{each['at_once']:16}   {each['service_tokens_per_second']:18.1f}   "
            f"{each['by_default_tokens_per_second']:28.1f}   {each['ratio_to_default']:5.2f}   "
            f"{each['same_threads_tokens_per_second']:14.1f}   {each['ratio_to_same_threads']:5.2f}"
            for each in found["throughput"]
        ),
        f"time to first token, {first['prompt_tokens']} tokens: {first['cold'] * 1e3:.0f} ms; with "
        f"{first['cached_tokens']} of them cached: {first['shared'] * 1e3:.0f} ms "
        f"({first['ratio']:.1f} times)",
        f"a stream's pace: {pace['alone']:.0f} tokens/s alone, {pace['beside']:.0f} while "
        f"{pace['prompt_tokens']} tokens are read in {pace['reading_seconds']:.1f} s "
        f"({pace['kept']:.0%} kept)",
    ]
    return "\n".join(lines) + "\n"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the LLM service.")
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    parser.add_argument("--repeats", type=int, default=3, help="measurements a median")
    parser.add_argument("--weights", choices=("Q4_0", "Q8_0"), default="Q4_0", help="their type")
    parser.add_argument("--model", type=Path, help="another GGUF than the one that is made")
    return parser.parse_args()


if __name__ == "__main__":
    main()
