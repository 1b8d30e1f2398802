"""Functions of Next.js on Vercel, Supabase and Netlify: files at a place of their own are functions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.deployment import ServerlessFunction
from architrave.framework import File, Framework
from architrave.limits import SECONDS, limit
from architrave.node.routers import LANGUAGES
from architrave.text import FILE_START

code = Framework("function-files", languages=LANGUAGES)
FRAMEWORKS = (code,)

_SUPABASE = re.compile(r"(?:^|/)supabase/functions/(?!_)([^/]+)/index\.[jt]s$")
_NETLIFY = re.compile(r"(?:^|/)netlify/functions/(?!_)([\w-]+)(?:/index)?\.[mc]?[jt]s$")
_NEXT = re.compile(r"(?:^|/)(?:app/(?:.*/)?route|pages/api/.+)\.[jt]sx?$")


@code.file
def functions(file: File) -> Iterator[Fact]:
    stem = file.path.rpartition(".")[0]
    supabase, netlify = _SUPABASE.search(file.path), _NETLIFY.search(file.path)
    if supabase is not None:
        yield ServerlessFunction(FILE_START, "Supabase", supabase[1], f"{stem}.")
    elif netlify is not None:
        yield ServerlessFunction(FILE_START, "Netlify", netlify[1], f"{stem}.")
    elif _NEXT.search(file.path):
        given = file.assignments("maxDuration")
        if len(given) == 1 and not given[0].function:  # `export const maxDuration = 10` is for Vercel alone.
            found = limit(given[0].value, SECONDS, lambda part: part)
            yield ServerlessFunction(
                given[0].span, "Vercel", stem, f"{stem}.", found.milliseconds or None, given[0].value.span, found.change
            )
