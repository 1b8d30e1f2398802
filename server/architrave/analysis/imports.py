"""Where the imports of each file lead. It needs the list of files, so it is a step of its own after extraction."""

from __future__ import annotations

from collections.abc import Iterable

from architrave.facts.code import Import
from architrave.language import CodeLanguage, language_for
from architrave.model.graph import Resolved
from architrave.paths import Paths


def resolved(path: str, imports: Iterable[Import], paths: Paths) -> Resolved:
    """Return the imports of a file that lead into the workspace, with the file or folder that each leads to."""
    language = language_for(path)
    if not isinstance(language, CodeLanguage):
        return ()
    found = ((item, language.resolve(item, path, paths)) for item in imports)
    return tuple((item, target) for item, target in found if target is not None)
