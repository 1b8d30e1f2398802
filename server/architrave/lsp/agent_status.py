"""`architrave/status`: the state of the folders, what is found, what runs and what it has cost, for clients that show it."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from architrave.lsp.agent_runs import Runs
    from architrave.lsp.session import Session

log = logging.getLogger(__name__)

_OFTEN = 0.25  # Seconds.
_SEVERITIES = ("error", "warning", "information", "hint")


class Statuses:
    def __init__(self, session: Session, runs: Runs) -> None:
        self._session = session
        self._runs = runs
        self._last: dict[str, Any] = {}

    def changed(self) -> None:
        """Tell the client how things stand, soon."""
        if self._session.client.shows_status and not self._session.worker.is_stopped:
            self._session.worker.later(_OFTEN, "status", lambda: threading.Thread(target=self._tell, name="status", daemon=True).start())

    def _tell(self) -> None:
        now = self.now()
        if now != self._last:
            self._last = now
            self._session.protocol.tell("architrave/status", now)

    def now(self) -> dict[str, Any]:
        states = [folder.state for folder in list(self._session.folders)]
        state = next((wanted for wanted in ("indexing", "new", "refused", "stopped") if wanted in states), "ready")
        found = self._session.submit(self._found).result()
        return {
            "state": "indexing" if state == "new" else state,
            "findings": {severity: found[severity] for severity in _SEVERITIES},
            "agents": self._of_agents(),
        }

    def _found(self) -> Counter[str]:
        """Count what is found, by severity; on the analysis thread."""
        found: Counter[str] = Counter()
        for folder in list(self._session.folders):
            if folder.state == "ready":
                found.update(str(item.severity) for items in folder.snapshot().by_path.values() for item in items)
        return found

    def _of_agents(self) -> dict[str, Any]:
        from architrave.analysis.agents import installed

        agents = installed()
        if agents is None:
            return {
                "installed": False,
                "key": False,
                "host": "",
                "model": "",
                "consent": False,
                "whyNot": "",
                "runs": [],
                "spent": 0,
                "allowed": 0,
            }
        root = self._session.folders[0].root if self._session.folders else None
        status = agents.status(root, self._session.agent_settings)
        return {
            "installed": True,
            "key": status.has_key,
            "host": status.host,
            "model": status.model,
            "consent": status.has_consent,
            "whyNot": status.why_not,
            "runs": self._runs.going_on,
            "spent": round(status.spent, 4),
            "allowed": status.allowed,
        }
