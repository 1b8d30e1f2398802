"""Smells of the architect's responsibility: system."""
