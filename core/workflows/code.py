"""code: retrieve, write code, and review it by running it, as often as review cycles are left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.budget import review_again
from core.roles.coder import CODER
from core.roles.researcher import RESEARCHER
from core.roles.reviewer import REVIEWER
from core.workflows.spec import WorkflowSpec


def _after_review(values: Mapping[str, Any]) -> str:
    again = review_again(
        approved=values["review"]["approved"], remaining_loops=values["remaining_loops"]
    )
    return CODER.name if again else ""


CODE = WorkflowSpec(
    name="code",
    version=1,
    description="asks to write, change, fix, port or review code, queries or regexes",
    roles=(RESEARCHER, CODER, REVIEWER),
    turns={REVIEWER.name: _after_review},
    cycle=(CODER.name, REVIEWER.name),
)
