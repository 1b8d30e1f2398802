"""Smells of the architect's responsibility: devops."""
