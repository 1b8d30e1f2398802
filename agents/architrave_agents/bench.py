"""What the tools of one run work on: the frozen state, the overlay over it, and what is known of both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from architrave.analysis.frozen import Frozen
from architrave.analysis.snapshot import Snapshot
from architrave.text import LineIndex, Location
from architrave_agents.commands import Commands
from architrave_agents.edits import Overlay
from architrave_agents.redact import Redactor
from architrave_agents.settings import Settings
from architrave_agents.snapshot import DeniedError, View


@dataclass
class Workbench:
    """What the tools of one run work on. One call at a time."""

    state: Frozen
    settings: Settings
    overlay: Overlay
    redact: Redactor
    commands: Commands
    on_todo: Callable[[str], None] = lambda text: None
    check: Callable[[], str] | None = None  # Tells what the change set would not stand, where one is made.
    _known: tuple[tuple[tuple[str, bytes], ...], Snapshot] | None = field(default=None, repr=False)

    @classmethod
    def of(cls, state: Frozen, settings: Settings) -> Workbench:
        overlay = Overlay(View(state))
        return cls(state, settings, overlay, Redactor(), Commands(overlay, settings))

    def snapshot(self) -> Snapshot:
        """Return the state of the workspace with what was changed so far."""
        changed = self.overlay.changed
        if not changed:
            return self.state.before
        key = tuple(sorted(changed.items()))
        if self._known is None or self._known[0] != key:
            self._known = (key, self.state.after(changed))
        return self._known[1]

    def where(self, location: Location) -> str:
        """Return `path:line` of a place."""
        try:
            content = self.overlay.content(location.path) or b""
        except DeniedError:
            content = b""
        return f"{location.path}:{LineIndex(content).position(location.span.start)[0] + 1}"
