"""The command line: ``mesh``."""
