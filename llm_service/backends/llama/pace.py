"""How much of a waiting prompt a step may read without slowing those who write."""

from __future__ import annotations

_READING_SHARE = 0.45
_SMALLEST_CHUNK = 16
_CHUNK_SECONDS = 0.12
_LEARNING = 0.2


class Pace:
    """Weighs seconds of reading against seconds of writing, by what steps took so far.

    While something writes, reading takes at most 45 % of the time that plain steps take. A stream
    keeps more than half of its pace then: plain steps, too, are slower beside reading. Time that
    was not used for reading is saved, for one chunk at most: a short prompt is read at once.
    """

    def __init__(self, largest_chunk: int) -> None:
        """Read at most ``largest_chunk`` tokens a step."""
        self._largest = largest_chunk
        self._seconds_per_token = 0.0
        self._plain: dict[int, float] = {}
        self._saved = 0.0

    def chunk(self, writing: int) -> int:
        """Return how many tokens of prompts to read beside ``writing`` generations."""
        size = self._chunk_size()
        if writing and self._saved < size * self._seconds_per_token:
            return 0
        return size

    def learn(self, writing: int, read: int, seconds: float) -> None:
        """Note what a step took that read and wrote so much."""
        plain = self._plain.get(writing, 0.0)
        if read == 0:
            self._plain[writing] = _blend(plain, seconds)
            most = self._chunk_size() * self._seconds_per_token
            self._saved = min(most, self._saved + _READING_SHARE * seconds)
            return
        extra = max(0.0, seconds - plain)
        # The last chunk of a prompt is a short one, which says little.
        if read >= _SMALLEST_CHUNK or not self._seconds_per_token:
            self._seconds_per_token = _blend(self._seconds_per_token, extra / read)
        if writing:
            expected = self._chunk_size() * self._seconds_per_token
            self._saved = max(self._saved - extra, -2 * expected)

    def _chunk_size(self) -> int:
        if not self._seconds_per_token:
            return min(self._largest, 2 * _SMALLEST_CHUNK)
        fitting = int(_CHUNK_SECONDS / self._seconds_per_token)
        return max(min(_SMALLEST_CHUNK, self._largest), min(self._largest, fitting))


def _blend(old: float, new: float) -> float:
    return new if not old else old + _LEARNING * (new - old)
