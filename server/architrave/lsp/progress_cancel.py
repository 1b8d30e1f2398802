"""`window/workDoneProgress/cancel`: the user does not want to wait any longer for the first look at the workspace, or for an agent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from architrave.lsp import indexing

if TYPE_CHECKING:
    from architrave.lsp.server import ArchitraveServer


def register(server: ArchitraveServer) -> None:
    session = server.session
    session.on_progress_cancel.append(indexing.cancel)

    @server.feature(types.WINDOW_WORK_DONE_PROGRESS_CANCEL)
    def cancelled(params: types.WorkDoneProgressCancelParams) -> None:
        for listener in session.on_progress_cancel:
            listener(str(params.token))
