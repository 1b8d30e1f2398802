"""The schema changes that SQL text makes, statement by statement, with their places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from architrave.facts.data import MigrationOperation
from architrave.facts.values import Replacement
from architrave.sql.cursor import Cursor
from architrave.sql.lexer import Token, decoded, latin1, statements
from architrave.text import Span

_ORDER = re.compile(r"(?i)(?:\s+(?:asc|desc))?(?:\s+nulls\s+(?:first|last))?\s*$")
_CONSTRAINTS = frozenset({"constraint", "primary", "unique", "foreign", "check", "exclude", "key", "index", "fulltext", "spatial", "like"})
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
_ROWS = frozenset({"insert", "update", "delete", "truncate", "replace", "merge"})
_POSTGRESQL = re.compile(
    r"\b(?:concurrently|(?:big|small)?serial|jsonb|timestamptz|bytea|plpgsql|tsvector|double\s+precision|not\s+valid"
    r"|validate\s+constraint|using\s+(?:gin|gist|btree|brin|hash)|create\s+extension|security\s+definer|row\s+level\s+security"
    r"|gen_random_uuid|uuid_generate_v4|pg_catalog|pg_dump|nextval|time\s+zone|text\[\]|owner\s+to|uuid\s+(?:not|null|primary|references|default|unique))\b|\$\$|::\w",
    re.IGNORECASE,
)
_MYSQL = re.compile(r"\b(?:engine\s*=|auto_increment|unsigned|utf8mb4|tinyint|mediumtext|longtext|unique\s+key)\b|`\w+`", re.IGNORECASE)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_SQLITE = re.compile(r"\b(?:autoincrement|pragma\s+\w+|without\s+rowid)\b", re.IGNORECASE)


def engine(text: str) -> str:
    """Return `postgresql`, `mysql` or `sqlite` when only that engine has what the text uses, else ""."""
    text = _COMMENT.sub("", text)
    if _MYSQL.search(text):
        return "mysql"
    if _SQLITE.search(text):
        return "sqlite"
    return "postgresql" if _POSTGRESQL.search(text) else ""


def operations(text: bytes | str, at: Span | None = None) -> list[MigrationOperation]:
    """Return the schema changes of SQL text in order, one `add_…` for each column and constraint of a `create_table`.

    Spans count from the start of the text: in bytes for bytes, in characters for a string. With `at`, every operation has that span
    instead and no other place, as is right for SQL in a string of code.
    """
    source = latin1(text) if isinstance(text, bytes) else text
    found: list[MigrationOperation] = []
    for tokens in statements(source):
        found.extend(_Reader(tokens, source).operations())
    if at is None:
        return found
    return [replace(item, span=at, statement_span=None, fix=()) for item in found]


class _Reader:
    """Reads one statement."""

    def __init__(self, tokens: list[Token], source: str) -> None:
        self.cursor = Cursor(tokens)
        self.source = source
        self.statement = Span(tokens[0].start, tokens[-1].end)

    def operations(self) -> Iterator[MigrationOperation]:
        cursor = self.cursor
        first = cursor.skip()
        if first.kind != "word":
            return
        if first.text == "create":
            yield from self.create()
        elif first.text == "alter" and cursor.take("table"):
            yield from self.alter_table()
        elif first.text == "alter" and cursor.take("index"):
            yield self.made("other", "")
        elif first.text == "drop":
            yield from self.drop()
        elif first.text == "rename" and cursor.take("table"):
            table = cursor.name()
            cursor.take("to")
            yield self.made("rename_table", table, to=cursor.name())
        elif first.text in _ROWS:
            while cursor.token.text in ("into", "from", "only", "table", "ignore", "or"):
                cursor.skip()
            yield self.made("rows", cursor.name(), definition=first.text)
        elif first.text == "do" or first.text == "with":
            yield self.made("rows" if first.text == "with" else "other", "")
        elif first.text not in ("begin", "commit", "start", "set", "end", "select", "comment", "use"):
            yield self.made("other", "")

    def made(self, kind: Any, table: str, span: Span | None = None, **values: Any) -> MigrationOperation:
        return MigrationOperation(span or self.statement, kind, table, statement_span=self.statement, **values)

    def span(self, start: int, end: int | None = None) -> Span:
        """The span of the tokens from index `start` up to `end`, or up to what was read last."""
        tokens = self.cursor.tokens
        last = max(start, (self.cursor.at if end is None else end) - 1)
        return Span(tokens[start].start, tokens[min(last, len(tokens) - 1)].end)

    # CREATE and DROP

    def create(self) -> Iterator[MigrationOperation]:
        cursor = self.cursor
        if cursor.take("or"):
            cursor.skip()
        for word in ("global", "local", "temporary", "temp", "unlogged", "external", "foreign"):
            cursor.take(word)
        if cursor.take("table"):
            yield from self.create_table()
            return
        is_unique = cursor.take("unique")
        for word in ("fulltext", "spatial", "clustered", "nonclustered"):
            cursor.take(word)
        if cursor.take("index"):
            yield from self.create_index(is_unique)
        elif cursor.token.text in ("view", "materialized", "function", "trigger", "procedure", "type", "extension", "schema"):
            yield self.made("other", "", definition=cursor.token.text)
        else:
            yield self.made("other", "")

    def create_table(self) -> Iterator[MigrationOperation]:
        cursor = self.cursor
        if_exists = cursor.take("if", "not", "exists")
        table = cursor.name()
        if not table:
            return
        yield self.made("create_table", table, self.span(0), if_exists=if_exists)
        if cursor.take("partition", "of"):
            return
        body = cursor.group()
        if body is None:
            return
        for part in body.parts():
            if part.token.kind == "word" and part.token.text in _CONSTRAINTS and not self.is_column(part):
                yield from self.constraint(part, table)
            else:
                yield from self.column(part, table)

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
        if part.take("constraint") and (part.token.text not in _CONSTRAINTS or part.ahead().kind in ("word", "quoted")):
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

    def create_index(self, is_unique: bool) -> Iterator[MigrationOperation]:
        cursor = self.cursor
        after_word = Span(cursor.last.end, cursor.last.end)
        is_concurrent = cursor.take("concurrently")
        if_exists = cursor.take("if", "not", "exists")
        name = "" if cursor.sees("on") else cursor.name()
        cursor.take("using") and cursor.skip()
        if not cursor.take("on"):
            return
        cursor.take("only")
        table = cursor.name()
        cursor.take("using") and cursor.skip()
        columns = self.named_columns(cursor)
        is_partial = any(token.kind == "word" and token.text == "where" for token in cursor.tokens[cursor.at :])
        yield self.made(
            "add_index",
            table,
            name=name,
            columns=columns,
            is_unique=is_unique,
            is_partial=is_partial,
            is_concurrent=is_concurrent,
            if_exists=if_exists,
            fix=() if is_concurrent or after_word is None else (Replacement(after_word, " CONCURRENTLY"),),
        )

    def drop(self) -> Iterator[MigrationOperation]:
        cursor = self.cursor
        if cursor.take("table"):
            if_exists = cursor.take("if", "exists")
            while name := cursor.name():
                yield self.made("drop_table", name, if_exists=if_exists)
                if not cursor.take(","):
                    break
        elif cursor.take("index"):
            after_word = Span(cursor.last.end, cursor.last.end)
            is_concurrent = cursor.take("concurrently")
            if_exists = cursor.take("if", "exists")
            names = []
            while name := cursor.name():
                names.append(name)
                if not cursor.take(","):
                    break
            table = cursor.name() if cursor.take("on") else ""
            for name in names:
                yield self.made(
                    "drop_index",
                    table,
                    name=name,
                    is_concurrent=is_concurrent,
                    if_exists=if_exists,
                    fix=() if is_concurrent or table or len(names) > 1 else (Replacement(after_word, " CONCURRENTLY"),),
                )
        else:
            yield self.made("other", "")

    # ALTER TABLE

    def alter_table(self) -> Iterator[MigrationOperation]:
        cursor = self.cursor
        cursor.take("if", "exists")
        cursor.take("only")
        table = cursor.name()
        cursor.take("*")
        if not table:
            return
        for part in cursor.parts():
            yield from self.action(part, table)

    def action(self, part: Cursor, table: str) -> Iterator[MigrationOperation]:
        """Read one action of an ALTER TABLE, such as `ADD COLUMN region text NOT NULL`."""
        if part.is_at_end:
            return
        span = Span(part.token.start, part.tokens[part.end - 1].end)
        if part.take("add"):
            yield from self.add(part, table, span)
        elif part.take("drop"):
            yield from self.drop_part(part, table, span)
        elif part.take("alter"):
            yield from self.alter_column(part, table, span)
        elif part.take("modify"):
            part.take("column")
            yield from self.modified(part, table, span)
        elif part.take("change"):
            part.take("column")
            old = part.name()
            new = part.ahead(0)
            if old != decoded(new.text):
                yield self.made("rename_column", table, span, column=old, to=decoded(new.text))
            yield from self.modified(part, table, span)
        elif part.take("rename"):
            if part.take("to") or part.take("as"):
                yield self.made("rename_table", table, span, to=part.name())
            elif part.token.text in ("constraint", "index", "key"):
                yield self.made("other", table, span)
            else:
                part.take("column")
                column = part.name()
                part.take("to")
                yield self.made("rename_column", table, span, column=column, to=part.name())
        elif part.take("validate", "constraint"):
            yield self.made("validate_constraint", table, span, name=part.name())
        else:
            yield self.made("other", table, span)

    def add(self, part: Cursor, table: str, span: Span) -> Iterator[MigrationOperation]:
        is_column = part.take("column")
        if_exists = part.take("if", "not", "exists")
        if not is_column and part.token.kind == "word" and part.token.text in _CONSTRAINTS and not self.is_column(part):
            yield from self.constraint(part, table, span)
        elif not is_column and part.token.text in ("partition", "generated"):
            yield self.made("other", table, span)
        elif part.sees("("):  # MySQL: ADD (a int, b int)
            inside = part.group()
            for column in inside.parts() if inside is not None else ():
                yield from self.column(column, table)
        else:
            yield from self.column(part, table, span, if_exists)

    def drop_part(self, part: Cursor, table: str, span: Span) -> Iterator[MigrationOperation]:
        if part.take("constraint") or part.take("foreign", "key") or part.take("check"):
            if_exists = part.take("if", "exists")
            yield self.made("drop_constraint", table, span, name=part.name(), if_exists=if_exists)
        elif part.take("primary", "key"):
            yield self.made("drop_constraint", table, span, name="PRIMARY")
        elif part.token.text in ("index", "key") and part.ahead().kind in ("word", "quoted"):
            part.skip()
            yield self.made("drop_index", table, span, name=part.name())
        elif part.token.text == "partition":
            yield self.made("other", table, span)
        else:
            part.take("column")
            if_exists = part.take("if", "exists")
            column = part.name()
            if column:
                yield self.made("drop_column", table, span, column=column, columns=(column,), if_exists=if_exists)

    def alter_column(self, part: Cursor, table: str, span: Span) -> Iterator[MigrationOperation]:
        if part.token.text in ("index", "constraint", "check"):
            yield self.made("other", table, span)
            return
        part.take("column")
        column = part.name()
        if part.take("set", "not", "null"):
            yield self.made("set_not_null", table, span, column=column, columns=(column,), is_nullable=False)
        elif part.take("drop", "not", "null"):
            yield self.made("drop_not_null", table, span, column=column, columns=(column,))
        elif part.take("set", "default"):
            is_constant, _ = self.default(part)
            yield self.made("set_default", table, span, column=column, columns=(column,), has_default=True, default_is_constant=is_constant)
        elif part.take("drop", "default"):
            yield self.made("set_default", table, span, column=column, columns=(column,))
        elif part.take("type") or part.take("set", "data", "type"):
            yield self.made("alter_type", table, span, column=column, columns=(column,), definition=self.type(part))
        else:
            yield self.made("other", table, span, column=column)

    def modified(self, part: Cursor, table: str, span: Span) -> Iterator[MigrationOperation]:
        """MySQL's MODIFY and CHANGE give the whole definition again."""
        for item in self.column(part, table, span):
            if item.kind != "add_column":
                yield item
                continue
            yield replace(item, kind="alter_type")
            yield replace(item, kind="drop_not_null" if item.is_nullable else "set_not_null")
