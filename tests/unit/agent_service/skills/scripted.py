"""A model that says what a test told it to, beside a tool that writes files."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from core.ports import ToolDescription, ToolResult
from core.state import PassageRecord, TaskState, initial_state
from shared.bundled_model import Rewording
from shared.testing import (
    CHECKS_PASS,
    Asked,
    FakeModel,
    FakeServices,
    FakeTool,
    FakeToolbox,
    passed,
    say_plainly,
)
from tests.hops import BUNDLED

CODE = "def double(x):\n    return 2 * x"
KNOWN = "write a function called double that doubles a number"
WRITE_FILE = ToolDescription(
    "write_file",
    "Writes a text file.",
    {
        "type": "object",
        "properties": {"path": {"type": "string"}, "content": {"type": "string"}},
        "required": ["path", "content"],
    },
    idempotent=False,
)
Run = Callable[[Mapping[str, Any]], Awaitable[ToolResult]]


class Scripted(FakeServices):
    """Says by the position of a call in its hop, or the same to all; takes the first of a choice.

    ``says`` is empty where the model writes `CODE`, or the plainest JSON where it is asked for
    JSON. The checks of code pass, or do what ``checks`` does.
    """

    def __init__(
        self,
        *,
        answer_style: str = BUNDLED,
        says: str = "",
        by_position: Mapping[str, str] | None = None,
        cut_short: bool = False,
        strays: bool = False,
        known: Sequence[Rewording] = (),
        checks: Run = CHECKS_PASS.run,
    ) -> None:
        self.says = says
        self.by_position = by_position or {}
        check_tool = FakeTool(CHECKS_PASS.description, checks, offered=False)
        super().__init__(
            model=FakeModel(
                says=self._say,
                answer_style=answer_style,
                cut_short=cut_short,
                strays=strays,
                rewordings=known,
            ),
            tools=FakeToolbox(tools=[check_tool, FakeTool(WRITE_FILE)]),
        )

    @property
    def asked(self) -> list[dict[str, Any]]:
        """What the model was asked, in order, as JSON."""
        return [
            {
                "position": each.position,
                "messages": [[message.role, message.content] for message in each.messages],
                "max_tokens": each.settings.max_tokens,
                "temperature": each.settings.temperature,
                "seed": each.settings.seed,
                "json_schema": each.settings.json_schema,
            }
            for each in self.model.asked
        ]

    @property
    def positions(self) -> list[str]:
        """The calls of the model, in order."""
        return [each.position for each in self.model.asked]

    @property
    def called(self) -> list[tuple[str, dict[str, Any]]]:
        """The calls of tools, in order."""
        return self.tools.called

    def _say(self, asked: Asked) -> str:
        if asked.position in self.by_position:
            return self.by_position[asked.position]
        if asked.schema is not None and "enum" in asked.schema:
            return json.dumps(asked.schema["enum"][0])
        return self.says or (CODE if asked.schema is None else say_plainly(asked))


async def run_here(arguments: Mapping[str, Any]) -> ToolResult:
    """Run the checks of a review without a sandbox: the code is the test's."""
    try:
        exec("\n".join([arguments["code"], *arguments["checks"]]), {})
    except Exception as error:  # noqa: BLE001 - a check that fails
        return ToolResult(False, repr(error), {"loaded": True, "verdicts": []})
    return passed(arguments)


def task(text: str, **channels: Any) -> TaskState:
    """Return a state with more channels than a new one has."""
    state = initial_state(
        task_id="t", correlation_id="c", text=text, requested_workflow="", max_review_cycles=2
    )
    return TaskState(**{**state, **channels})  # type: ignore[typeddict-item]


def passage(text: str, source: str = "a.md", line: int = 3, score: float = 0.8) -> PassageRecord:
    """Return a passage as the researcher finds it."""
    last = line + text.count("\n")
    return PassageRecord(source=source, start_line=line, end_line=last, text=text, score=score)
