"""Bad values are refused with the field's name."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from core.errors import InvalidInput
from shared.validation import require_enum, require_range, require_text, require_uuid4


@pytest.mark.parametrize(
    "check",
    [
        lambda: require_text("", "f"),
        lambda: require_text(" \n\t", "f"),
        lambda: require_text("ä" * 5, "f", max_bytes=9),
        lambda: require_uuid4("", "f"),
        lambda: require_uuid4("nonsense", "f"),
        lambda: require_uuid4(str(uuid.uuid1()), "f"),
        lambda: require_range(-1, "f", 0, 5),
        lambda: require_range(float("nan"), "f", 0, 5),
        lambda: require_range(float("inf"), "f", 0, 5),
        lambda: require_enum(9, "f", {1, 2}),
    ],
)
def test_what_is_not_allowed_names_its_field(check: Callable[[], object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        check()
    assert refused.value.field == "f"


def test_what_is_allowed_comes_back() -> None:
    assert require_text("ä" * 5, "f", max_bytes=10) == "ä" * 5
    good = str(uuid.uuid4())
    assert require_uuid4(good, "f") == good
    assert require_range(5, "f", 0, 5) == 5
    assert require_enum(2, "f", {1, 2}) == 2
