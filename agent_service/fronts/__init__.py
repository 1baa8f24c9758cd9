"""Thin edges over the desk, one folder a protocol: validate, call, translate."""
