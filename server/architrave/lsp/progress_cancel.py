"""`window/workDoneProgress/cancel`: the user does not want to wait for the first look at the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from architrave.lsp import indexing

if TYPE_CHECKING:
    from architrave.lsp.server import ArchitraveServer


def register(server: ArchitraveServer) -> None:
    @server.feature(types.WINDOW_WORK_DONE_PROGRESS_CANCEL)
    def cancelled(params: types.WorkDoneProgressCancelParams) -> None:
        indexing.cancel(str(params.token))
