"""`workspace/executeCommand`: the names of our commands; one module a command registers what it does."""

from __future__ import annotations

EXPLAIN = "architrave.explain"
REVIEW = "architrave.review"
FIX_ALL = "architrave.fixAll"
RESTART = "architrave.restartIndex"
BASELINE = "architrave.addToBaseline"
NAMES = (EXPLAIN, REVIEW, FIX_ALL, RESTART, BASELINE)
