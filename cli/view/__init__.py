"""What a person and what a program reads of tasks, events and services."""
