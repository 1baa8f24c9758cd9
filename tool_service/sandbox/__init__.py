"""The sandbox that model-written Python runs in."""
