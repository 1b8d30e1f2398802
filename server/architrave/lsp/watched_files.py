"""`workspace/didChangeWatchedFiles` and the file operations of the editor: what changed on disk is read again."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from architrave.lsp.folder import Folder
    from architrave.lsp.server import ArchitraveServer
    from architrave.lsp.session import Session

_PAUSE = 0.15  # A checkout changes many files one after the other.


def register(server: ArchitraveServer) -> None:
    session = server.session

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def watched(params: types.DidChangeWatchedFilesParams) -> None:
        _look(session, (change.uri for change in params.changes))

    @server.feature(types.WORKSPACE_DID_CREATE_FILES)
    def created(params: types.CreateFilesParams) -> None:
        _look(session, (file.uri for file in params.files))

    @server.feature(types.WORKSPACE_DID_RENAME_FILES)
    def renamed(params: types.RenameFilesParams) -> None:
        _look(session, (uri for file in params.files for uri in (file.old_uri, file.new_uri)))

    @server.feature(types.WORKSPACE_DID_DELETE_FILES)
    def deleted(params: types.DeleteFilesParams) -> None:
        _look(session, (file.uri for file in params.files))


def _look(session: Session, uris: Iterable[str]) -> None:
    folders: dict[int, Folder] = {}
    for uri in uris:
        folder, _ = session.folder_for(uri)
        if folder is not None:
            folders[id(folder)] = folder
    for folder in folders.values():
        session.worker.later(_PAUSE, ("sweep", id(folder)), partial(session.swept, folder))
