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
    """Write a text to the user's cache folder and have the client show it."""
    if session.client.has_show_document or not session.client.knows_agents:
        show(session, next(iter(kept(name, text, {})), None), text)


def kept(name: str, text: str, more: Mapping[str, str]) -> tuple[str, ...]:
    """Write a text to the user's cache folder, `more` into a folder of its name beside it, and return their URIs; none when that fails."""
    from architrave.analysis.cache import user_cache_folder

    path = user_cache_folder() / "shown" / f"{name}.md"
    try:
        files = {path: text, **{path.with_suffix("") / relative: content for relative, content in more.items()}}
        for file, content in files.items():
            written(file, content)
    except OSError as error:
        log.warning("`%s` cannot be written: %s", path, error)
        return ()
    return tuple(file.as_uri() for file in files)


def show(session: Session, uri: str | None, text: str) -> None:
    """Have the client show the file of a text; one that cannot, and has no way of its own, tells the user where it lies."""
    if session.client.has_show_document:
        if uri is not None:
            session.protocol.ask("window/showDocument", {"uri": uri, "takeFocus": True})
    elif not session.client.knows_agents:
        first = next((line.lstrip("# ") for line in text.split("\n") if line.strip()), "")
        session.message(f"Architrave: {first}" + (f" ({uri})" if uri is not None else ""), 3)
