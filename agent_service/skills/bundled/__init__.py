"""The skill for the model in the repository, which can do little and is checked the more."""
