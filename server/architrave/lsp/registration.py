"""What is registered with the client after `initialized`: watched files, and changes of its settings."""

from __future__ import annotations

import logging
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from architrave.lsp.session import Session

log = logging.getLogger(__name__)

# Every file may be one that a language reads (`Dockerfile.prod`, `.env.local`), and languages are not loaded yet.
_WATCHED = ("**/*",)


def register_with_client(session: Session) -> None:
    """Ask the client to tell about files and settings, as far as it can be asked."""
    registrations: list[dict[str, Any]] = []
    if session.client.registers_watchers:
        watchers = [{"globPattern": pattern} for pattern in _WATCHED]
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
