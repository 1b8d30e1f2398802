"""pip's requirements files: one `Document` with the lines as strings, without comments and options."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.code import Document
from architrave.facts.values import Sequence, String
from architrave.language import Language
from architrave.regexes import regex
from architrave.text import Span

_LINE = regex(rb"(?m)^[ \t]*([A-Za-z0-9][^\r\n#]*?)[ \t]*(?:[\r#].*)?$")


def facts(path: str, text: bytes) -> Iterator[Fact]:
    found = tuple(String(Span(item.start(1), item.end(1)), item[1].decode("utf-8", "replace")) for item in _LINE.finditer(text))
    if path.endswith((".txt", ".in")):
        yield Document(Span(0, len(text)), Sequence(Span(0, len(text)), found))


LANGUAGE = Language("requirements", "#", filenames=("requirements*",), facts=facts)
