"""What people call a checkpoint: the number of its hop, ``start``, its id, or how the id begins."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import InvalidInput, NotFound
from shared.clients import HistoryClient
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from shared.validation import canonical_uuid

START = "start"


async def checkpoint_ids(client: HistoryClient, task_id: str, *names: str) -> list[str]:
    """Return the ids of the checkpoints that are meant. Raises: NotFound, InvalidInput."""
    if all(_is_whole_id(name) for name in names):
        return list(names)
    known = [each async for each in client.checkpoints(task_id)]
    return [name if _is_whole_id(name) else named_checkpoint(known, name) for name in names]


def named_checkpoint(known: Sequence[pb.Checkpoint], name: str) -> str:
    """Return the id of the checkpoint in ``known`` (newest first) that ``name`` means.

    A number is a hop's first of all; of several checkpoints of a hop the newest is meant.
    Raises: NotFound, InvalidInput when several ids begin so.
    """
    of_hop = [each.checkpoint_id for each in known if hop_name(each) == name.lower()]
    if of_hop:
        return of_hop[0]
    begins_so = [
        each.checkpoint_id for each in known if name and each.checkpoint_id.startswith(name.lower())
    ]
    if len(begins_so) > 1:
        raise InvalidInput(
            f"{len(begins_so)} checkpoints begin with {name!r}; give more of the id, or a hop"
        )
    if not begins_so:
        hops = ", ".join(hop_name(each) for each in reversed(known)) or "none"
        raise NotFound(f"no checkpoint is called {name!r}; there are those of hop {hops}")
    return begins_so[0]


def hop_name(checkpoint: pb.Checkpoint) -> str:
    """Return the number of the checkpoint's hop; ``start`` before the first one."""
    return str(checkpoint.hop_index) if checkpoint.HasField("hop_index") else START


def _is_whole_id(name: str) -> bool:
    return canonical_uuid(name) is not None
