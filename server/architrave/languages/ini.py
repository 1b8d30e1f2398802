"""INI files that describe a project (`setup.cfg`): one `Document`, sections as mappings, values as strings with their further lines."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.code import Document
from architrave.facts.values import Entry, Mapping, String
from architrave.language import Language
from architrave.regexes import regex
from architrave.text import Span

_LINE = regex(rb"(?m)^(?:\[([^\]\r\n]+)\]|([A-Za-z_][\w.-]*)[ \t]*[=:][ \t]*([^\r\n]*(?:\r?\n[ \t]+[^\r\n]*)*))")


def facts(path: str, text: bytes) -> Iterator[Fact]:
    sections: dict[str, tuple[Span, list[Entry]]] = {}
    name = ""
    for match in _LINE.finditer(text):
        if match[1] is not None:
            name = match[1].decode("utf-8", "replace")
            sections.setdefault(name, (Span(match.start(1), match.end(1)), []))
        elif name:
            key = Span(match.start(2), match.end(2))
            value = String(Span(match.start(3), match.end(3)), match[3].decode("utf-8", "replace"))
            sections[name][1].append(Entry(key, match[2].decode(), value))
    whole = Span(0, len(text))
    entries = tuple(Entry(span, section, Mapping(span, tuple(items))) for section, (span, items) in sections.items())
    if entries:
        yield Document(whole, Mapping(whole, entries))


LANGUAGE = Language("ini", "#", filenames=("setup.cfg",), facts=facts, other_comments=(";",))
