"""A receipt counts only where it says of every check, by its own text, that it has passed."""

from __future__ import annotations

from typing import Any

import pytest

from core.checking import check_arguments, read_receipt
from core.ports import ToolResult

CHECKS = ["assert f(1) == 2", "assert f(2) == 3"]
WHOLE = [{"check": check, "passed": True} for check in CHECKS]


def test_a_whole_receipt_passes() -> None:
    assert read_receipt(ToolResult(True, "", {"loaded": True, "verdicts": WHOLE}), CHECKS).passed


@pytest.mark.parametrize(
    ("ok", "data"),
    [
        (True, {}),
        (True, {"verdicts": WHOLE}),
        (True, {"loaded": "yes", "verdicts": WHOLE}),
        (True, {"loaded": True}),
        (True, {"loaded": True, "verdicts": "passed"}),
        (True, {"loaded": True, "verdicts": []}),
        (True, {"loaded": True, "verdicts": WHOLE[:1]}),
        (True, {"loaded": True, "verdicts": [*WHOLE, WHOLE[0]]}),
        (True, {"loaded": True, "verdicts": WHOLE[::-1]}),
        (True, {"loaded": True, "verdicts": [WHOLE[0], WHOLE[0]]}),
        (True, {"loaded": True, "verdicts": [WHOLE[0], {"check": CHECKS[1]}]}),
        (True, {"loaded": True, "verdicts": [WHOLE[0], {"check": CHECKS[1], "passed": 1}]}),
        (True, {"loaded": True, "verdicts": [WHOLE[0], {**WHOLE[1], "passed": False}]}),
        (True, {"loaded": True, "verdicts": [WHOLE[0], None]}),
        (False, {"loaded": True, "verdicts": WHOLE}),
    ],
)
def test_what_a_receipt_does_not_say_has_not_passed(ok: bool, data: dict[str, Any]) -> None:
    assert not read_receipt(ToolResult(ok, "", data), CHECKS).passed


def test_checks_are_sent_without_their_messages() -> None:
    arguments = check_arguments("code", ['assert f( 1 )==2, "it must"', "assert f(2) == (3)"])
    assert arguments == {"code": "code", "checks": CHECKS}
