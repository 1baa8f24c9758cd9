"""Checks of code: a judge that holds the checks, and the code, each in a sandbox of its own."""
