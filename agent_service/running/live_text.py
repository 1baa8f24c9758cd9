"""Text that models are writing for tasks, live and in memory: what counts is in the events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from core.ports import CallContext


@dataclass(frozen=True, slots=True)
class GeneratedText:
    """A piece of a generation's text, which goes where ``from_character`` says.

    What a reader has from there on is void. ``structured``: it is JSON that fits a schema.
    """

    call_id: str
    hop_index: int
    from_character: int
    text: str
    structured: bool


class LiveTexts:
    """What is being generated for each task that runs; of a task, the latest hop's alone."""

    def __init__(self) -> None:
        """Start with none."""
        self._texts: defaultdict[str, dict[str, GeneratedText]] = defaultdict(dict)
        self._readers: defaultdict[str, set[Callable[[], None]]] = defaultdict(set)

    def write(self, context: CallContext, text: str, *, structured: bool) -> None:
        """Note the whole text of a call so far, and wake those who read the task's."""
        texts = self._texts[context.task_id]
        if any(each.hop_index < context.hop_index for each in texts.values()):
            texts.clear()
        texts[context.call_id] = GeneratedText(
            context.call_id, context.hop_index, 0, text, structured
        )
        for wake in self._readers.get(context.task_id, ()):
            wake()

    def forget(self, task_id: str) -> None:
        """Drop what a task had: it ended, or rests."""
        self._texts.pop(task_id, None)

    def of(self, task_id: str) -> list[GeneratedText]:
        """Return the texts of a task's latest hop, whole as far as they are."""
        return list(self._texts.get(task_id, {}).values())

    @contextmanager
    def read(self, task_id: str, wake: Callable[[], None]) -> Iterator[TextReader]:
        """Read a task's texts from their start on; ``wake`` is called whenever there is more."""
        self._readers[task_id].add(wake)
        try:
            yield TextReader(self, task_id)
        finally:
            self._readers[task_id].discard(wake)
            if not self._readers[task_id]:
                del self._readers[task_id]


class TextReader:
    """What one watcher of a task has read of its texts."""

    def __init__(self, texts: LiveTexts, task_id: str) -> None:
        """Have read nothing yet."""
        self._texts = texts
        self._task_id = task_id
        self._seen: dict[str, str] = {}
        self._first_hop = 0

    def skip_to(self, hop_index: int) -> None:
        """Read nothing more of the hops before ``hop_index``."""
        self._first_hop = max(self._first_hop, hop_index)

    @property
    def has_more(self) -> bool:
        """Whether there is something new to `take`."""
        return bool(self._new())

    def take(self) -> list[GeneratedText]:
        """Return what is new; a generation that began anew and says it otherwise is new whole."""
        pieces = []
        for now in self._new():
            seen = self._seen.get(now.call_id, "")
            start = len(seen) if now.text.startswith(seen) else 0
            pieces.append(replace(now, from_character=start, text=now.text[start:]))
            self._seen[now.call_id] = now.text
        return pieces

    def _new(self) -> list[GeneratedText]:
        return [
            each
            for each in self._texts.of(self._task_id)
            if each.hop_index >= self._first_hop
            # A beginning of what was seen is a generation that is read again from its start.
            and not self._seen.get(each.call_id, "").startswith(each.text)
        ]
