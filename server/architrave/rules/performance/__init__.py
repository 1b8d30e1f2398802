"""Smells of the architect's responsibility: performance."""
