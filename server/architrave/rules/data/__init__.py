"""Smells of the architect's responsibility: data."""
