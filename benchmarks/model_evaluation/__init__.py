"""Measures the bundled model and the workflow around it by running what they produce."""
