"""The demonstration: ``make demo``."""
