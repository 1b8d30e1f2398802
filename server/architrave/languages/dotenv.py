"""Files of environment variables: `.env`, `.env.example`, `prod.env`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import basename

from architrave.facts import Fact
from architrave.facts.data import Database
from architrave.facts.deployment import SettingDeclaration
from architrave.language import Language
from architrave.regexes import regex
from architrave.text import Span
from architrave.urls import database

_LINE = regex(rb"(?m)^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.]*)[ \t]*=[ \t]*(.*)$")
_CODE = (".ts", ".js", ".py", ".go", ".rb", ".php", ".json", ".md")
SECRET = regex(r"SECRET|PASSWORD|PASSWD|TOKEN|PRIVATE_KEY|API_?KEY|CREDENTIAL", re.IGNORECASE)


def facts(path: str, text: bytes) -> Iterator[Fact]:
    if basename(path).endswith(_CODE):
        return
    for match in _LINE.finditer(text):
        key = match[1].decode()
        value = _value(match[2].decode("utf-8", "replace"))
        span = Span(match.start(1), match.end(1))
        yield SettingDeclaration(span, key, "dotenv", "", value, SECRET.search(key) is not None)
        found = database(value)
        if found is not None:
            yield Database(span, *found, key)


def _value(written: str) -> str:
    written = written.strip()
    if written[:1] in ("'", '"'):
        return written[1:].partition(written[0])[0]
    return re.split(r"(?:^|\s)#", written, maxsplit=1)[0].strip()


LANGUAGE = Language(
    "dotenv",
    "#",
    suffixes=(".env",),
    filenames=(".env*", "env.example", "env.sample", "env.template", "env.dist", "env-example*", "env-sample*"),
    facts=facts,
)
