"""Takes accepted tasks to their end: the runner, one task's run, recovery, ownership."""
