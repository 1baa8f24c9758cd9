"""A value kept as a change comes back to the byte."""

from __future__ import annotations

import ormsgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.checkpointing.change import apply_change, find_change
from shared.checkpointing.stored_values import LastValues, StoredValue

PLACE = ("thread", "")


def applied(base: bytes, change: bytes) -> bytes:
    value = bytearray(base)
    apply_change(value, change)
    return bytes(value)


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_any_two_values(base: bytes, value: bytes) -> None:
    assert applied(base, find_change(base, value)) == value


@given(st.lists(st.text(max_size=20), max_size=40), st.lists(st.text(max_size=20), max_size=40))
def test_lists_that_share_their_start(one: list[str], more: list[str]) -> None:
    base, value = ormsgpack.packb(one), ormsgpack.packb(one + more)
    change = find_change(base, value)
    assert applied(base, change) == value
    assert len(change) <= len(ormsgpack.packb(more)) + 28


@given(st.binary(min_size=40, max_size=200), st.integers(0, 200), st.binary(max_size=20))
def test_an_edit_in_the_middle_costs_the_edit(base: bytes, at: int, edit: bytes) -> None:
    value = b"\x00" + base[:at] + edit + base[at:]
    change = find_change(b"\x00" + base, value)
    assert applied(b"\x00" + base, change) == value
    assert len(change) <= len(edit) + 18


@given(st.binary(max_size=100), st.binary(max_size=60))
def test_a_change_that_fits_nothing_is_an_error_or_a_value_and_never_a_crash(
    base: bytes, change: bytes
) -> None:
    try:
        applied(base, change)
    except ValueError:
        return


def test_a_cut_change_is_an_error() -> None:
    change = find_change(b"abcdef", b"abcxyz")
    with pytest.raises(ValueError, match="cut short"):
        applied(b"abcdef", change[:10])
    with pytest.raises(ValueError, match="does not fit"):
        applied(b"a", change)


def stored_in_turns(values: LastValues, texts: list[bytes]) -> list[StoredValue]:
    stored = []
    for number, text in enumerate(texts):
        each = values.prepare(PLACE, "messages", str(number), "msgpack", text)
        values.remember(PLACE, {"messages": each}, values.epoch)
        stored.append(each)
    return stored


def test_the_total_of_a_growing_list_is_linear() -> None:
    growing = [ormsgpack.packb(["x" * 1000] * length) for length in range(1, 600)]
    stored = stored_in_turns(LastValues(), growing)
    assert sum(len(each.content) for each in stored) < 4 * len(growing[-1])
    whole = [number for number, each in enumerate(stored) if each.base_version is None]
    assert len(whole) < 15


def test_a_value_that_changes_all_over_is_stored_whole() -> None:
    stored = stored_in_turns(LastValues(), [bytes([n]) * 1000 for n in range(4)])
    assert [each.base_version for each in stored] == [None] * 4


def test_nothing_builds_on_what_is_about_to_be_deleted() -> None:
    values = LastValues()
    before = values.prepare(PLACE, "messages", "1", "msgpack", b"\x91" + b"x" * 900)
    epoch = values.epoch
    values.forget_all()
    values.remember(PLACE, {"messages": before}, epoch)
    assert (
        values.prepare(PLACE, "messages", "2", "msgpack", b"\x92" + b"x" * 999).base_version is None
    )


def test_memory_is_bounded() -> None:
    values = LastValues()
    for number in range(80):
        stored = values.prepare((str(number), ""), "text", "1", "bytes", b"x" * 2**20)
        values.remember((str(number), ""), {"text": stored}, values.epoch)
    kept = [number for number in range(80) if values.of((str(number), ""))]
    assert kept == list(range(80))[-len(kept) :] and 60 <= len(kept) < 64
