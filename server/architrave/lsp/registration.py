"""What is registered with the client after `initialized`: watched files, and changes of its settings."""

from __future__ import annotations

import logging
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from architrave.lsp.uris import uri_of

if TYPE_CHECKING:
    from architrave.lsp.session import Session

log = logging.getLogger(__name__)

# Every file may be one that a language reads (`Dockerfile.prod`, `.env.local`), and languages are not loaded yet.
_EVERYTHING = "**/*"


def register_with_client(session: Session) -> None:
    """Ask the client to tell about files and settings, as far as it can be asked."""
    registrations: list[dict[str, Any]] = []
    if session.client.registers_watchers:
        watchers: list[dict[str, Any]] = [{"globPattern": _EVERYTHING}]
        if session.client.watches_elsewhere:
            watchers += [{"globPattern": {"baseUri": uri_of(root), "pattern": _EVERYTHING}} for root in session.roots_above()]
        registrations.append(
            {"id": "architrave-files", "method": "workspace/didChangeWatchedFiles", "registerOptions": {"watchers": watchers}}
        )
    if session.client.registers_configuration:
        registrations.append(
            {
                "id": "architrave-settings",
                "method": "workspace/didChangeConfiguration",
                "registerOptions": {"section": "architrave"},
            }
        )
    if registrations:
        session.protocol.ask("client/registerCapability", {"registrations": registrations}).add_done_callback(_check)


def _check(answer: Future[Any]) -> None:
    if not answer.cancelled() and answer.exception() is not None:
        log.info("the client registered nothing: %s", answer.exception())
