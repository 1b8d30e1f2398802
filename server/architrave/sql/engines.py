"""Which database a text of SQL is written for."""

from __future__ import annotations

import re

from architrave.regexes import regex

_POSTGRESQL = regex(
    r"\b(?:concurrently|(?:big|small)?serial|jsonb|timestamptz|bytea|plpgsql|tsvector|double\s+precision|not\s+valid"
    r"|validate\s+constraint|using\s+(?:gin|gist|btree|brin|hash)|create\s+extension|security\s+definer|row\s+level\s+security"
    r"|gen_random_uuid|uuid_generate_v4|pg_catalog|pg_dump|nextval|time\s+zone|text\[\]|owner\s+to|uuid\s+(?:not|null|primary|references|default|unique))\b|\$\$|::\w",
    re.IGNORECASE,
)
_MYSQL = regex(r"\b(?:engine\s*=|auto_increment|unsigned|utf8mb4|tinyint|mediumtext|longtext|unique\s+key)\b|`\w+`", re.IGNORECASE)
_COMMENT = regex(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_SQLITE = regex(r"\b(?:autoincrement|pragma\s+\w+|without\s+rowid)\b", re.IGNORECASE)


def engine(text: str) -> str:
    """Return `postgresql`, `mysql` or `sqlite` when only that engine has what the text uses, else ""."""
    text = _COMMENT.sub("", text)
    if _MYSQL.search(text):
        return "mysql"
    if _SQLITE.search(text):
        return "sqlite"
    return "postgresql" if _POSTGRESQL.search(text) else ""
