"""`workspace/didChangeConfiguration` and `workspace/configuration`: the editor's own settings, for each folder."""

from __future__ import annotations

import logging
from concurrent.futures import TimeoutError as FutureTimeout
from functools import partial
from typing import TYPE_CHECKING, Any

from lsprotocol import types

if TYPE_CHECKING:
    from architrave.lsp.folder import Folder
    from architrave.lsp.server import ArchitraveServer
    from architrave.lsp.session import Session

log = logging.getLogger(__name__)

SECTION = "architrave"
_PATIENCE = 2.0  # Seconds; a client that does not answer has no settings.


def register(server: ArchitraveServer) -> None:
    session = server.session

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    def changed(params: types.DidChangeConfigurationParams) -> None:
        settings = params.settings
        if isinstance(settings, dict) and not session.client.has_configuration:
            session.configuration = settings.get(SECTION, settings)
        for folder in session.all_folders():
            session.worker.submit(partial(_again, session, folder))


def ask(session: Session, folder: Folder) -> Any:
    """Return the editor's settings for a folder, asked for on the analysis thread."""
    if not session.client.has_configuration:
        return session.configuration
    try:
        answer = session.protocol.ask("workspace/configuration", {"items": [{"scopeUri": folder.uri, "section": SECTION}]})
        values = answer.result(_PATIENCE)
    except FutureTimeout:
        return session.configuration
    except Exception as error:
        log.info("the client gives no settings: %s", error)
        return session.configuration
    value = values[0] if isinstance(values, list) and values else None
    return value if value is not None else session.configuration


def _again(session: Session, folder: Folder) -> None:
    """Read a folder again when its settings are others than before."""
    if folder.state in ("new", "indexing"):
        return
    if ask(session, folder) != folder.preferences:
        session.index(folder)
