"""Tables whose rows lie on several servers: Citus in migrations that are code, `sh.shardCollection` of MongoDB, Vitess."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.code import Call, Document
from architrave.facts.data import ShardKey
from architrave.facts.values import Mapping, Sequence, String, Value, text
from architrave.framework import File, Framework
from architrave.sql.shards import DISTRIBUTED

code = Framework("citus", languages=("python", "javascript", "typescript", "go", "java", "rust"))
mongodb = Framework("mongodb-shards", languages=("javascript", "typescript"))
vitess = Framework("vitess", languages=("json",))
FRAMEWORKS = (code, mongodb, vitess)


@code.call("*.execute", "*.raw", "*.query", "*.Exec", "*.Execute", "*.RunSQL", "*.create_distributed_table")
def statement(call: Call, file: File) -> Iterator[Fact]:
    """`op.execute("SELECT create_distributed_table('orders', 'customer_id')")`."""
    for argument in call.arguments:
        written = text(argument.value)
        if written is not None and "create_distributed_table" in written:
            for match in DISTRIBUTED.finditer(written):
                yield ShardKey(argument.value.span, match[1], (match[2],), "citus")


@mongodb.call("sh.shardCollection")
def collection(call: Call, file: File) -> Iterator[Fact]:
    """`sh.shardCollection("shop.orders", { customer_id: 1 })`."""
    name = text(call.arguments[0].value) if call.arguments else None
    key = call.arguments[1].value if len(call.arguments) > 1 else None
    if name and isinstance(key, Mapping):
        yield ShardKey(call.span, name.partition(".")[2] or name, tuple(entry.key for entry in key.entries), "mongodb")


@vitess.every(Document)
def schema(document: Document, file: File) -> Iterator[Fact]:
    """A VSchema: `{"sharded": true, "tables": {"orders": {"column_vindexes": [{"column": "customer_id", "name": "hash"}]}}}`."""
    root = document.value
    tables = root.get("tables") if isinstance(root, Mapping) and root.get("sharded") is not None else None
    for entry in tables.entries if isinstance(tables, Mapping) else ():
        listed = entry.value.get("column_vindexes") if isinstance(entry.value, Mapping) else None
        first = listed.items[0] if isinstance(listed, Sequence) and listed.items else None  # The primary one.
        columns = tuple(_columns(first)) if isinstance(first, Mapping) else ()
        if columns:
            yield ShardKey(entry.span, entry.key, columns, "vitess")


def _columns(index: Mapping) -> Iterator[str]:
    several: Value | None = index.get("columns")
    for item in several.items if isinstance(several, Sequence) else (index.get("column"),):
        if isinstance(item, String):
            yield item.value
