"""Ages as people write them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cli.age import age_text, parse_age
from core.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("30d", timedelta(days=30)),
        ("12h", timedelta(hours=12)),
        ("90m", timedelta(minutes=90)),
        ("0s", timedelta(0)),
        ("2w", timedelta(weeks=2)),
    ],
)
def test_an_age(text: str, age: timedelta) -> None:
    assert parse_age(text) == age


@pytest.mark.parametrize(
    "text", ["", "30", "d", "-1d", "1.5h", "30 d", "1y", "999999999w", "99999d"]
)
def test_what_is_no_age(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_age(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0s"),
        (0.9, "0s"),
        (119, "119s"),
        (120, "2m"),
        (2 * 3600 - 1, "119m"),
        (2 * 3600, "2h"),
        (47 * 3600, "47h"),
        (48 * 3600, "2d"),
        (86_400 * 400, "400d"),
    ],
)
def test_an_age_is_told_in_one_unit(seconds: float, text: str) -> None:
    assert age_text(seconds) == text
