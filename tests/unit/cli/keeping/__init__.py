"""Backup, restore and checks of the data."""
