"""Evaluate the finder as it runs: ``python -m llm_service.training.finder.evaluate``.

Needs the project's own environment alone. Asks the wordings that training never saw, through the
encoder's GGUF, and says how many are found and what each threshold would let through.
"""

from __future__ import annotations

import argparse
import asyncio
import sys

from llm_service.functions.equals import group_of
from llm_service.functions.held_out import Part
from llm_service.functions.pipelines import pipeline
from llm_service.rewording.opening import open_reworder
from llm_service.training.finder.requests import LabelledRequest, held_out_requests
from shared.bundled_model import Rewording

_NEAREST = 5
_SEED = 3
_THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)


async def main() -> None:
    """Print what is reached on a part, the evaluation's unless another is named."""
    parser = argparse.ArgumentParser(description="Evaluate the finder.")
    parser.add_argument("--part", type=Part, default=Part.EVALUATION, choices=list(Part))
    parser.add_argument("--wrong", action="store_true", help="list what came out wrong")
    options = parser.parse_args()
    requests = held_out_requests(options.part, _SEED)
    async with open_reworder() as reworder:
        found = [await reworder.reword(each.text, _NEAREST) for each in requests]
    ranks = [_rank(request, each) for request, each in zip(requests, found, strict=True)]
    known = [rank for rank, request in zip(ranks, requests, strict=True) if _name(request)]
    for within in (1, 3, _NEAREST):
        share = sum(rank < within for rank in known) / len(known)
        sys.stdout.write(f"right one among the first {within}: {share:.3f} of {len(known)}\n")
    for threshold in _THRESHOLDS:
        _say(threshold, requests, ranks, found)
    if options.wrong:
        for request, rank, each in zip(requests, ranks, found, strict=True):
            if rank:
                best = f"{each[0].name} {each[0].score:.2f}"
                sys.stdout.write(f"{request.text} [{_name(request) or 'unknown'}; {best}]\n")


def _say(
    threshold: float,
    requests: list[LabelledRequest],
    ranks: list[int],
    found: list[list[Rewording]],
) -> None:
    taken = [at for at, each in enumerate(found) if each[0].score >= threshold]
    right = sum(ranks[at] == 0 for at in taken)
    unknown = [at for at, request in enumerate(requests) if not _name(request)]
    let_in = sum(at in set(taken) for at in unknown)
    sys.stdout.write(
        f"threshold {threshold}: {len(taken)} of {len(found)} taken, "
        f"{right / len(taken):.3f} right; "
        f"{let_in} of {len(unknown)} unknown ones taken\n"
    )


def _rank(request: LabelledRequest, found: list[Rewording]) -> int:
    """Return the place of the right function; `_NEAREST` when it is not among those found."""
    groups = [group_of(each.name) for each in found]
    wanted = group_of(_name(request))
    return groups.index(wanted) if wanted in groups else _NEAREST


def _name(request: LabelledRequest) -> str:
    """Return the name of what is meant; empty for what is not known."""
    if request.combination is not None:
        return pipeline(request.combination).name
    return "" if request.label.startswith("(") else request.label


if __name__ == "__main__":
    asyncio.run(main())
