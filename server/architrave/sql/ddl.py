"""The schema changes that SQL text makes, statement by statement, with their places."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from architrave.facts.data import MigrationOperation
from architrave.facts.values import Replacement
from architrave.sql.cursor import Cursor
from architrave.sql.definitions import CONSTRAINTS, Definitions
from architrave.sql.lexer import decoded, latin1, statements
from architrave.text import Span

_ROWS = frozenset({"insert", "update", "delete", "truncate", "replace", "merge"})


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


class _Reader(Definitions):
    """Reads one statement."""

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

    # CREATE and DROP

    def create(self) -> Iterator[MigrationOperation]:
        cursor = self.cursor
        if cursor.take("or"):
            cursor.skip()
        for word in ("global", "local"):
            cursor.take(word)
        is_temporary = cursor.take("temporary") or cursor.take("temp")
        for word in ("unlogged", "external", "foreign"):
            cursor.take(word)
        if is_temporary and cursor.sees("table"):
            yield self.made("other", "", definition="temporary")  # Gone with its session: no part of the schema.
        elif cursor.take("table"):
            yield from self.create_table()
        else:
            yield from self.create_other()

    def create_other(self) -> Iterator[MigrationOperation]:
        cursor = self.cursor
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
            if part.token.kind == "word" and part.token.text in CONSTRAINTS and not self.is_column(part):
                yield from self.constraint(part, table)
            else:
                yield from self.column(part, table)

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
        if not is_column and part.token.kind == "word" and part.token.text in CONSTRAINTS and not self.is_column(part):
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
