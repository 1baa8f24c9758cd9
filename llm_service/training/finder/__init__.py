"""Trains the finder: which function a request means, by a tuned sentence encoder."""
