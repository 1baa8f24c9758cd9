"""Where the agent keeps tasks and events: beside the checkpoints, in the same file."""
