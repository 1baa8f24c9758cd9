"""Measure the LLM service: ``python -m benchmarks.llm [--json] [--repeats N] [--model FILE]``."""

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
    found = asyncio.run(_measure(options.model, options.repeats))
    sys.stdout.write(json.dumps(found, indent=2) + "\n" if options.json else _table(found))


async def _measure(model: Path | None, repeats: int) -> dict[str, Any]:
    from benchmarks.llm.model_file import write_random_model

    with tempfile.TemporaryDirectory(prefix="mesh-bench-") as folder:
        path = model or Path(folder) / "random.Q8_0.gguf"
        if model is None:
            write_random_model(path)
        return await _compare(Path(folder), path, repeats)


async def _compare(folder: Path, model: Path, repeats: int) -> dict[str, Any]:
    from benchmarks.llm import measures
    from benchmarks.llm.high_level import HighLevelLlama
    from benchmarks.llm.service_process import llm_service

    threads = threads_for(model)
    rates: dict[int, list[tuple[float, float]]] = {number: [] for number in _AT_ONCE}
    size = await asyncio.to_thread(lambda: model.stat().st_size)
    llama = HighLevelLlama(model, _CONTEXT, threads)
    async with llm_service(
        folder, model, LLM_SLOTS="8", LLM_CONTEXT=str(_CONTEXT), LLM_THREADS=str(threads)
    ) as client:
        await measures.throughput(client, 1, 0)
        await measures.throughput_high_level(llama, 1, 0)
        for repeat in range(repeats):
            for at_once in _AT_ONCE:
                seed = 1 + repeat * 10 + at_once
                theirs = await measures.throughput_high_level(llama, at_once, seed)
                rates[at_once].append((await measures.throughput(client, at_once, seed), theirs))
        first = await measures.first_token(client, _PREFIX_WORDS, max(5, repeats))
        pace = [await measures.pace(client, _LONG_WORDS) for _ in range(repeats)]
    llama.close()
    chosen = sorted(pace, key=lambda each: each.beside / each.alone)[len(pace) // 2]
    return {
        "model_bytes": size,
        "threads": threads,
        "cores": os.cpu_count(),
        "throughput": [_rates(number, rates[number]) for number in _AT_ONCE],
        "first_token": {**asdict(first), "ratio": first.cold / first.shared},
        "pace": {**asdict(chosen), "kept": chosen.beside / chosen.alone},
    }


def _rates(at_once: int, pairs: list[tuple[float, float]]) -> dict[str, float]:
    ours, theirs = (median(each[side] for each in pairs) for side in (0, 1))
    ratio = median(one / other for one, other in pairs)
    return {
        "at_once": at_once,
        "service_tokens_per_second": ours,
        "high_level_tokens_per_second": theirs,
        "ratio": ratio,
    }


def _table(found: dict[str, Any]) -> str:
    first, pace = found["first_token"], found["pace"]
    lines = [
        f"{found['model_bytes'] / 1e6:.0f} MB Q8_0 of random weights, {found['threads']} threads, "
        f"{found['cores']} cores",
        "concurrent calls   service tokens/s   Llama behind a lock   ratio",
        *(
            f"{each['at_once']:16}   {each['service_tokens_per_second']:16.1f}   "
            f"{each['high_level_tokens_per_second']:19.1f}   {each['ratio']:5.2f}"
            for each in found["throughput"]
        ),
        f"time to first token, {first['prompt_tokens']} tokens: {first['cold'] * 1e3:.0f} ms; with "
        f"{first['cached_tokens']} of them cached: {first['shared'] * 1e3:.0f} ms "
        f"({first['ratio']:.1f} times)",
        f"a stream's pace: {pace['alone']:.1f} pieces/s alone, {pace['beside']:.1f} while "
        f"{pace['prompt_tokens']} tokens are read in {pace['reading_seconds']:.1f} s "
        f"({pace['kept']:.0%} kept)",
    ]
    return "\n".join(lines) + "\n"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the LLM service.")
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    parser.add_argument("--repeats", type=int, default=3, help="measurements a median")
    parser.add_argument("--model", type=Path, help="another GGUF than the one that is made")
    return parser.parse_args()


if __name__ == "__main__":
    main()
