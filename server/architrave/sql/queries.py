"""What one SQL statement in a string reads and writes."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from architrave.regexes import regex
from architrave.sql.cursor import Cursor
from architrave.sql.lexer import Token, decoded, statements

StatementKind = Literal["select", "insert", "update", "delete", "other"]

_FIRST = regex(
    r"\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*|\(\s*)*(select|insert|update|delete|with|replace|merge|truncate|call|lock|create|alter|drop)\b",
    re.IGNORECASE | re.DOTALL,
)
_DEPTH = 20  # Deeper subqueries say nothing more.
# What may not be the name of a column or the alias of a table.
_KEYWORDS = frozenset(
    """all and any array as asc between by case cast check collate conflict constraint cross current_date current_time
    current_timestamp current_user default delete desc distinct do else end escape except exists false fetch filter first following
    for from full group having ilike in inner insert intersect interval into is isnull join lateral last left like limit locked natural
    next no not nothing notnull nowait null nulls of offset on only or order outer over overlaps partition preceding range recursive
    regexp returning right rlike row rows select set share similar skip some straight_join tablesample then ties to true unbounded union
    unique update using values when where window with within""".split()  # noqa: SIM905
)
_JOINS = frozenset({"join", "inner", "left", "right", "full", "cross", "natural", "straight_join", "outer", "lateral"})
_CLAUSES = frozenset(
    {"from", "where", "group", "having", "window", "order", "limit", "offset", "fetch", "for", "union", "intersect", "except", "returning"}
)
_SEARCHES = frozenset({"=", "<", ">", "<=", ">=", "in", "between"})
_BEFORE_STAR = frozenset({"select", ",", ".", "distinct", "all", "returning"})
_AGGREGATES = frozenset({"count", "sum", "avg", "min", "max", "exists", "bool_or", "bool_and", "array_agg", "json_agg", "jsonb_agg"})


class Statement(NamedTuple):
    """A statement. Columns are bare when it names one table, else `table.column` wherever the table is known.

    `columns` are read, `written` set or inserted, `filters` take part in WHERE, HAVING or ON, `sorts` in ORDER BY. `is_many` is False
    where at most one row can come back: an aggregate without GROUP BY, LIMIT 1. `verb` is the first word. `searched` are the filters that
    are compared as they are, with one value or a range of them.
    """

    kind: StatementKind
    tables: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    sorts: tuple[str, ...] = ()
    has_limit: bool = False
    is_many: bool = True
    verb: str = ""
    searched: tuple[str, ...] = ()


def query(text: str) -> Statement | None:
    """Return what a text of SQL does, by its first statement that reads or writes rows; None for what is no SQL.

    Placeholders and holes (`{}`) may stand anywhere; a table named by a hole is left out.
    """
    if _FIRST.match(text) is None:
        return None
    first: Statement | None = None
    for tokens in statements(text):
        found = _Reader(tokens).statement()
        if found is not None and found.kind != "other":
            return found
        first = first or found
    return first


class _Reader:
    """Collects what a statement touches, as (table or alias, name), each select with its own aliases."""

    def __init__(self, tokens: list[Token], depth: int = 0) -> None:
        self.tokens = tokens
        self.depth = depth
        self.tables: list[str] = []
        self.columns: list[tuple[str, str]] = []
        self.written: list[tuple[str, str]] = []
        self.filters: list[tuple[str, str]] = []
        self.sorts: list[tuple[str, str]] = []
        self.searched: list[tuple[str, str]] = []
        self.common: set[str] = set()  # Names of WITH.
        self.has_limit = False
        self.is_many = True
        self.scopes: list[dict[str, str]] = []

    def statement(self) -> Statement | None:
        cursor = Cursor(self.tokens)
        while cursor.sees("("):
            cursor.skip()
        if cursor.take("with"):
            cursor.take("recursive")
            while (name := cursor.name()) and not cursor.is_at_end:
                self.common.add(name)
                cursor.group() if cursor.sees("(") else None
                if not cursor.take("as"):
                    return None
                cursor.take("not")
                cursor.take("materialized")
                inside = cursor.group()
                if inside is not None:
                    self.nested(inside)
                if not cursor.take(","):
                    break
        return self.main(cursor)

    def main(self, cursor: Cursor) -> Statement | None:
        verb = cursor.token.text
        kind: StatementKind = "other"
        if verb == "select":
            if not self.select(cursor):
                return None
            kind = "select"
        elif verb in ("insert", "replace"):
            if not self.insert(cursor):
                return None
            kind = "insert"
        elif verb == "update":
            if not self.update(cursor):
                return None
            kind = "update"
        elif verb == "delete":
            if not self.delete(cursor):
                return None
            kind = "delete"
        elif verb == "merge":
            kind = "update"
            cursor.skip()
            cursor.take("into")
            self.table(cursor, {})
        elif verb == "truncate":
            kind = "delete"
            cursor.skip()
            cursor.take("table")
            cursor.take("only")
            self.table(cursor, {})
        tables = tuple(dict.fromkeys(self.tables))
        is_single = len(tables) == 1

        def named(found: list[tuple[str, str]]) -> tuple[str, ...]:
            return tuple(dict.fromkeys(name if is_single or not table or name == "*" else f"{table}.{name}" for table, name in found))

        return Statement(
            kind,
            tables,
            named(self.columns),
            named(self.written),
            named(self.filters),
            named(self.sorts),
            self.has_limit,
            self.is_many,
            verb,
            named(self.searched),
        )

    def nested(self, cursor: Cursor) -> None:
        """Read a statement in parentheses for its tables and columns; its LIMIT does not bound the whole."""
        if self.depth >= _DEPTH:
            return
        self.depth += 1
        limit, many = self.has_limit, self.is_many
        while cursor.sees("("):
            cursor.skip()
        if cursor.sees("select"):
            self.select(cursor)
        elif cursor.sees("insert"):
            self.insert(cursor)
        elif cursor.sees("update"):
            self.update(cursor)
        elif cursor.sees("delete"):
            self.delete(cursor)
        self.has_limit, self.is_many = limit, many
        self.depth -= 1

    def select(self, cursor: Cursor) -> bool:
        """Read `SELECT … FROM …` and what a UNION adds."""
        cursor.skip()
        cursor.take("distinct") or cursor.take("all")
        if cursor.sees("on"):
            cursor.skip()
            cursor.group()
        if cursor.take("top"):
            self.has_limit = True
            cursor.skip()
        listed = self.clause(cursor)
        is_aggregate = _is_aggregate(listed)
        aliases: dict[str, str] = {}
        self.scopes.append(aliases)
        has_from = cursor.take("from")
        if has_from:
            self.sources(cursor, aliases)
        elif not _is_expression(listed):
            self.scopes.pop()
            return False
        self.expressions(listed, aliases, self.columns, is_list=True)
        is_grouped = self.rest(cursor, aliases)
        if not is_grouped and is_aggregate:
            self.is_many = False
        self.scopes.pop()
        if cursor.take("union") or cursor.take("intersect") or cursor.take("except"):
            cursor.take("all") or cursor.take("distinct")
            while cursor.sees("("):
                cursor.skip()
            if cursor.sees("select") and self.depth < _DEPTH:
                self.depth += 1
                self.select(cursor)
                self.depth -= 1
            self.is_many = True
        return True

    def rest(self, cursor: Cursor, aliases: dict[str, str]) -> bool:
        """Read the clauses after the tables; return whether rows are grouped."""
        is_grouped = False
        while not cursor.is_at_end:
            if cursor.take("where") or cursor.take("having"):
                self.expressions(self.clause(cursor), aliases, self.filters)
            elif cursor.take("group", "by"):
                is_grouped = True
                self.expressions(self.clause(cursor), aliases, self.columns)
            elif cursor.take("order", "by"):
                self.expressions(self.clause(cursor), aliases, self.sorts)
            elif cursor.take("limit") or cursor.take("fetch"):
                self.has_limit = True
                if cursor.token.text in ("first", "next"):
                    cursor.skip()
                if cursor.token.text == "1" and cursor.ahead().text != ",":
                    self.is_many = False
                self.clause(cursor)
            elif cursor.take("returning"):
                self.expressions(self.clause(cursor), aliases, self.columns, is_list=True)
            elif cursor.sees("union") or cursor.sees("intersect") or cursor.sees("except"):
                break
            else:
                cursor.skip()
                self.clause(cursor)
        return is_grouped

    def sources(self, cursor: Cursor, aliases: dict[str, str]) -> None:
        """Read the tables of FROM, and of UPDATE and DELETE, with their joins."""
        while not cursor.is_at_end:
            while cursor.sees_any(_JOINS) or cursor.sees("only") or cursor.sees(","):
                cursor.skip()
            if cursor.sees("on"):
                cursor.skip()
                self.expressions(self.clause(cursor, _JOINS), aliases, self.filters)
                continue
            if cursor.take("using"):
                columns = cursor.group()
                if columns is not None:
                    self.expressions(columns, aliases, self.filters)
                continue
            before = cursor.at
            if not self.table(cursor, aliases):
                return
            if cursor.at == before:
                return

    def table(self, cursor: Cursor, aliases: dict[str, str]) -> bool:
        """Read one table, subquery or function with its alias; return whether there was one."""
        name = ""
        if cursor.sees("("):
            inside = cursor.group()
            if inside is not None:
                if inside.sees("select") or inside.sees("("):
                    self.nested(inside)
                elif inside.sees("with"):
                    self.statement_inside(inside)
                elif not inside.sees("values") and self.depth < _DEPTH:
                    self.depth += 1
                    self.sources(inside, aliases)
                    self.depth -= 1
        elif cursor.token.kind in ("hole", "parameter"):
            cursor.skip()
            if cursor.take("."):
                cursor.skip()
        elif _is_alias(cursor.token):
            name = cursor.name()
            if cursor.take("."):  # `schema.{}`
                cursor.skip()
                name = ""
            if cursor.sees("("):  # A function that returns rows.
                inside = cursor.group()
                if inside is not None:
                    self.expressions(inside, aliases, self.columns)
                name = ""
        else:
            return False
        if name and name not in self.common:
            self.tables.append(name)
            aliases[name.rpartition(".")[2]] = name
        cursor.take("as")
        if _is_alias(cursor.token):
            alias = decoded(cursor.skip().text)
            aliases[alias] = name if name not in self.common else ""
            if cursor.sees("("):
                cursor.group()
        elif not name:
            aliases[""] = ""
        return True

    def statement_inside(self, cursor: Cursor) -> None:
        """Read a WITH in parentheses."""
        if self.depth >= _DEPTH:
            return
        inner = _Reader(list(cursor.tokens[cursor.at : cursor.end]), self.depth + 1)
        inner.common |= self.common
        inner.statement()
        for mine, theirs in (
            (self.columns, inner.columns),
            (self.written, inner.written),
            (self.filters, inner.filters),
            (self.sorts, inner.sorts),
            (self.searched, inner.searched),
        ):
            mine.extend(theirs)
        self.tables.extend(inner.tables)

    def insert(self, cursor: Cursor) -> bool:
        cursor.skip()
        for word in ("or", "replace", "ignore", "abort", "low_priority", "delayed", "high_priority"):
            cursor.take(word)
        if not cursor.take("into"):
            return False
        aliases: dict[str, str] = {}
        at = cursor.at
        name = "" if cursor.token.kind == "hole" else cursor.name()
        if name:
            self.tables.append(name)
            aliases[name] = aliases["excluded"] = name
        else:
            cursor.at = at + 1  # A hole.
        if cursor.take("as"):
            aliases[cursor.name()] = name
        columns = None
        if cursor.sees("(") and cursor.ahead().text not in ("select", "with"):
            columns = cursor.group()
        for part in columns.parts() if columns is not None else ():
            column = part.name()
            if column:
                self.written.append((name, column))
        self.scopes.append(aliases)
        if cursor.take("set"):
            self.assignments(cursor, aliases)
        while not cursor.is_at_end:
            if cursor.sees("select"):
                self.select(cursor)
            elif cursor.take("with"):
                cursor.name()
            elif cursor.take("returning"):
                self.expressions(self.clause(cursor), aliases, self.columns, is_list=True)
            elif cursor.take("update", "set"):
                self.assignments(cursor, aliases)
            elif cursor.sees("(") and cursor.ahead().text == "select":
                inside = cursor.group()
                if inside is not None:
                    self.nested(inside)
            else:
                cursor.skip()
        self.scopes.pop()
        self.is_many = False
        return True

    def update(self, cursor: Cursor) -> bool:
        cursor.skip()
        cursor.take("only")
        for word in ("or", "replace", "ignore", "rollback", "abort", "fail", "low_priority"):
            cursor.take(word)
        aliases: dict[str, str] = {}
        self.scopes.append(aliases)
        self.sources(cursor, aliases)
        if not cursor.take("set"):
            self.scopes.pop()
            return False
        self.assignments(cursor, aliases)
        if cursor.take("from"):
            self.sources(cursor, aliases)
        self.rest(cursor, aliases)
        self.scopes.pop()
        return True

    def delete(self, cursor: Cursor) -> bool:
        cursor.skip()
        while not cursor.is_at_end and not cursor.sees("from"):  # MySQL: DELETE o FROM orders o
            cursor.skip()
        if not cursor.take("from"):
            return False
        aliases: dict[str, str] = {}
        self.scopes.append(aliases)
        self.sources(cursor, aliases)
        self.rest(cursor, aliases)
        self.scopes.pop()
        return True

    def assignments(self, cursor: Cursor, aliases: dict[str, str]) -> None:
        """Read `a = x, b = y` of SET: names on the left are written, names on the right read."""
        own = next(iter(aliases.values()), "")
        for part in self.clause(cursor).parts():
            if part.sees("("):
                inside = part.group()
                for item in inside.parts() if inside is not None else ():
                    self.written.append((own, item.name().rpartition(".")[2]))
            else:
                qualifier, _, column = part.name().rpartition(".")
                if column:
                    self.written.append((aliases.get(qualifier, own), column))
            part.take("=")
            self.expressions(part, aliases, self.columns)

    def clause(self, cursor: Cursor, ends: frozenset[str] = frozenset()) -> Cursor:
        """Read up to the next clause outside parentheses; return what lies before it."""
        start = cursor.at
        while not cursor.is_at_end:
            token = cursor.token
            if token.kind == "mark" and token.text == "(":
                cursor.group()
                continue
            if token.kind == "mark" and token.text == ")":
                break
            is_end = token.kind == "word" and (token.text in _CLAUSES or token.text in ends)
            is_other = cursor.last.text == "distinct" if token.text == "from" else token.text in ends and cursor.ahead().text == "("
            if is_end and not is_other:  # IS DISTINCT FROM x, left(x, 1)
                break
            cursor.skip()
        return Cursor(cursor.tokens, start, cursor.at)

    def expressions(self, cursor: Cursor, aliases: dict[str, str], into: list[tuple[str, str]], is_list: bool = False) -> None:
        """Read the columns named in expressions, and the tables of subqueries in them."""
        while not cursor.is_at_end:
            token = cursor.token
            if token.kind == "mark":
                if token.text == "(" and cursor.ahead().text in ("select", "with"):
                    inside = cursor.group()
                    if inside is not None:
                        self.nested(inside)
                    continue
                if token.text == "::":
                    cursor.skip()
                    cursor.name()
                    continue
                if token.text == ")" and is_list and _is_alias(cursor.ahead()):
                    cursor.skip()
                if (
                    token.text == "*"
                    and is_list
                    and (cursor.at == 0 or cursor.last.text in ("select", ",", ".", "distinct", "all", "returning"))
                ):
                    into.append(("", "*"))
                cursor.skip()
            elif token.kind == "word" and token.text in _KEYWORDS:
                cursor.skip()
                if token.text == "as":
                    cursor.name()
                    if cursor.sees("("):
                        cursor.group()
                elif token.text in ("collate", "over") and not cursor.sees("("):
                    cursor.name()
            elif token.kind in ("word", "quoted"):
                name = cursor.name()
                if cursor.sees(".", "*"):
                    cursor.at += 2
                    into.append((self.owner(name, aliases), "*"))
                elif cursor.sees("("):
                    if name == "extract" and cursor.ahead(2).text == "from":
                        cursor.at += 3
                elif cursor.token.kind == "string":  # date '2020-01-01'
                    pass
                else:
                    into.append(self.column(name, aliases))
                    if into is self.filters and cursor.token.text in _SEARCHES:
                        self.searched.append(into[-1])
                    if is_list and _is_alias(cursor.token):  # Without AS.
                        cursor.skip()
            else:
                cursor.skip()

    def owner(self, qualifier: str, aliases: dict[str, str]) -> str:
        if qualifier in aliases:
            return aliases[qualifier]
        for scope in reversed(self.scopes):
            if qualifier in scope:
                return scope[qualifier]
        return ""

    def column(self, name: str, aliases: dict[str, str]) -> tuple[str, str]:
        qualifier, _, column = name.rpartition(".")
        if qualifier:
            return self.owner(qualifier.rpartition(".")[2], aliases), column
        tables = set(aliases.values())
        return (tables.pop() if len(tables) == 1 else ""), column


def _is_alias(token: Token) -> bool:
    return token.kind == "quoted" or (token.kind == "word" and token.text not in _KEYWORDS)


def _is_expression(cursor: Cursor) -> bool:
    """Whether the list of a SELECT without FROM may be SQL at all: `SELECT 1`, `SELECT now()`, but not "Select a plan"."""
    token = cursor.token
    return token.kind in ("number", "string", "parameter") or cursor.ahead().text == "(" or cursor.end - cursor.at == 1


def _is_aggregate(cursor: Cursor) -> bool:
    """Whether every item of a SELECT is an aggregate, so that one row comes back."""
    items = cursor.parts()
    return bool(items) and all(part.token.text in _AGGREGATES and part.ahead().text == "(" and not _has_over(part) for part in items)


def _has_over(cursor: Cursor) -> bool:
    return any(token.text == "over" for token in cursor.tokens[cursor.at : cursor.end])
