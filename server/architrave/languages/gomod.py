"""go.mod: the module's path and what it requires."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.deployment import Manifest
from architrave.language import Language
from architrave.regexes import regex
from architrave.text import FILE_START, Span

_MODULE = regex(rb"^(?:\xef\xbb\xbf)?[ \t]*module\s+\"?([^\s\"]+)", re.MULTILINE)
_BLOCK = regex(rb"^[ \t]*require[ \t]*\(([^)]*)(?:\)|\Z)", re.MULTILINE)
_LINE = regex(rb"^[ \t]*require[ \t]+([^\s(]+)[ \t]+v", re.MULTILINE)
_REQUIRED = regex(rb"^[ \t]*([^\s/][^\s]*)[ \t]+v", re.MULTILINE)


def facts(path: str, text: bytes) -> Iterator[Fact]:
    module = _MODULE.search(text)
    required = [match[1] for block in _BLOCK.finditer(text) for match in _REQUIRED.finditer(block[1])]
    required += [match[1] for match in _LINE.finditer(text)]
    yield Manifest(
        Span(*module.span(1)) if module else FILE_START,
        "go",
        module[1].decode("utf-8", "replace") if module else "",
        tuple(dict.fromkeys(name.decode("utf-8", "replace") for name in required)),
    )


LANGUAGE = Language(name="gomod", comment="//", filenames=("go.mod",), facts=facts)
