"""Pages of rules as files, so that a diagnostic can link to one: written to the user's cache folder when first asked for."""

from __future__ import annotations

import logging
import os
import threading
from functools import cache
from pathlib import Path

from architrave.errors import ArchitraveError

log = logging.getLogger(__name__)


@cache
def page_uri(rule: str) -> str | None:
    """Return the `file:` URI of a rule's page, or None when there is no page or no place to write it."""
    from architrave.analysis.cache import user_cache_folder

    try:
        text = page(rule)
    except ArchitraveError:
        return None
    path = user_cache_folder() / "rules" / f"{rule}.md"
    try:
        written(path, text)
    except OSError as error:
        log.info("the page of `%s` cannot be written: %s", rule, error)
        return None
    return path.as_uri()


def page(rule: str) -> str:
    """Return a rule's page in Markdown; an unknown rule raises `ArchitraveError`."""
    from architrave.rule import find_rule

    found = find_rule(rule)
    return f"# {rule}\n\n{found.doc}\n"


def written(path: Path, text: str) -> None:
    """Write a file as a whole, unless it is there already as it should be."""
    content = text.encode("utf-8")
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
    temporary.write_bytes(content)
    os.replace(temporary, path)
