"""Architrave: a backend architect in the editor."""

__version__ = "0.1.0"
