"""A look at the disk now and then, for clients that do not tell which files change: Neovim on Linux watches none, for one.

The pause after a look is as long as the look was dear, so that it costs an idle server next to nothing, however large the folder.
"""

from __future__ import annotations

from functools import partial
from time import monotonic, thread_time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from architrave.lsp.folder import Folder
    from architrave.lsp.session import Session

_SHARE = 0.004  # Of one processor.
_SOONEST = 2.0  # Seconds.


def begin(session: Session, folder: Folder) -> None:
    """Look again and again at a folder that the client does not watch, as long as it is read."""
    is_watched = session.client.registers_watchers and (folder.root in folder.scopes or session.client.watches_elsewhere)
    if folder.root is not None and not is_watched:
        session.worker.later(_SOONEST, ("poll", folder), partial(_look, session, folder))


def look(session: Session, folder: Folder) -> None:
    """Look at the disk, if that was not done a moment ago: some clients ask for the findings of all files every two seconds."""
    if monotonic() < folder.next_look:
        return
    started = thread_time()
    session.swept(folder)
    folder.next_look = monotonic() + (thread_time() - started) / _SHARE


def _look(session: Session, folder: Folder) -> None:
    if folder.state != "ready" or folder not in session.folders:
        return
    look(session, folder)
    session.worker.later(max(_SOONEST, folder.next_look - monotonic()), ("poll", folder), partial(_look, session, folder))
