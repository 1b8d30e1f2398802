"""Imports that a fix of JavaScript or TypeScript adds."""

from __future__ import annotations

from architrave.facts.code import Import
from architrave.facts.values import Replacement
from architrave.framework import File
from architrave.text import Span


def imported(file: File, module: str, name: str) -> tuple[Replacement, ...] | None:
    """Return what makes `import { name } from module` part of the file; None where there is no place to put it."""
    known = [item for item in file.all(Import) if not item.is_reexport and not item.function]
    if any((item.module, item.name, item.alias) == (module, name, name) and not item.is_type_only for item in known):
        return ()
    top = [item for item in known if item.span.start == 0]
    if not top or any(item.alias == name for item in known):
        return None
    for span in dict.fromkeys(item.span for item in top if item.module == module):
        names = [item.name for item in top if item.span == span]
        listed = f"import {{ {', '.join(names)}"
        is_plain = all(item.name == item.alias and not item.is_type_only for item in top if item.span == span)
        if is_plain and span.end - span.start - len(listed) - len(f' }} from "{module}"') in (0, 1):
            place = span.start + len(listed)
            return (Replacement(Span(place, place, span.chunk), f", {name}"),)
    return (Replacement(top[-1].span, f'import {{ {name} }} from "{module}";', "after"),)
