"""How many tokens the cache holds, and whether they fit into memory."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import StartupError

_MAX_DEFAULT_CONTEXT = 8192
_MEBIBYTE = 1024 * 1024
# What computing a batch takes beside weights and cache, and what the service itself takes.
_SPARE_BYTES = 256 * _MEBIBYTE
_PARKED_SHARE = 2


@dataclass(frozen=True, slots=True)
class PoolSize:
    """``context``: tokens that one call may use; ``cells``: tokens that all share.

    ``parked``: tokens that may be kept outside the cache.
    """

    context: int
    cells: int
    parked: int


def fit_pool(
    *,
    context: int,
    trained_context: int,
    slots: int,
    bytes_per_token: int,
    weight_bytes: int,
    available_bytes: int,
) -> PoolSize:
    """Return a pool of a whole context a slot, or as near to it as memory allows.

    ``context`` 0: as the model was trained, at most 8192. One context must fit, since a call may
    ask for all of it; with less than one a slot, calls may wait for room though a slot is free.
    As many tokens again may be parked, in at most half of the memory that is left then.
    Raises: StartupError naming the settings when not even one context fits.
    """
    wanted = context or min(trained_context or _MAX_DEFAULT_CONTEXT, _MAX_DEFAULT_CONTEXT)
    room = available_bytes - weight_bytes - _SPARE_BYTES
    cells = wanted * slots
    if cells * bytes_per_token > room:
        cells = max(0, room // max(1, bytes_per_token)) // 256 * 256
    if cells < wanted:
        raise StartupError(
            f"LLM_CONTEXT={context or f'{wanted} (the default)'}: the cache of one call takes "
            f"{wanted * bytes_per_token // _MEBIBYTE} MiB and the weights "
            f"{weight_bytes // _MEBIBYTE} MiB, but only {available_bytes // _MEBIBYTE} MiB of "
            "memory are free; lower LLM_CONTEXT, name a smaller model in LLM_MODEL_PATH, or give "
            f"the service more memory (LLM_SLOTS={slots} needs no more than LLM_SLOTS=1)"
        )
    left = max(0, room - cells * bytes_per_token)
    parked = min(cells, left // _PARKED_SHARE // max(1, bytes_per_token))
    return PoolSize(context=wanted, cells=cells, parked=parked)
