"""Longer texts shown to the user: a review, an explanation."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from architrave.lsp.pages import written

if TYPE_CHECKING:
    from architrave.lsp.session import Session

log = logging.getLogger(__name__)


def show_text(session: Session, name: str, text: str) -> None:
    """Write a text to the user's cache folder and have the client show it, if it can."""
    from architrave.analysis.cache import user_cache_folder

    if not session.client.has_show_document:
        return
    path = user_cache_folder() / "shown" / f"{name}.md"
    try:
        written(path, text)
    except OSError as error:
        log.warning("`%s` cannot be written: %s", path, error)
        return
    show(session, path.as_uri())


def show(session: Session, uri: str | None) -> None:
    """Have the client show a file, if it can."""
    if uri is not None and session.client.has_show_document:
        session.protocol.ask("window/showDocument", {"uri": uri, "takeFocus": True})
