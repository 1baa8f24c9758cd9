-- No WITHOUT ROWID: such a table puts every row above a quarter of a page on pages of its own.
-- One row a checkpoint: everything of it but the values of its channels.
CREATE TABLE IF NOT EXISTS checkpoints (
    sequence INTEGER PRIMARY KEY,        -- the order of saving; ids follow the wall clock
    thread_id TEXT NOT NULL,
    checkpoint_ns TEXT NOT NULL,         -- '' for the graph itself, else the subgraph's path
    checkpoint_id TEXT NOT NULL,
    parent_checkpoint_id TEXT,
    head BLOB NOT NULL,                  -- msgpack: versions of the channels, what each node saw
    metadata TEXT NOT NULL,              -- JSON
    UNIQUE (thread_id, checkpoint_ns, checkpoint_id)
) STRICT;
-- One row a version of a channel. A checkpoint names versions; those that did not change since an
-- earlier checkpoint are stored once.
CREATE TABLE IF NOT EXISTS channel_values (
    thread_id TEXT NOT NULL,
    checkpoint_ns TEXT NOT NULL,
    channel TEXT NOT NULL,
    version TEXT NOT NULL,
    base_version TEXT,                   -- NULL: the value is whole; else it changes this version's
    type TEXT NOT NULL,                  -- null, bytes, bytearray or msgpack
    value BLOB NOT NULL,                 -- whole, or a change (shared/checkpointing/change.py)
    PRIMARY KEY (thread_id, checkpoint_ns, channel, version)
) STRICT;
-- What the nodes of a step wrote, before the checkpoint that follows was made of it.
CREATE TABLE IF NOT EXISTS pending_writes (
    thread_id TEXT NOT NULL,
    checkpoint_ns TEXT NOT NULL,
    checkpoint_id TEXT NOT NULL,
    task_path TEXT NOT NULL,             -- with task_id and idx: the order in which they apply
    task_id TEXT NOT NULL,
    idx INTEGER NOT NULL,                -- negative for errors, interrupts and resumes
    channel TEXT NOT NULL,
    type TEXT NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (thread_id, checkpoint_ns, checkpoint_id, task_id, idx)
) STRICT;
