"""npm's settings (`.npmrc`): the credentials that are written in them."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.deployment import Credential
from architrave.language import Language
from architrave.regexes import regex
from architrave.text import Span

# //registry.npmjs.org/:_authToken=…, but not ${NPM_TOKEN}
_CREDENTIAL = regex(rb"(?m)^[ \t]*(?:[^#;=\s]*:)?(_authToken|_auth|_password)[ \t]*=[ \t]*([^\s$][^\r\n$]*?)[ \t]*\r?$")


def facts(path: str, text: bytes) -> Iterator[Fact]:
    for match in _CREDENTIAL.finditer(text):
        yield Credential(Span(match.start(1), match.end(1)), match[1].decode())


LANGUAGE = Language("npmrc", "#", filenames=(".npmrc",), facts=facts, other_comments=(";",))
