"""Smells of the architect's responsibility: security."""
