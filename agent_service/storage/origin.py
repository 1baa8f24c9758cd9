"""Where a task comes from, as its row and its first event keep it: a text, or a fork."""

from __future__ import annotations

import hashlib
from typing import Any

from agent_service.storage.records import ForkOrigin, Submission
from core.json_text import write_json


def submission_digest(submission: Submission) -> str:
    """Return what tells a repeated submission from another one under the same correlation id."""
    request: list[Any] = [submission.text, submission.context_id, submission.workflow]
    if submission.timeout_seconds:
        request += ["timeout", submission.timeout_seconds]
    if submission.collection:
        request += ["collection", submission.collection]
    if submission.fork is not None:
        fork = submission.fork
        request += [fork.task_id, fork.checkpoint_id, fork.edits]
    return hashlib.sha256(write_json(request, sort_keys=True).encode()).hexdigest()


def origin_columns(fork: ForkOrigin | None) -> dict[str, Any]:
    """Return the columns of a new row that depend on whether the task is a fork."""
    if fork is None:
        return {
            "workflow": "",
            "progress": "{}",
            "forked_from_task_id": "",
            "forked_from_checkpoint_id": "",
            "fork_edits": "{}",
        }
    return {
        "workflow": fork.workflow,
        "progress": fork.progress.to_json(),
        "remaining_loops": fork.remaining_loops,
        "forked_from_task_id": fork.task_id,
        "forked_from_checkpoint_id": fork.checkpoint_id,
        "fork_edits": write_json(fork.edits, ensure_ascii=False),
    }


def origin_detail(fork: ForkOrigin | None) -> dict[str, Any]:
    """Return the detail of the accepted event: where a fork comes from, else nothing."""
    if fork is None:
        return {}
    return {
        "forked_from": {
            "task_id": fork.task_id,
            "checkpoint_id": fork.checkpoint_id,
            "inherited_hops": fork.progress.next_hop,
        },
        "edited": sorted(fork.edits),
    }
