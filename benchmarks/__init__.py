"""Measurements of Architrave beside its peers: `python -m benchmarks`. Numbers are reported, never asserted."""
