"""Supabase: tables that are asked through its API by JavaScript and Python, and what that API shows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave import environment
from architrave.facts import Fact
from architrave.facts.code import Call, Document
from architrave.facts.data import RowSecurity, TableAccess
from architrave.facts.values import Boolean, Invocation, Mapping, Name, Sequence, Value, text
from architrave.framework import File, Framework
from architrave.node.routers import LANGUAGES
from architrave.regexes import regex

node = Framework("supabase", languages=LANGUAGES)
python = Framework("supabase-python", languages=("python",))
settings = Framework("supabase-settings", languages=("toml",))
FRAMEWORKS = (node, python, settings)

_MAKERS = regex(r"(^|\.|/)(createClient|createServerClient|createBrowserClient|create_client|acreate_client)\b")
_NAMED = regex(r"supabase(Client|Admin|Service|Server|Browser)?(\(\))?$", re.IGNORECASE)
_SERVICE = regex(r"SERVICE|SECRET|ADMIN", re.IGNORECASE)
_ANON = regex(r"ANON|PUBLISHABLE", re.IGNORECASE)


@node.call("*.from")
@python.call("*.table", "*.from_")
def asked(call: Call, file: File) -> Iterator[Fact]:
    table = text(call.arguments[0].value) if len(call.arguments) == 1 else None
    owner = call.callee.rpartition(".")[0]
    is_client = ("supabase" in owner.lower() and _MAKERS.search(owner.replace("()", "")) is not None) or _NAMED.search(call.receiver)
    if table and is_client and re.fullmatch(r"[\w.]+", table):
        yield TableAccess(call.span.until(call.name_span), call.function, "supabase", table, _is_service(call, file))


def _is_service(call: Call, file: File) -> bool | None:
    """Whether the client has the key that no policy binds; None where that is not known."""
    made = file.constant(Name(call.span, call.receiver, call.receiver), call.function)
    for argument in made.arguments[1:2] if isinstance(made, Invocation) else ():
        key = environment.key(file.constant(argument.value, call.function)) or _written(argument.value)
        if _SERVICE.search(key):
            return True
        if _ANON.search(key):
            return False
    return True if _SERVICE.search(call.receiver) else None


def _written(value: Value) -> str:
    return value.written if isinstance(value, Name) else ""


@settings.every(Document)
def api(document: Document, file: File) -> Iterator[Fact]:
    """`[api] enabled = false`, or `schemas` without `public`, in `supabase/config.toml`."""
    if not file.path.endswith("supabase/config.toml") or not isinstance(document.value, Mapping):
        return
    enabled, schemas = document.value.get("api", "enabled"), document.value.get("api", "schemas")
    is_off = isinstance(enabled, Boolean) and not enabled.value
    if is_off or (isinstance(schemas, Sequence) and "public" not in [text(item) for item in schemas.items]):
        yield RowSecurity(document.span, "", "unexposed")
