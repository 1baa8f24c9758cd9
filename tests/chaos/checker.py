"""The one judge: proves from what a mesh left behind that nothing was lost or done twice."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from core.ports import AnswerKind
from tests.chaos.evidence import Event, Evidence, Task
from tests.chaos.workload import Submitted

_ENDS = {"completed", "failed", "cancelled", "input_required"}
_REOPENINGS = {"responded", "retried"}


class Breach(StrEnum):
    """What can be broken."""

    LOST = "lost"
    UNFINISHED = "unfinished"
    FAILED = "failed"
    GAP = "gap"
    HOP_REPEATED = "hop repeated"
    ENDED_TWICE = "ended twice"
    EFFECT_TWICE = "effect twice"
    EFFECT_LOST = "effect lost"
    EFFECT_UNKNOWN_TO_LEDGER = "effect unknown to the ledger"
    OTHER_RESULT = "other result"


@dataclass
class Report:
    """What was found: the breaches, and how many tasks ended in which way."""

    breaches: dict[Breach, list[str]] = field(default_factory=dict)
    accepted: int = 0
    completed: int = 0
    asked: int = 0
    effects: int = 0

    def add(self, kind: Breach, what: str) -> None:
        """Record a breach."""
        self.breaches.setdefault(kind, []).append(what)

    def count(self, *kinds: Breach) -> int:
        """Return how many breaches of some kinds there are."""
        return sum(len(self.breaches.get(kind, [])) for kind in kinds)

    @property
    def clean(self) -> bool:
        """Whether every invariant holds."""
        return not self.breaches

    def __str__(self) -> str:
        """What is broken, a line each."""
        lines = [f"{kind}: {what}" for kind, found in self.breaches.items() for what in found]
        return "\n".join(lines) or "nothing is broken"


def check(evidence: Evidence, acknowledged: Sequence[Submitted]) -> Report:
    """Judge all tasks; those in ``acknowledged`` must have ended as undisturbed ones do.

    A question about an effect in doubt is no loss; it is counted as asked.
    """
    report = Report(accepted=len(acknowledged))
    tasks = evidence.tasks()
    for submitted in acknowledged:
        task = tasks.get(submitted.task_id)
        if task is None or task.text != submitted.job.text:
            report.add(Breach.LOST, submitted.task_id)
        else:
            _check_end(report, task, evidence.expected.get(submitted.job))
    for task in tasks.values():
        for kind, what in _history(task):
            report.add(kind, f"{task.task_id}: {what}")
    for kind, what in _effects(evidence, tasks.values()):
        report.add(kind, what)
    report.effects = len(evidence.witnessed())
    return report


def _check_end(report: Report, task: Task, expected: dict[str, object] | None) -> None:
    if task.status == "completed":
        report.completed += 1
        if expected is not None and task.outcome != expected:
            report.add(Breach.OTHER_RESULT, f"{task.task_id}: {task.outcome}")
    elif task.status == "input_required" and task.asks_for == AnswerKind.EFFECT:
        report.asked += 1
    elif task.status in ("queued", "running"):
        report.add(Breach.UNFINISHED, f"{task.task_id}: {task.status}")
    else:
        report.add(Breach.FAILED, f"{task.task_id}: {task.status}, {task.failure_reason}")


def _history(task: Task) -> Iterator[tuple[Breach, str]]:
    sequences = [event.sequence for event in task.events]
    if sequences != list(range(1, len(sequences) + 1)):
        yield Breach.GAP, f"sequences {sequences}"
    for life in _lives(task):
        ends = [event.type for event in life if event.type in _ENDS]
        if task.status in _ENDS and (len(ends) != 1 or life[-1].type != ends[0]):
            yield Breach.ENDED_TWICE, f"{task.status} with the ends {ends}"
    if task.status in _ENDS and task.events[-1].type != task.status:
        yield Breach.ENDED_TWICE, f"{task.status}, but the last event is {task.events[-1].type}"
    hops: defaultdict[int, list[Event]] = defaultdict(list)
    for event in task.events:
        if event.type in ("hop_started", "hop_completed"):
            hops[event.hop_index].append(event)
    for index, events in sorted(hops.items()):
        if fault := _fault_of_hop(events):
            yield Breach.HOP_REPEATED, f"hop {index} {fault}"
    completed = [event.hop_index for event in task.events if event.type == "hop_completed"]
    recorded = [hop["index"] for hop in task.progress.get("hops", [])]
    if not completed == recorded == list(range(len(completed))):
        yield Breach.HOP_REPEATED, f"completed {completed}, the state has {recorded}"


def _lives(task: Task) -> list[list[Event]]:
    """Return the events up to each time that somebody opened the ended task again."""
    lives: list[list[Event]] = [[]]
    for event in task.events:
        if event.type in _REOPENINGS:
            lives.append([])
        lives[-1].append(event)
    return lives


def _fault_of_hop(events: Sequence[Event]) -> str:
    """Return what is wrong with the starts and the end of one hop; "" when nothing is."""
    started = [event.attempt for event in events if event.type == "hop_started"]
    completed = [event.attempt for event in events if event.type == "hop_completed"]
    if started != list(range(1, len(started) + 1)):
        return f"started as attempts {started}"
    if len(completed) > 1:
        return f"completed {len(completed)} times"
    if completed and (events[-1].type != "hop_completed" or completed != started[-1:]):
        return f"started as attempts {started}, completed as {completed}"
    return ""


def _effects(evidence: Evidence, tasks: Iterable[Task]) -> Iterator[tuple[Breach, str]]:
    """Hold the witness against the ledger, and the ledger against the tasks."""
    witnessed = Counter(evidence.witnessed())
    calls = {call.call_id: call for call in evidence.calls() if call.tool == "witness"}
    for call_id, times in witnessed.items():
        if times > 1:
            yield Breach.EFFECT_TWICE, f"{call_id}: {times} times"
        if call_id not in calls:
            yield Breach.EFFECT_UNKNOWN_TO_LEDGER, call_id
    for call in calls.values():
        if call.received and call.call_id not in witnessed:
            yield Breach.EFFECT_LOST, f"{call.call_id} has a receipt and no effect"
    for task in tasks:
        if task.status == "completed" and (lacking := _lacking(task)):
            yield Breach.EFFECT_LOST, f"{task.task_id} completed: {lacking}"


def _lacking(task: Task) -> str:
    """Return what a completed task's calls lack; "" when nothing."""
    if task.workflow == "tool" and not task.calls:
        return "it made no call"
    cut = [call_id for call_id, received in task.calls.items() if not received]
    return f"no receipt of {cut}" if cut else ""
