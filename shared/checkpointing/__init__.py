"""The checkpointer: LangGraph checkpoints in SQLite (WAL), durable with what they cause.

saver.py is the door; writing.py, reading.py and deleting.py do its three kinds of work;
change.py is the format of a value that is kept as what changed since an earlier one.
"""

from shared.checkpointing.opening import SCHEMA, open_checkpointer
from shared.checkpointing.outbox import Outbox, SavedCheckpoint
from shared.checkpointing.renaming import rename_channel
from shared.checkpointing.saver import SqliteCheckpointer

__all__ = [
    "SCHEMA",
    "Outbox",
    "SavedCheckpoint",
    "SqliteCheckpointer",
    "open_checkpointer",
    "rename_channel",
]
