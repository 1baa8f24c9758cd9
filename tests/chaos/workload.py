"""The tasks that are under way while faults happen, one of each route."""

from __future__ import annotations

from dataclasses import dataclass

DOCUMENT = "# Ports\n\nThe agent listens on port 7400.\n\nThe tools have their own port.\n"


@dataclass(frozen=True)
class Job:
    """What is asked. Where ``route`` is given, no outage can send the task another way."""

    text: str
    route: str


@dataclass(frozen=True)
class Submitted:
    """A task whose submission was acknowledged."""

    task_id: str
    job: Job


# Of words of instruction alone: the bundled model's calls must use every other word.
WITNESS = Job("call the witness", "ROUTE_TOOL")
CODE = Job("write a function that returns the sum of squares of even numbers", "ROUTE_CODE")
ASK = Job("which port does the agent listen on?", "ROUTE_ANSWER")
HELLO = Job("hello", "ROUTE_UNSPECIFIED")

JOBS = (WITNESS, CODE, ASK, HELLO)
