"""`workspace/didChangeWorkspaceFolders`: each folder is a workspace of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from architrave.lsp.server import ArchitraveServer


def register(server: ArchitraveServer) -> None:
    session = server.session

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def changed(params: types.DidChangeWorkspaceFoldersParams) -> None:
        for removed in params.event.removed:
            session.remove_folder(removed.uri)
        for added in params.event.added:
            session.add_folder(added.uri, added.name)
