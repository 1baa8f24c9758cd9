"""Which bytes of a channel are stored: the whole value, or what changed since the last one."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from core.checkpointing.change import find_change

_MAX_REMEMBERED_BYTES = 64 * 2**20
_SMALL_BYTES = 256  # below this a change saves nothing worth a second row to read

Place = tuple[str, str, str]
"""Thread, namespace and channel."""


@dataclass(frozen=True, slots=True)
class StoredValue:
    """A version of a channel as it is stored, and what is needed to store the next one.

    ``base_version`` is None when ``content`` is the whole ``value``, else ``content`` is the
    change that turns that version into it. ``whole_bytes`` is the length of the last value that
    was stored whole, ``changes_bytes`` of all changes since.
    """

    version: str
    base_version: str | None
    kind: str
    value: bytes
    content: bytes
    whole_bytes: int
    changes_bytes: int


class LastValues:
    """The values stored last, in memory: what changed is found against their bytes.

    A value that is not remembered (after a restart, or of a thread not heard of for long) only
    costs space: the next version is stored whole.
    """

    def __init__(self) -> None:
        """Remember at most 64 MiB, the latest."""
        self._values: OrderedDict[Place, StoredValue] = OrderedDict()
        self._bytes = 0
        self._epoch = 0

    @property
    def epoch(self) -> int:
        """Changes when everything is forgotten: what was prepared before must not be kept."""
        return self._epoch

    def prepare(self, place: Place, version: str, kind: str, value: bytes) -> StoredValue:
        """Return how to store ``value``.

        Changes are stored until they add up to the last whole value: then the next one is
        stored whole. So the total stays below a small multiple of what was ever added, and so
        does what is read to put a value together.
        """
        last = self._values.get(place)
        if last is not None and _is_base(last, version, kind, value):
            change = find_change(last.value, value)
            changes = last.changes_bytes + len(change)
            if changes <= last.whole_bytes and 2 * len(change) <= len(value):
                return StoredValue(
                    version, last.version, kind, value, change, last.whole_bytes, changes
                )
        return StoredValue(version, None, kind, value, value, len(value), 0)

    def remember(self, place: Place, stored: StoredValue, epoch: int) -> None:
        """Keep what is durable now; ``epoch`` is that of its preparation."""
        if epoch != self._epoch:
            return
        self._drop(place)
        if len(stored.value) < _SMALL_BYTES:
            return
        self._values[place] = stored
        self._bytes += len(stored.value)
        while self._bytes > _MAX_REMEMBERED_BYTES:
            self._drop(next(iter(self._values)))

    def forget_all(self) -> None:
        """Forget, because stored versions are about to be deleted."""
        self._epoch += 1
        self._values.clear()
        self._bytes = 0

    def _drop(self, place: Place) -> None:
        dropped = self._values.pop(place, None)
        if dropped is not None:
            self._bytes -= len(dropped.value)


def _is_base(last: StoredValue, version: str, kind: str, value: bytes) -> bool:
    return last.version != version and last.kind == kind and len(value) >= _SMALL_BYTES
