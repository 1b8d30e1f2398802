"""Prisma Client: queries of its models, raw SQL, construction. (Its schema is a language of its own: `languages/prisma.py`.)"""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.code import Call
from architrave.facts.data import Database
from architrave.facts.values import Mapping, Name, Value
from architrave.framework import File, Framework
from architrave.node.calls import given
from architrave.node.clients import constructed, setting_of
from architrave.node.orm import Kind, asked, keys, searched
from architrave.node.requests import page_size
from architrave.node.routers import LANGUAGES
from architrave.regexes import regex

framework = Framework("prisma", languages=LANGUAGES)

_METHODS: dict[str, Kind] = {
    "findMany": "select", "findFirst": "select", "findUnique": "select", "findFirstOrThrow": "select", "findUniqueOrThrow": "select",
    "count": "select", "aggregate": "select", "groupBy": "select", "create": "insert", "createMany": "insert",
    "createManyAndReturn": "insert", "update": "update", "updateMany": "update", "upsert": "insert", "delete": "delete",
    "deleteMany": "delete",
}  # fmt: skip
_CLIENT = regex(
    r"(?:^|\.)(?:\w*prisma\w*|db|tx|trx|client|transaction)(?:\(\))?$|PrismaClient\(\)$|PrismaService\(\)$|Prisma\.TransactionClient\(\)$",
    re.IGNORECASE,
)


@framework.call(*(f"*.{name}" for name in _METHODS))
def query(call: Call, file: File) -> Iterator[Fact]:
    owner, _, method = call.callee.rpartition(".")
    client, _, delegate = owner.rpartition(".")
    written_client = call.receiver.rpartition(".")[0]
    is_sure = method in ("findMany", "findUnique", "findFirstOrThrow", "findUniqueOrThrow", "deleteMany", "createMany") or "risma" in owner
    is_sure = is_sure or any(
        isinstance(block.subject, Name) and block.subject.written.endswith("$transaction")
        for block in file.enclosing(call.span, "callback")
    )
    if not client or not delegate.isidentifier() or not is_sure or not (_CLIENT.search(client) or _CLIENT.search(written_client)):
        return
    options = file.constant(given(call, 0), call.function)
    known = options if isinstance(options, Mapping) else None
    where = _inner(known, "where", file, call)
    data = _inner(known, "data", file, call) or _inner(known, "create", file, call)
    take = known.get("take") if known is not None else None
    model = delegate[0].upper() + delegate[1:]
    yield asked(
        call,
        file,
        "prisma",
        _METHODS[method],
        model,
        filters=keys(where),
        searched=searched(where),
        written=keys(data),
        sorts=keys(_inner(known, "orderBy", file, call)),
        columns=keys(_inner(known, "select", file, call)),
        has_limit=take is not None,
        is_many=method in ("findMany", "groupBy", "updateMany", "deleteMany"),
        eager=(*keys(_inner(known, "include", file, call)), *keys(_inner(known, "select", file, call))),
    )
    if take is not None:
        yield from page_size(take, file, call.function)


def _inner(options: Mapping | None, key: str, file: File, call: Call) -> Value | None:
    return file.constant(options.get(key), call.function) if options is not None else None


@framework.call("@prisma/client.PrismaClient")
def client(call: Call, file: File) -> Iterator[Fact]:
    yield from constructed(call, file, "prisma", "database")
    options = given(call, 0)
    url = options.get("datasources", "db", "url") if isinstance(options, Mapping) else None
    setting = setting_of(url, file, call.function)
    if setting:
        yield Database(call.span, "", setting=setting)
