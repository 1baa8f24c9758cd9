"""The agent: accepts tasks, routes them, runs their workflow and recovers them."""
