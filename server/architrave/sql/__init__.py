"""SQL text to facts, for SQL files and for SQL strings inside code.

`query` says what one statement in a string reads and writes; `operations` gives the schema changes of a migration or schema file;
`engine` guesses which database a text is written for. All accept any input: placeholders of every driver (`%s`, `%(x)s`, `:x`, `?`,
`$1`, `@p`, `#{x}`), holes written `{}`, half-typed and broken statements. One statement that is not understood never costs another.

It is a lexer and a recogniser of its own rather than a parser of a dialect: a parser (sqlglot 30) took three times as long, gives no
place for a constraint or a keyword, fails on `NOT VALID` or `%(x)s` by dialect, and costs 100 ms at start.
"""

from __future__ import annotations

from architrave.sql.ddl import operations
from architrave.sql.engines import engine
from architrave.sql.lexer import Token, statements
from architrave.sql.places import expects_value, takes_input
from architrave.sql.queries import Statement, query

__all__ = ["Statement", "Token", "engine", "expects_value", "operations", "query", "statements", "takes_input"]
