"""Jenkinsfiles: the shell scripts of each stage, and whether something of a shared library may do more. Their Groovy is not read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.deployment import CiStep
from architrave.language import Language
from architrave.regexes import regex
from architrave.text import Span

_PART = regex(
    rb"(?P<comment>//[^\n]*|/\*.*?\*/)"
    rb"|\bstage\s*\(\s*['\"](?P<stage>[^'\"\n]*)['\"]"
    rb"|\bdir\s*\(\s*['\"](?P<dir>[^'\"\n]*)['\"]"
    rb"|\b(?:sh|bat|powershell|pwsh)\b\s*\(?\s*(?:script\s*:\s*)?(?P<script>'''.*?'''|\"\"\".*?\"\"\"|'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\")"
    rb"|(?P<elsewhere>@Library\b|\blibrary\s*[('\"]|\bload\s*[('\"])",
    re.DOTALL,
)


def facts(path: str, text: bytes) -> Iterator[Fact]:
    stage = folder = ""
    for match in _PART.finditer(text):
        span = Span(match.start(), match.end())
        if match["stage"] is not None:
            stage, folder = match["stage"].decode("utf-8", "replace"), ""
        elif match["dir"] is not None:
            folder = match["dir"].decode("utf-8", "replace")
        elif match["script"] is not None:
            written = match["script"]
            quotes = 3 if written[:3] in (b"'''", b'"""') else 1
            run = written[quotes:-quotes].decode("utf-8", "replace").strip()
            yield CiStep(Span(match.start("script"), match.end("script")), "", stage, run, folder=folder)
        elif match["elsewhere"] is not None:
            yield CiStep(span, "", stage, uses="library")


LANGUAGE = Language("jenkinsfile", "//", suffixes=(".jenkinsfile", ".Jenkinsfile"), filenames=("Jenkinsfile*",), facts=facts)
