"""SeaORM: entities, queries, transactions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from architrave.facts import Fact
from architrave.facts.code import Call, Definition
from architrave.facts.data import Column, Query, Table, Transaction
from architrave.facts.values import Invocation, Name, text, walk
from architrave.framework import File, Framework
from architrave.rust.queries import is_over_rows, links_of, loop_of, result_of
from architrave.rust.routers import chain_at
from architrave.rust.values import head, inner, struct_fields

framework = Framework("sea-orm", languages=("rust",), modules=("sea_orm",))

Kind = Literal["select", "insert", "update", "delete"]
_STARTS: dict[str, Kind] = {
    "find": "select",
    "find_by_id": "select",
    "find_related": "select",
    "find_with_related": "select",
    "insert": "insert",
    "insert_many": "insert",
    "update": "update",
    "update_many": "update",
    "delete": "delete",
    "delete_many": "delete",
    "delete_by_id": "delete",
}
_EXECUTES: dict[str, bool] = {
    "all": True,
    "one": False,
    "count": False,
    "exec": False,
    "exec_with_returning": False,
    "stream": True,
    "paginate": True,
}


@framework.every(Definition)
def entity(definition: Definition, file: File) -> Iterator[Fact]:
    """`#[derive(DeriveEntityModel)] #[sea_orm(table_name = "orders")] pub struct Model`."""
    given = [item for decorator in definition.decorators if decorator.name.endswith("sea_orm") for item in decorator.arguments]
    name = next((text(item.value) for item in given if item.name == "table_name"), None)
    if not name or definition.kind != "struct":
        return
    model = f"{definition.name.rpartition('.')[0]}.Entity".lstrip(".")
    yield Table(definition.name_span, name, "model", model, "sea-orm")
    for member in struct_fields(definition.name, file):
        options = [item for decorator in member.decorators if decorator.name.endswith("sea_orm") for item in decorator.arguments]
        flags = {item.value.written for item in options if isinstance(item.value, Name) and not item.name}
        if "ignore" in flags:
            continue
        column = next((text(item.value) for item in options if item.name == "column_name"), None) or member.name.removeprefix("r#")
        is_optional = head(member.type) == "Option"
        yield Column(
            member.span, name, column, "model", inner(member.type) if is_optional else member.type, is_optional,
            any(item.name in ("default_value", "default_expr") for item in options), "primary_key" in flags, "unique" in flags,
            "indexed" in flags, member.name,
        )  # fmt: skip


@framework.call(*(f"*.{name}" for name in _EXECUTES))
def query(call: Call, file: File) -> Iterator[Fact]:
    chain = chain_at(call.span, file)
    if chain is None or not call.arguments:
        return
    owner, _, verb = chain.first.callee.rpartition(".")
    kind = _STARTS.get(verb)
    if kind is None or (owner.rpartition(".")[2] not in ("Entity",) and not owner.rpartition(".")[2][:1].isupper()):
        return
    links = [link for link in chain.calls if link.span.end <= call.span.end]
    methods = {link.callee.rpartition(".")[2] for link in links}
    arguments = [item for link in links if link is not call for item in link.arguments]
    loop, keyed = loop_of(call, file, arguments)
    is_many = _EXECUTES[call.callee.rpartition(".")[2]] and verb != "find_by_id"
    yield Query(
        chain.first.span.until(chain.first.name_span), call.function, kind, "sea-orm", (), owner, ("*",) if kind == "select" else (), (),
        tuple(dict.fromkeys(_columns(links, "filter"))), tuple(dict.fromkeys(_columns(links, "order_by"))),
        bool(methods & {"limit", "paginate"}) or not is_many, is_many, loop, keyed, result_of(call, file),
        is_awaited=call.is_awaited, is_over_rows=is_over_rows(loop, call, file),
    )  # fmt: skip


def _columns(links: list[Call], method: str) -> Iterator[str]:
    """Yield the columns of `users::Column::Email.eq(email)` as the database has them: `email`."""
    for link in links:
        if not link.callee.rpartition(".")[2].startswith(method):
            continue
        for argument in link.arguments:
            for part in walk(argument.value):
                name = part.callee if isinstance(part, Invocation) else part.name if isinstance(part, Name) else ""
                _, found, rest = f".{name}".partition(".Column.")
                if found:
                    yield _snake(rest.partition(".")[0].removesuffix("()"))


def _snake(name: str) -> str:
    return "".join(f"_{sign.lower()}" if sign.isupper() and index else sign.lower() for index, sign in enumerate(name))


@framework.call("*.begin")
def transaction(call: Call, file: File) -> Iterator[Fact]:
    name = result_of(call, file)
    end = next((link for link in links_of(call, file) if name and link.written == f"{name}.commit"), None)
    if end is not None and not call.arguments:
        yield Transaction(call.span.until(end.span), call.function, "sea-orm")
