"""Measurements beside what people would use instead; run with ``make bench``."""
