"""`workspace/executeCommand`: the names of our commands; one module a command registers what it does."""

from __future__ import annotations

EXPLAIN = "architrave.explain"
REVIEW = "architrave.review"
FIX_ALL = "architrave.fixAll"
RESTART = "architrave.restartIndex"
BASELINE = "architrave.addToBaseline"
REFACTOR = "architrave.refactor"
DESIGN = "architrave.design"
ASK = "architrave.ask"
AGENTS = "architrave.agents"
CONSENT = "architrave.consent"
APPLY = "architrave.apply"
STOP = "architrave.stop"
NAMES = (EXPLAIN, REVIEW, FIX_ALL, RESTART, BASELINE, REFACTOR, DESIGN, ASK, AGENTS, CONSENT, APPLY, STOP)
