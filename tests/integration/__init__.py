"""Tests of real processes, real models and real files."""
