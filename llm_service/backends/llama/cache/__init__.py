"""The cache of keys and values: its size, its sequences, and those parked outside it."""
