"""The tasks that are under way while faults happen, one of each workflow."""

from __future__ import annotations

from dataclasses import dataclass

DOCUMENT = "# Ports\n\nThe agent listens on port 7400.\n\nThe tools have their own port.\n"


@dataclass(frozen=True)
class Job:
    """What is asked. Where ``workflow`` is given, no outage can send the task another way."""

    text: str
    workflow: str


@dataclass(frozen=True)
class Submitted:
    """A task whose submission was acknowledged."""

    task_id: str
    job: Job


# Of words of instruction alone: the bundled model's calls must use every other word.
WITNESS = Job("call the witness", "tool")
CODE = Job("write a function that returns the sum of squares of even numbers", "code")
ASK = Job("which port does the agent listen on?", "answer")
HELLO = Job("hello", "")

JOBS = (WITNESS, CODE, ASK, HELLO)
