"""`initialize`, `initialized`: what the client can do, what we can, and the first look at the workspace."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from lsprotocol import types

from architrave import __version__
from architrave.lsp import client, commands, registration
from architrave.lsp.session import roots

if TYPE_CHECKING:
    from architrave.lsp.server import ArchitraveServer

log = logging.getLogger(__name__)


def register(server: ArchitraveServer) -> None:
    session = server.session

    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> types.InitializeResult:
        session.client = client.read(params.capabilities)
        options = params.initialization_options
        session.configuration = options.get("settings", options) if isinstance(options, dict) else None
        of_agents = options.get("agents") if isinstance(options, dict) else None
        session.agent_settings = {"keyCommand": session.client.key_command, **(of_agents if isinstance(of_agents, dict) else {})}
        for uri, name in roots(params.workspace_folders, params.root_uri, params.root_path):
            session.add_folder(uri, name)
        server.watch_parent(params.process_id)
        return types.InitializeResult(_capabilities(session.client), types.ServerInfo("architrave", __version__))

    @server.feature(types.INITIALIZED)
    def initialized(params: types.InitializedParams) -> None:
        session.start()
        registration.register_with_client(session)


def _capabilities(known: client.Client) -> types.ServerCapabilities:
    kinds = [
        types.CodeActionKind.QuickFix,
        "source.fixAll.architrave",
        "source.architrave",
    ]
    return types.ServerCapabilities(
        position_encoding=types.PositionEncodingKind(known.encoding),
        text_document_sync=types.TextDocumentSyncOptions(
            open_close=True, change=types.TextDocumentSyncKind.Incremental, save=types.SaveOptions(include_text=False)
        ),
        hover_provider=True,
        code_action_provider=types.CodeActionOptions(code_action_kinds=kinds, resolve_provider=True) if known.has_action_literals else True,
        code_lens_provider=types.CodeLensOptions(resolve_provider=True),
        diagnostic_provider=types.DiagnosticOptions(identifier="architrave", inter_file_dependencies=True, workspace_diagnostics=True)
        if known.pulls_diagnostics
        else None,
        execute_command_provider=types.ExecuteCommandOptions(commands=list(commands.NAMES)),
        workspace=types.WorkspaceOptions(
            workspace_folders=types.WorkspaceFoldersServerCapabilities(supported=True, change_notifications=True),
            file_operations=types.FileOperationOptions(did_rename=_ALL_FILES, did_delete=_ALL_FILES, did_create=_ALL_FILES),
        ),
    )


_ALL_FILES = types.FileOperationRegistrationOptions(
    filters=[types.FileOperationFilter(pattern=types.FileOperationPattern(glob="**/*"), scheme="file")]
)
