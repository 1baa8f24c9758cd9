"""Faults of every kind against real processes, and one checker that judges what is left.

``make chaos KILLS=200`` runs more random kills than ``make test``, and prints what came of them.
"""
