"""Functions of Next.js on Vercel, Supabase and Netlify: files at a place of their own are functions."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import Client
from architrave.facts.code import Call
from architrave.facts.deployment import ServerlessFunction
from architrave.facts.values import Invocation, text
from architrave.framework import File, Framework
from architrave.limits import SECONDS, limit
from architrave.node.routers import LANGUAGES
from architrave.regexes import regex
from architrave.text import FILE_START

code = Framework("function-files", languages=LANGUAGES)
FRAMEWORKS = (code,)

_SUPABASE = regex(r"(?:^|/)supabase/functions/(?!_)([^/]+)/index\.[jt]s$")
_NETLIFY = regex(r"(?:^|/)netlify/functions/(?!_)([\w-]+)(?:/index)?\.[mc]?[jt]s$")
_POSTGRES = regex(
    r"^(https://deno\.land/x/postgres(js)?@?[^/]*/mod\.[jt]s(\.(Pool|Client))?|npm:(postgres|pg(\.(Pool|Client))?)(@[\w.^~]+)?(\.(Pool|Client))?)$"
)
_NEXT = regex(r"(?:^|/)(?:app/(?:.*/)?route|pages/api/.+)\.[jt]sx?$")


@code.file
def functions(file: File) -> Iterator[Fact]:
    stem = file.path.rpartition(".")[0]
    supabase, netlify = _SUPABASE.search(file.path), _NETLIFY.search(file.path)
    if supabase is not None:
        yield ServerlessFunction(FILE_START, "Supabase", supabase[1], f"{stem}.")
        yield from _databases(file)
    elif netlify is not None:
        yield ServerlessFunction(FILE_START, "Netlify", netlify[1], f"{stem}.")
    elif _NEXT.search(file.path):
        given = file.assignments("maxDuration")
        if len(given) == 1 and not given[0].function:  # `export const maxDuration = 10` is for Vercel alone.
            found = limit(given[0].value, SECONDS, lambda part: part)
            yield ServerlessFunction(
                given[0].span, "Vercel", stem, f"{stem}.", found.milliseconds or None, given[0].value.span, found.change
            )


def _databases(file: File) -> Iterator[Fact]:
    """Connections that Deno opens: `postgres(Deno.env.get("SUPABASE_DB_URL"))`, with modules that are named by their addresses."""
    for call in file.all(Call):
        if not call.arguments or not _POSTGRES.match(call.callee):
            continue
        given = file.constant(call.arguments[0].value, call.function)
        is_read = isinstance(given, Invocation) and given.callee == "Deno.env.get" and given.arguments
        key = text(given.arguments[0].value) if is_read and isinstance(given, Invocation) else None
        assignment = file.assigned(call)
        yield Client(
            call.span.until(call.name_span), "postgres", "database", assignment.target if assignment is not None else "", call.function,
            call.in_loop, "", key or "", is_cached=not call.function,
        )  # fmt: skip
