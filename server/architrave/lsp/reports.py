"""Longer texts shown to the user: a review, an explanation."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from architrave.lsp.pages import written

if TYPE_CHECKING:
    from architrave.lsp.session import Session

log = logging.getLogger(__name__)


def show_text(session: Session, name: str, text: str) -> None:
    """Write a text to the user's cache folder and have the client show it, if it can."""
    if session.client.has_show_document:
        show(session, kept(name, text, {}))


def kept(name: str, text: str, more: Mapping[str, str]) -> str | None:
    """Write a text to the user's cache folder, `more` into a folder of its name beside it, and return the URI of the first."""
    from architrave.analysis.cache import user_cache_folder

    path = user_cache_folder() / "shown" / f"{name}.md"
    try:
        written(path, text)
        for relative, content in more.items():
            written(path.with_suffix("") / relative, content)
    except OSError as error:
        log.warning("`%s` cannot be written: %s", path, error)
        return None
    return path.as_uri()


def show(session: Session, uri: str | None) -> None:
    """Have the client show a file, if it can."""
    if uri is not None and session.client.has_show_document:
        session.protocol.ask("window/showDocument", {"uri": uri, "takeFocus": True})
