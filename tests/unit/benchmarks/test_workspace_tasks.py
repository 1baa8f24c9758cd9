"""The tasks on files: none counts as done before anything was done."""

from __future__ import annotations

import pytest

from benchmarks.evaluation.workspace_tasks import (
    TASKS,
    WorkspaceTask,
    both,
    holds,
    names,
    number,
    number_in,
    unchanged,
)

FILES = {"a.txt": "one\n\ntwo\n", "n.txt": "about 1,200.5"}


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.request[:40])
@pytest.mark.parametrize("answer", ["", "Done.", "I did all that was asked."])
def test_nothing_done_is_not_right(task: WorkspaceTask, answer: str) -> None:
    assert not task.check(task.files, answer)


def test_there_are_sixty_and_none_twice() -> None:
    assert len({task.request for task in TASKS}) == len(TASKS) >= 60


def test_checks_look_at_files_and_answers() -> None:
    assert holds("a.txt", "one", "two")(FILES, "")
    assert not holds("a.txt", "two", "one")(FILES, "")
    assert not holds("b.txt", "one")(FILES, "")
    assert number(1200.5)(FILES, "It is 1,200.50.")
    assert not number(1200)(FILES, "It is 12000.")
    assert number_in("n.txt", 1200.5)(FILES, "")
    assert not number_in("b.txt", 0)(FILES, "")
    assert names("Red", but=("blue",))(FILES, "red it is")
    assert not names("red", but=("blue",))(FILES, "red and blue")
    assert not both(number(1), unchanged(FILES))({**FILES, "a.txt": ""}, "1")
