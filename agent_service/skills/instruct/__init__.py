"""The skill for any instruct model."""
