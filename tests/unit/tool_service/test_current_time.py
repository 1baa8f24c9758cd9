"""The time is told in the zone that was named, or none is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

import pytest

from core.ports import ToolResult
from tool_service.tools.current_time import current_time

NOW = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)


def _now(zone: tzinfo) -> datetime:
    return NOW.astimezone(zone)


async def _tell(name: str) -> ToolResult:
    return await current_time(_now).run({"timezone": name})


@pytest.mark.parametrize(
    ("name", "minutes"),
    [
        ("UTC+2", 120),
        ("UTC-5", -300),
        ("GMT+5:30", 330),
        ("UTC+0545", 345),
        ("UTC-03:30", -210),
        ("UTC+14", 840),
        ("UTC+00", 0),
        ("Asia/Kolkata", 330),
        ("Etc/GMT+2", -120),
        ("UTC", 0),
    ],
)
async def test_an_offset_or_a_name_is_a_zone(name: str, minutes: int) -> None:
    result = await _tell(name)
    told = datetime.fromisoformat(result.data["iso"])
    assert told == NOW
    assert told.utcoffset() == timedelta(minutes=minutes)
    assert f"({name})" in result.output


@pytest.mark.parametrize(
    "name", ["UTC+15", "UTC+99", "UTC+2:75", "UTC+", "+2", "Narnia", "UTC+2x", "UTC++2", "/etc"]
)
async def test_what_is_no_zone_is_a_failure_that_names_it(name: str) -> None:
    result = await _tell(name)
    assert not result.ok
    assert repr(name) in result.output
