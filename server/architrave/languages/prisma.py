"""Prisma schemas: models as tables, columns, indexes, foreign keys and relations.

There is no grammar for them; the format is one declaration a line, so lines are read with patterns, and what does not fit is skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from architrave.facts import Fact
from architrave.facts.data import Column, Database, ForeignKey, Index, Relation, Table
from architrave.facts.deployment import SettingRead
from architrave.facts.values import Replacement
from architrave.language import Language
from architrave.regexes import regex
from architrave.text import Span

_BLOCK = regex(r"^[ \t]*(model|enum|datasource|view|type)[ \t]+(\w+)[ \t]*\{", re.MULTILINE)
_FIELD = regex(r"^[ \t]*(\w+)[ \t]+(\w+(?:\([^)]*\))?)(\[\]|\?)?(.*)$")
_SETTING = regex(r"^[ \t]*(\w+)[ \t]*=[ \t]*(.*)$")
_MAP = regex(r"@map\(\s*(?:name:\s*)?\"([^\"]*)\"")
_LIST = regex(r"\b(fields|references)\s*:\s*\[([^\]]*)\]")
_BLOCK_LIST = regex(r"^[ \t]*@@(id|unique|index|fulltext)\(\s*(?:fields:\s*)?\[([^\]]*)\](.*)$")
_NAMED = regex(r"\b(?:map|name):\s*\"([^\"]*)\"")
_DEFAULT = regex(r"@(?:default|updatedAt)\b")
_NATIVE = regex(r"@db\.(\w+(?:\([^)]*\))?)")
_ENV = regex(r"env\(\s*\"(\w+)\"\s*\)")
_ENGINES = {
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "cockroachdb": "postgresql",
    "mysql": "mysql",
    "sqlite": "sqlite",
    "mongodb": "mongodb",
    "sqlserver": "sqlserver",
}
_TYPES = {
    "string": "text",
    "int": "integer",
    "bigint": "bigint",
    "boolean": "boolean",
    "datetime": "timestamp",
    "float": "double precision",
    "decimal": "decimal",
    "json": "jsonb",
    "bytes": "bytea",
}


class _Line(NamedTuple):
    start: int
    text: str


class _Block(NamedTuple):
    """A block of a schema: `end` is where its closing brace stands."""

    kind: str
    name: str
    name_span: Span
    lines: tuple[_Line, ...]
    end: int


def facts(path: str, text: bytes) -> Iterator[Fact]:
    if not _is_used(path):
        return
    source = text.decode("latin-1")  # One character a byte, so that places hold.
    blocks = list(_blocks(source))
    models = {block.name: _table(block) for block in blocks if block.kind in ("model", "view")}
    for block in blocks:
        if block.kind == "datasource":
            yield from _datasource(block)
        elif block.kind == "model":
            yield from _model(block, models, source)


def _is_used(path: str) -> bool:
    """Whether a schema lies where Prisma looks for it, and is no sample."""
    *folders, name = path.split("/")
    return name == "schema.prisma" or "prisma" in folders


def _blocks(source: str) -> Iterator[_Block]:
    """Yield the blocks; one that is not closed ends where the next begins."""
    found = list(_BLOCK.finditer(source))
    ends = [*(item.start() for item in found[1:]), len(source)]
    for match, following in zip(found, ends, strict=False):  # The last end is that of no block when there is none.
        lines: list[_Line] = []
        at = source.find("\n", match.end())
        end = following
        while 0 <= at < following - 1:
            start = at + 1
            at = source.find("\n", start)
            line = source[start : at if at >= 0 else len(source)]
            plain = re.sub(r"\s//.*$|^//.*$", "", line)
            if plain.strip().startswith("}"):
                end = start + line.index("}")
                break
            lines.append(_Line(start, plain.rstrip()))
        yield _Block(match[1], match[2], Span(match.start(2), match.end(2)), tuple(lines), end)


def _table(block: _Block) -> str:
    found = next((match for line in block.lines if line.text.strip().startswith("@@map") and (match := _MAP.search(line.text))), None)
    return found[1] if found else block.name


def _datasource(block: _Block) -> Iterator[Fact]:
    values = {match[1]: (match[2], line) for line in block.lines if (match := _SETTING.match(line.text))}
    provider = values.get("provider", ("", None))[0].strip('" ')
    url, line = values.get("url", ("", None))
    key = _ENV.search(url)
    if key is not None and line is not None:
        at = line.start + line.text.index(key[1])
        yield SettingRead(Span(at, at + len(key[1])), key[1], key_span=Span(at, at + len(key[1])), is_required=True)
    engine = _ENGINES.get(provider, "")
    if engine:
        yield Database(block.name_span, engine, setting=key[1] if key else "")


def _model(block: _Block, models: dict[str, str], source: str) -> Iterator[Fact]:
    table = models[block.name]
    yield Table(block.name_span, table, "model", block.name, "prisma")
    fields = {
        match[1]: (match, line) for line in block.lines if (match := _FIELD.match(line.text)) and not line.text.strip().startswith("@@")
    }
    columns = {name: (_MAP.search(match[4]) or match)[1] for name, (match, _) in fields.items()}
    keyed: set[str] = set()
    listed = [(match, line) for line in block.lines if (match := _BLOCK_LIST.match(line.text))]
    for match, _ in listed:
        names = _names(match[2])
        if len(names) == 1 and match[1] == "id":
            keyed.add(names[0])
    for name, (match, line) in fields.items():
        at = line.start + match.start(1)
        span = Span(at, at + len(name))
        rest = match[4]
        if match[2] in models:
            yield Relation(span, block.name, name, match[2], match[3] == "[]", True, "prisma")
            lists = {found[1]: _names(found[2]) for found in _LIST.finditer(rest)}
            if lists.get("fields"):
                own = tuple(columns.get(item, item) for item in lists["fields"])
                yield ForeignKey(span, table, own, models[match[2]], "model", tuple(lists.get("references", ())))
            continue
        if match[3] == "[]":
            continue
        native = _NATIVE.search(rest)
        is_primary = bool(re.search(r"@id\b", rest)) or name in keyed
        yield Column(
            span,
            table,
            columns[name],
            "model",
            native[1].lower() if native else _TYPES.get(match[2].lower(), match[2].lower()),
            match[3] == "?",
            _DEFAULT.search(rest) is not None,
            is_primary,
            bool(re.search(r"@unique\b", rest)),
            False,
            name,
            (_index(block, name, source),),
        )
    for match, line in listed:
        names = _names(match[2])
        at = line.start + line.text.index("@@")
        given = _NAMED.search(match[3])
        if match[1] == "id" and len(names) == 1:
            continue
        own = tuple(columns.get(item, item) for item in names)
        yield Index(Span(at, line.start + len(line.text)), table, own, "model", given[1] if given else "", match[1] in ("id", "unique"))


def _index(block: _Block, name: str, source: str) -> Replacement:
    """Return what adds `@@index([name])` as the last line of the model."""
    start = source.rfind("\n", 0, block.end) + 1
    has_lists = any(line.text.strip().startswith("@@") for line in block.lines)
    return Replacement(Span(start, start), f"{'' if has_lists else chr(10)}  @@index([{name}])\n")


def _names(listed: str) -> list[str]:
    return [match[0] for item in listed.split(",") if (match := re.match(r"\w+", item.strip()))]


LANGUAGE = Language("prisma", "//", suffixes=(".prisma",), facts=facts)
