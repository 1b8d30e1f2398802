"""Smells of the architect's responsibility: api."""
