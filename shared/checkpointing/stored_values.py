"""Which bytes of a channel are stored: the whole value, or what changed since the last one."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from shared.checkpointing.change import find_change

_MAX_REMEMBERED_BYTES = 64 * 2**20
_ENTRY_BYTES = 512
_SMALL_BYTES = 256  # below this a change saves nothing worth a second row to read

Place = tuple[str, str]
"""Thread and namespace."""


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
        """Remember at most 64 MiB, of the threads heard of last."""
        self._threads: OrderedDict[Place, dict[str, StoredValue]] = OrderedDict()
        self._bytes = 0
        self._epoch = 0

    @property
    def epoch(self) -> int:
        """Changes when everything is forgotten: what was prepared before must not be kept."""
        return self._epoch

    def of(self, place: Place) -> Mapping[str, StoredValue]:
        """Return a copy of what is remembered of a place, by channel."""
        return dict(self._threads.get(place, {}))

    def prepare(
        self, place: Place, channel: str, version: str, kind: str, value: bytes
    ) -> StoredValue:
        """Return how to store ``value``.

        Changes are stored until they add up to the last whole value: then the next one is
        stored whole. So the total stays below a small multiple of what was ever added, and so
        does what is read to put a value together.
        """
        last = self._threads.get(place, {}).get(channel)
        if last is not None and _is_base(last, version, kind, value):
            change = find_change(last.value, value)
            changes = last.changes_bytes + len(change)
            if changes <= last.whole_bytes and 2 * len(change) <= len(value):
                return StoredValue(
                    version, last.version, kind, value, change, last.whole_bytes, changes
                )
        return StoredValue(version, None, kind, value, value, len(value), 0)

    def remember(self, place: Place, values: Mapping[str, StoredValue], epoch: int) -> None:
        """Keep what is durable now, by channel; ``epoch`` is that of its preparation."""
        if epoch != self._epoch:
            return
        known = self._threads.setdefault(place, {})
        self._threads.move_to_end(place)
        for channel, stored in values.items():
            self._bytes += _length(stored) - _length(known.get(channel))
            known[channel] = stored
        while self._bytes > _MAX_REMEMBERED_BYTES:
            self._drop(next(iter(self._threads)))

    def forget(self, thread_id: str) -> None:
        """Forget the values of a thread that is not expected to go on soon."""
        for place in [each for each in self._threads if each[0] == thread_id]:
            self._drop(place)

    def forget_all(self) -> None:
        """Forget, because stored versions are about to be deleted."""
        self._epoch += 1
        self._threads.clear()
        self._bytes = 0

    def _drop(self, place: Place) -> None:
        dropped = self._threads.pop(place)
        self._bytes -= sum(_length(each) for each in dropped.values())


def _length(stored: StoredValue | None) -> int:
    # Each entry counts for more than its value, so that many empty ones are bounded too.
    return 0 if stored is None else len(stored.value) + _ENTRY_BYTES


def _is_base(last: StoredValue, version: str, kind: str, value: bytes) -> bool:
    return last.version != version and last.kind == kind and len(value) >= _SMALL_BYTES
