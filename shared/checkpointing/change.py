"""A value kept as what changed since an earlier version of its bytes.

A change is::

    base's header length (1 byte), header length (1 byte), kept prefix (u64), kept suffix (u64),
    header, middle

and the value is: header, then ``prefix`` bytes of the base's body, then the middle, then the last
``suffix`` bytes of the base's body. The header is the one of the msgpack array or map: it holds
the number of the elements, so a list that grows changes there and at its end.
"""

from __future__ import annotations

import struct

_LENGTHS = struct.Struct(">BBQQ")
_HEADER_BYTES = {0xDC: 3, 0xDD: 5, 0xDE: 3, 0xDF: 5}  # array 16 and 32, map 16 and 32


def find_change(base: bytes, value: bytes) -> bytes:
    """Return the change that turns ``base`` into ``value``; never much longer than ``value``."""
    base_header, header = _header_length(base), _header_length(value)
    if value.startswith(memoryview(base)[base_header:], header):  # a list that only grew
        prefix, suffix = len(base) - base_header, 0
    else:
        prefix, suffix = _common_ends(base[base_header:], value[header:])
    lengths = _LENGTHS.pack(base_header, header, prefix, suffix)
    return b"".join((lengths, value[:header], value[header + prefix : len(value) - suffix]))


def apply_change(value: bytearray, change: bytes) -> None:
    """Turn ``value`` from the base into what the change was made of, in place.

    Raises: ValueError when the change does not fit the base.
    """
    try:
        base_header, header, prefix, suffix = _LENGTHS.unpack_from(change)
    except struct.error as error:
        raise ValueError("the change is cut short") from error
    body = len(value) - base_header
    if len(change) < _LENGTHS.size + header or body < 0 or prefix + suffix > body:
        raise ValueError("the change does not fit what it changes")
    start = _LENGTHS.size
    value[base_header + prefix : len(value) - suffix] = change[start + header :]
    value[:base_header] = change[start : start + header]


def _header_length(value: bytes) -> int:
    """Return the length of the header of a msgpack array or map; 0 for anything else."""
    if not value:
        return 0
    if 0x80 <= value[0] <= 0x9F:  # fixmap and fixarray
        return 1
    return min(_HEADER_BYTES.get(value[0], 0), len(value))


def _common_ends(one: bytes, other: bytes) -> tuple[int, int]:
    prefix = _common_prefix(one, other)
    return prefix, _common_suffix(one, other, min(len(one), len(other)) - prefix)


def _common_prefix(one: bytes, other: bytes) -> int:
    """Return how many bytes are equal from the start; each is compared a few times at most."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_suffix(one: bytes, other: bytes, longest: int) -> int:
    """Return how many bytes are equal from the end, at most ``longest``."""
    low, high = 0, longest
    while low < high:
        middle = (low + high + 1) // 2
        first = one[len(one) - middle : len(one) - low]
        if first == other[len(other) - middle : len(other) - low]:
            low = middle
        else:
            high = middle - 1
    return low
