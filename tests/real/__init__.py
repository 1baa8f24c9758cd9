"""Tests with a real model: `make test-real`."""
