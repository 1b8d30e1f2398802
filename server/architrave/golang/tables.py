"""GORM's custom for names: `StockLevel` is the table `stock_levels`, `UnitPriceCents` the column `unit_price_cents`."""

from __future__ import annotations

from architrave.facts.code import Definition, Return
from architrave.facts.values import text
from architrave.framework import File
from architrave.regexes import regex

# golint's initialisms, which GORM takes as words of their own.
_INITIALISMS = (
    "API", "ASCII", "CPU", "CSS", "DNS", "EOF", "GUID", "HTML", "HTTP", "HTTPS", "ID", "IP", "JSON", "LHS", "QPS", "RAM", "RHS", "RPC",
    "SLA", "SMTP", "SSH", "TLS", "TTL", "UID", "UI", "UUID", "URI", "URL", "UTF8", "VM", "XML", "XSRF", "XSS",
)  # fmt: skip
_INITIALISM = regex("|".join(sorted(_INITIALISMS, key=len, reverse=True)))
_WORD = regex(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_IRREGULAR = {"person": "people", "child": "children", "man": "men", "woman": "women", "mouse": "mice", "ox": "oxen", "foot": "feet"}
_SAME = frozenset({"equipment", "information", "rice", "money", "species", "series", "fish", "sheep", "police", "news", "data", "metadata"})
_ENDINGS = (
    (regex(r"(quiz)$"), r"\1zes"),
    (regex(r"(matr|vert|ind)(?:ix|ex)$"), r"\1ices"),
    (regex(r"(x|ch|ss|sh)$"), r"\1es"),
    (regex(r"([^aeiouy]|qu)y$"), r"\1ies"),
    (regex(r"(hive)$"), r"\1s"),
    (regex(r"(?:([^f])fe|([lr])f)$"), r"\1\2ves"),
    (regex(r"sis$"), "ses"),
    (regex(r"([ti])um$"), r"\1a"),
    (regex(r"(buffal|tomat|her|potat)o$"), r"\1oes"),
    (regex(r"(bus|alias|status)$"), r"\1es"),
    (regex(r"s$"), "s"),
    (regex(r"$"), "s"),
)


def column_name(attribute: str) -> str:
    """Return the column of a field: `customer_id` of `CustomerID`."""
    plain = _INITIALISM.sub(lambda match: match[0].capitalize(), attribute)
    return _WORD.sub("_", plain).lower()


def plural(word: str) -> str:
    head, _, last = word.rpartition("_")
    start = head + "_" if head else ""
    if last in _SAME:
        return word
    if last in _IRREGULAR:
        return start + _IRREGULAR[last]
    return start + next(pattern.sub(ending, last, count=1) for pattern, ending in _ENDINGS if pattern.search(last))


def table_name(model: str, file: File) -> str:
    """Return the table of a struct: what its `TableName` returns in this file, or else its name by custom."""
    name = model.rpartition(".")[2]
    method: Definition | None = file.definition(f"{name}.TableName")
    if method is not None:
        return next((found for item in file.all(Return) if item.function == method.name and (found := text(item.value))), "")
    return plural(column_name(name))
