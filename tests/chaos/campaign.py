"""Random kills under load: ``python -m tests.chaos.campaign --kills 200 [--seed N]``.

Prints the seed, the tally and how long it took from a kill of the agent to the first sign of work.
The exit status is 1 when anything was lost, done twice or left behind. The seed replays who is
killed after what pause; what a kill meets is up to the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.chaos_mesh import ChaosMesh
from tests.chaos.checker import Breach, Report, check
from tests.chaos.workload import JOBS, Submitted

_VICTIMS = ("agent", "agent", "llm", "tool", "chroma")
_MAX_UNFINISHED = 6
_PATIENT_SHARE = 0.75
_LONGEST_PAUSE_SECONDS = 0.8
_END_SECONDS = 180.0


@dataclass(frozen=True)
class Outcome:
    """What came of a campaign; ``resumed`` holds seconds from a kill of the agent to work."""

    seed: int
    kills: Counter[str]
    report: Report
    resumed: Sequence[float]
    orphans: Sequence[str]
    strange_ends: Sequence[str]

    @property
    def clean(self) -> bool:
        """Whether every invariant holds."""
        return self.report.clean and not self.orphans and not self.strange_ends

    def __str__(self) -> str:
        """The tally."""
        report, count = self.report, self.report.count
        lost = count(Breach.LOST, Breach.UNFINISHED, Breach.FAILED)
        killed = ", ".join(f"{name} {times}" for name, times in sorted(self.kills.items()))
        lines = [
            f"seed        {self.seed}",
            f"kills       {self.kills.total()} ({killed})",
            f"tasks       {report.accepted} accepted, {report.completed} completed, "
            f"{report.asked} asked about an effect in doubt",
            f"effects     {report.effects} witnessed",
            f"lost        {lost} tasks, {count(Breach.EFFECT_LOST)} effects",
            f"duplicated  {count(Breach.EFFECT_TWICE)} effects, {count(Breach.HOP_REPEATED)} hops, "
            f"{count(Breach.ENDED_TWICE)} ends",
            f"gaps        {count(Breach.GAP)}",
            f"other       {count(Breach.OTHER_RESULT)} results, "
            f"{count(Breach.EFFECT_UNKNOWN_TO_LEDGER)} effects unknown to the ledger",
            f"orphans     {len(self.orphans)} processes",
            f"resumed     {_percentiles(self.resumed)} after a kill of the agent",
            *([] if report.clean else [str(report)]),
            *self.orphans,
            *self.strange_ends,
        ]
        return "\n".join(lines)


async def attack(mesh: ChaosMesh, kills: int, seed: int) -> Outcome:
    """Kill at random under load, let everything end, stop the mesh and judge it.

    The mesh is prepared and kept up by the caller until the kills are over.
    """
    chance = random.Random(seed)
    earlier, submitted = len(mesh.deaths), []
    load = asyncio.create_task(_load(mesh, submitted))
    try:
        async with mesh.kept():
            killed = [await _kill_one(mesh, chance) for _ in range(kills)]
            load.cancel()
            with suppress(asyncio.CancelledError):
                await load
            await mesh.settled(_END_SECONDS)
    finally:
        load.cancel()
    resumed = [
        (back - kill.at).total_seconds()
        for kill in mesh.kills
        if kill.name == "agent" and (back := mesh.evidence.resumed_after(kill.ended))
    ]
    mesh.stop_all()
    return Outcome(
        seed=seed,
        kills=Counter(killed),
        report=check(mesh.evidence, submitted),
        resumed=resumed,
        orphans=await _orphans(mesh),
        strange_ends=[
            f"{each.name} ended by itself with status {each.status}: {mesh.said(each.name)}"
            for each in mesh.deaths[earlier:]
            if each.status != -9
        ],
    )


async def _kill_one(mesh: ChaosMesh, chance: random.Random) -> str:
    """Kill a service: mostly one that is up again, now and then one that is still starting."""
    name = chance.choice(_VICTIMS)
    patient = chance.random() < _PATIENT_SHARE
    pause = chance.uniform(0, _LONGEST_PAUSE_SECONDS)
    if patient:
        await mesh.serving(name)
    await asyncio.sleep(pause)
    while not mesh.lives(name):
        await asyncio.sleep(0.01)
    mesh.kill(name)
    return name


async def _load(mesh: ChaosMesh, submitted: list[Submitted]) -> None:
    """Keep a few tasks unfinished at any time."""
    while True:
        if mesh.evidence.unfinished() >= _MAX_UNFINISHED:
            await asyncio.sleep(0.05)
            continue
        submitted.append(await mesh.submitted(JOBS[len(submitted) % len(JOBS)]))


async def _orphans(mesh: ChaosMesh) -> list[str]:
    """Return the processes that are left after a moment in which children may end too."""
    for _ in range(50):
        if not (left := mesh.orphans()):
            return []
        await asyncio.sleep(0.1)
    return left


def _percentiles(seconds: Iterable[float]) -> str:
    ordered = sorted(seconds)
    if len(ordered) < 2:
        return "not measured"
    cuts = statistics.quantiles(ordered, n=20, method="inclusive")
    return f"p50 {cuts[9]:.2f} s, p95 {cuts[18]:.2f} s ({len(ordered)} times)"


async def _campaign(home: Path, kills: int, seed: int) -> Outcome:
    mesh = ChaosMesh(home)
    try:
        await mesh.prepare(JOBS)
        return await attack(mesh, kills, seed)
    finally:
        mesh.stop_all()


def main() -> int:
    """Return the exit status."""
    parser = argparse.ArgumentParser(description="Kill services at random and judge what is left.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None, help="of an earlier run, to replay it")
    options = parser.parse_args()
    seed = random.SystemRandom().randrange(2**32) if options.seed is None else options.seed
    print(f"{options.kills} kills, seed {seed}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="mesh-chaos-"))
    outcome = asyncio.run(_campaign(folder / "home", options.kills, seed))
    print(outcome)
    if not outcome.clean:
        print(f"what was left is in {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
