"""Columns and constraints, as they are defined in CREATE TABLE and after ADD."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from architrave.facts.data import MigrationOperation
from architrave.facts.values import Replacement
from architrave.regexes import regex
from architrave.sql.cursor import Cursor
from architrave.sql.lexer import Token, decoded
from architrave.text import Span

_ORDER = regex(r"(?i)(?:\s+(?:asc|desc))?(?:\s+nulls\s+(?:first|last))?\s*$")
CONSTRAINTS = frozenset({"constraint", "primary", "unique", "foreign", "check", "exclude", "key", "index", "fulltext", "spatial", "like"})
# What ends the type of a column, or the expression of its default.
_AFTER_TYPE = frozenset(
    """constraint not null default primary unique references check collate generated auto_increment autoincrement identity on
    deferrable initially comment after first using stored virtual invisible visible encode storage compression as""".split()  # noqa: SIM905
)
# Functions that give one value for the whole statement: PostgreSQL 11 adds such a column without a rewrite.
_STABLE = frozenset(
    """now current_timestamp current_date current_time localtimestamp transaction_timestamp statement_timestamp timezone
    to_timestamp current_user json_build_object jsonb_build_object json_array array date datetime strftime lower upper""".split()  # noqa: SIM905
)
_AFTER_UNIQUE = frozenset({"deferrable", "not", "initially"})


class Definitions:
    """Reads the definitions in one statement."""

    def __init__(self, tokens: list[Token], source: str) -> None:
        self.cursor = Cursor(tokens)
        self.source = source
        self.statement = Span(tokens[0].start, tokens[-1].end)

    def made(self, kind: Any, table: str, span: Span | None = None, **values: Any) -> MigrationOperation:
        return MigrationOperation(span or self.statement, kind, table, statement_span=self.statement, **values)

    def span(self, start: int, end: int | None = None) -> Span:
        """The span of the tokens from index `start` up to `end`, or up to what was read last."""
        tokens = self.cursor.tokens
        last = max(start, (self.cursor.at if end is None else end) - 1)
        return Span(tokens[start].start, tokens[min(last, len(tokens) - 1)].end)

    def is_column(self, part: Cursor) -> bool:
        """Whether a part that begins with a word such as `key` or `index` is a column of that name: `key text`."""
        if part.token.text in ("key", "index") and part.ahead().kind == "word":
            return part.ahead(2).text != "(" or part.ahead().text in ("varchar", "char", "numeric", "decimal", "character", "nvarchar")
        return False

    def column(self, part: Cursor, table: str, span: Span | None = None, if_exists: bool = False) -> Iterator[MigrationOperation]:
        """Read `name type constraints…`; yield the column and what its constraints add."""
        start = part.at
        name = part.name().rpartition(".")[2]
        if not name:
            return
        name_span = Span(part.tokens[start].start, part.last.end)
        definition = self.type(part)
        is_serial = definition in ("serial", "bigserial", "smallserial", "serial4", "serial8", "serial2")
        is_nullable, has_default, is_constant, is_unique, is_primary = not is_serial, is_serial, not is_serial, False, False
        extra: list[MigrationOperation] = []
        constraint = ""
        is_valid = True
        removal: tuple[Replacement, ...] = ()
        while not part.is_at_end:
            if part.take("constraint"):
                constraint = part.name()
            elif part.sees("not", "null"):
                before = part.last.end
                part.take("not", "null")
                is_nullable = False
                removal = () if constraint else (Replacement(Span(before, part.last.end), ""),)
            elif part.take("not", "valid"):
                is_valid = False
            elif part.take("null"):
                pass
            elif part.take("default"):
                has_default = True
                is_constant, is_null = self.default(part)
                has_default = not is_null
            elif part.take("primary", "key"):
                is_primary, is_nullable = True, False
            elif part.take("unique"):
                is_unique = True
                part.take("key")
            elif part.take("references"):
                target = part.name()
                columns = part.group()
                extra.append(
                    self.made(
                        "add_foreign_key",
                        table,
                        span or name_span,
                        column=name,
                        columns=(name,),
                        name=constraint,
                        to=target,
                        to_columns=self.columns(columns) if columns is not None else (),
                    )
                )
            elif part.take("identity"):
                has_default, is_nullable = True, False
                part.group()
            elif part.take("generated") or part.take("as"):
                has_default = True
                part.group()
            elif part.take("auto_increment") or part.take("autoincrement"):
                has_default = True
            elif part.take("check"):
                part.group()
            else:
                part.skip()
        yield self.made(
            "add_column",
            table,
            span or name_span,
            column=name,
            columns=(name,),
            definition=definition,
            is_nullable=is_nullable,
            has_default=has_default,
            default_is_constant=is_constant,
            is_unique=is_unique,
            is_primary_key=is_primary,
            if_exists=if_exists,
            fix=() if has_default or is_primary else removal,
        )
        yield from (replace(item, is_valid=is_valid) for item in extra)

    def type(self, part: Cursor) -> str:
        """Read a type as far as it goes, `numeric(10,2)`, `timestamp with time zone`, `text[]`; in lower case."""
        words: list[str] = []
        while not part.is_at_end and not part.sees_any(_AFTER_TYPE):
            if part.sees("("):
                start = part.token.start
                part.group()
                if words:
                    words[-1] += re.sub(r"\s+", "", self.source[start : part.last.end])
                continue
            token = part.skip()
            if token.kind == "mark":
                if token.text in "[].%" and words:
                    words[-1] += token.text
                continue
            if words and words[-1].endswith("."):
                words[-1] += decoded(token.text)
            else:
                words.append(decoded(token.text))
        return " ".join(words).lower()

    def default(self, part: Cursor) -> tuple[bool, bool]:
        """Read the expression of a default; return whether it is the same for every row, and whether it is NULL."""
        is_constant = True
        count = 0
        is_null = part.sees("null")
        while not part.is_at_end and not (count and part.sees_any(_AFTER_TYPE)):
            token = part.skip()
            count += 1
            if token.kind == "word" and part.sees("(") and token.text not in _STABLE and part.ahead(-2).text != "::":
                is_constant = False
            if token.text == "(":
                part.at -= 1
                inside = part.group()
                while inside is not None and not inside.is_at_end:
                    word = inside.skip()
                    if word.kind == "word" and inside.sees("(") and word.text not in _STABLE:
                        is_constant = False
        return is_constant, is_null and count == 1

    def constraint(self, part: Cursor, table: str, span: Span | None = None) -> Iterator[MigrationOperation]:
        """Read a constraint of a table, as it stands in CREATE TABLE and after ADD."""
        start = part.at
        name = ""
        if part.take("constraint") and (part.token.text not in CONSTRAINTS or part.ahead().kind in ("word", "quoted")):
            name = part.name()
        kind = part.skip().text
        where = span or Span(part.tokens[start].start, part.tokens[part.end - 1].end)
        is_valid = not any(self.has(part, at, "not", "valid") for at in range(part.at, part.end))
        # NOT VALID is for what stands after ADD: in CREATE TABLE there are no rows yet.
        not_valid = (Replacement(span.after, " NOT VALID"),) if span is not None and is_valid else ()
        if kind == "primary":
            part.take("key")
            yield self.made("add_primary_key", table, where, name=name, columns=self.named_columns(part))
        elif kind == "unique":
            if part.token.text in ("key", "index"):
                part.skip()
            if part.take("using", "index"):
                yield self.made("add_unique", table, where, name=name or part.name(), is_unique=True, definition="using index")
                return
            if part.token.kind in ("word", "quoted") and part.token.text != "nulls":
                name = part.name()
            is_plain = not part.take("nulls", "not", "distinct")
            list_start = part.token.start
            columns = self.named_columns(part)
            is_plain = is_plain and bool(columns) and (part.is_at_end or part.sees_any(_AFTER_UNIQUE))
            fix = (Replacement(Span(list_start, part.last.end), "USING INDEX {index}"),) if is_plain and span is not None else ()
            yield self.made("add_unique", table, where, name=name, columns=columns, is_unique=True, fix=fix)
        elif kind == "foreign":
            part.take("key")
            if not part.sees("("):
                name = part.name() or name
            first = part.at + 1
            columns = self.named_columns(part)
            inside = Span(part.tokens[first].start, part.tokens[part.at - 2].end) if columns and part.at - 2 >= first else where
            part.take("references")
            target = part.name()
            to_columns = self.named_columns(part)
            yield self.made(
                "add_foreign_key",
                table,
                span or inside,
                name=name,
                column=columns[0] if len(columns) == 1 else "",
                columns=columns,
                to=target,
                to_columns=to_columns,
                is_valid=is_valid,
                fix=not_valid,
            )
        elif kind == "check":
            inside_check = part.group()
            text = (
                self.source[inside_check.token.start : part.last.start] if inside_check is not None and not inside_check.is_at_end else ""
            )
            match = re.fullmatch(r'\W*([\w]+)"?\s+is\s+not\s+null\W*', text.strip(), re.IGNORECASE)
            column = match[1].lower() if match else ""
            text = " ".join(text.split())
            yield self.made("add_check", table, where, name=name, column=column, definition=text, is_valid=is_valid, fix=not_valid)
        elif kind in ("key", "index", "fulltext", "spatial"):
            if part.token.text in ("key", "index"):
                part.skip()
            if not part.sees("("):
                name = part.name()
            part.take("using") and part.skip()
            yield self.made("add_index", table, where, name=name, columns=self.named_columns(part))

    def has(self, part: Cursor, at: int, *words: str) -> bool:
        return Cursor(part.tokens, at, part.end).sees(*words)

    def named_columns(self, part: Cursor) -> tuple[str, ...]:
        inside = part.group()
        return self.columns(inside) if inside is not None else ()

    def columns(self, inside: Cursor) -> tuple[str, ...]:
        """Return the columns of a list, an expression as its text without space."""
        found = []
        for part in inside.parts():
            start = part.token.start
            name = part.name()
            if not name or (part.sees("(") and part.ahead().kind != "number"):
                whole = _ORDER.sub("", self.source[start : part.tokens[part.end - 1].end])
                name = re.sub(r"\s+", "", whole) if not part.is_at_end else name
            found.append(name.rpartition(".")[2] if "(" not in name else decoded(name))
        return tuple(found)
