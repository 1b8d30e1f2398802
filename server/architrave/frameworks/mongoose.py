"""Mongoose: connections and queries of models. Collections are no tables, so schemas give none."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.code import Call
from architrave.facts.data import Database
from architrave.facts.values import Mapping, String, text
from architrave.framework import File, Framework
from architrave.node.calls import given
from architrave.node.clients import constructed, setting_of
from architrave.node.orm import Kind, asked, held_type, keys
from architrave.node.queries import following
from architrave.node.requests import page_size
from architrave.node.routers import LANGUAGES
from architrave.urls import database

framework = Framework("mongoose", languages=LANGUAGES)

_METHODS: dict[str, Kind] = {
    "find": "select", "findOne": "select", "findById": "select", "findOneAndUpdate": "update", "findByIdAndUpdate": "update",
    "findByIdAndDelete": "delete", "findOneAndDelete": "delete", "updateOne": "update", "updateMany": "update", "deleteOne": "delete",
    "deleteMany": "delete", "insertMany": "insert", "countDocuments": "select", "aggregate": "select", "create": "insert",
}  # fmt: skip
_SURE = frozenset(_METHODS) - {"find", "create", "aggregate", "findOne"}  # No array and no other library has these.


@framework.call(*(f"*.{name}" for name in _METHODS))
def query(call: Call, file: File) -> Iterator[Fact]:
    owner, _, method = call.callee.rpartition(".")
    last = owner.rpartition(".")[2]
    is_made = owner == "mongoose.model()"  # const Order = model("Order", schema)
    is_model = (
        owner.startswith("mongoose.Model") or is_made or (last[:1].isupper() and "()" not in last and (method in _SURE or _is_used(file)))
    )
    is_model = is_model or (call.receiver.endswith("Model") and call.receiver.startswith("this."))
    if not is_model or "typeorm" in owner or "sequelize" in owner:
        return
    links = list(following(call, file))
    names = {item.callee.rpartition(".")[2] for item in links}
    if {"find"} == {method} and not (links or call.is_awaited or call.arguments):
        return
    where = file.constant(given(call, 0), call.function)
    populated = [name for item in links if item.callee.endswith(".populate") and (name := text(given(item, 0)))]
    yield asked(
        call,
        file,
        "mongoose",
        _METHODS[method],
        call.receiver if is_made else held_type(call.receiver, call.function, file) if owner.endswith("Model()") else owner,
        filters=keys(where) if isinstance(where, Mapping) and method != "create" else (),
        written=keys(file.constant(given(call, 1 if _METHODS[method] == "update" else 0), call.function))
        if _METHODS[method] in ("insert", "update")
        else (),
        has_limit="limit" in names,
        is_many=method in ("find", "aggregate", "updateMany", "deleteMany", "insertMany"),
        eager=populated,
        whole=links[-1] if links else None,
    )
    for item in links:
        if item.callee.endswith(".limit") and item.arguments:
            yield from page_size(item.arguments[0].value, file, call.function)


def _is_used(file: File) -> bool:
    return file.imports("mongoose", "@nestjs/mongoose") and not file.imports("sequelize", "typeorm")


@framework.call("mongoose.connect", "mongoose.createConnection", "mongodb.MongoClient", "mongodb.MongoClient.connect")
def client(call: Call, file: File) -> Iterator[Fact]:
    first = file.constant(given(call, 0), call.function)
    library = call.callee.partition(".")[0]
    yield from constructed(call, file, library, "mongo", given(call, 0))
    known = database(first.value) if isinstance(first, String) else None
    setting = setting_of(first, file, call.function)
    if known is not None:
        yield Database(call.span, "mongodb", known[1], known[2])
    elif setting:
        yield Database(call.span, "mongodb", setting=setting)
