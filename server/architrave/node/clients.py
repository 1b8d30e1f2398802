"""Clients and pools that code constructs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from architrave import environment
from architrave.address import address
from architrave.facts.api import Client
from architrave.facts.code import Call, Field
from architrave.facts.data import Database
from architrave.facts.values import Mapping, Name, Replacement, String, Value, text
from architrave.framework import File
from architrave.urls import database

Kind = Literal["http", "database", "redis", "queue", "sdk", "mongo"]
_ADDRESSES = ("connectionString", "url", "uri", "connection", "host", "hostname")


def constructed(call: Call, file: File, library: str, kind: Kind, where: Value | None = None) -> Iterator[Client]:
    """Yield the client that a call constructs. `where` is its address or its options."""
    name = held(call, file)
    yield Client(
        call.span.until(call.name_span),
        library,
        kind,
        name,
        call.function,
        call.in_loop,
        "",
        setting_of(where, file, call.function),
        is_cached=file.is_kept(name, call.function),
        hoist=hoisted(call, file),
    )


def held(call: Call, file: File) -> str:
    """Return what holds the thing that a call makes: a variable, or a field of a class; "" when nothing does."""
    assignment = file.assigned(call)
    if assignment is not None:
        return assignment.target
    fields = file.near(Field, call.span)
    return next((item.name for item in fields if item.value is not None and item.value.span.end == call.span.end), "")


def hoisted(call: Call, file: File) -> tuple[Replacement, ...]:
    """Move the declaration `const name = call` below the imports."""
    assignment, place = file.assigned(call), file.last_import
    if assignment is None or not assignment.function or place is None or call.is_awaited:
        return ()
    if not file.is_constant(call) or file.is_set_up(assignment):
        return ()
    return Replacement(place, "\n{}", "after", assignment.span), Replacement(assignment.span, "", "whole")


def setting_of(where: Value | None, file: File, function: str) -> str:
    """Return the setting that an address or options hold."""
    value = file.constant(where, function)
    if isinstance(value, Mapping):
        value = next((file.constant(item, function) for key in _ADDRESSES if (item := value.get(key)) is not None), None)
    if isinstance(value, Mapping):
        return setting_of(value, file, function)
    if value is None:
        return ""
    key = environment.key(value)
    if key:
        return key
    found = address(value)
    return found.setting if found is not None else value.name if isinstance(value, Name) and "." in value.name else ""


def database_of(call: Call, file: File, engine: str, where: Value | None) -> Iterator[Database]:
    """Yield the database that an address or options name."""
    value = file.constant(where, call.function)
    setting = setting_of(where, file, call.function)
    host = name = ""
    if isinstance(value, Mapping):
        inner = value.get("connection")
        known = inner if isinstance(inner, Mapping) else value
        host = text(file.constant(known.get("host"), call.function)) or ""
        name = text(file.constant(known.get("database"), call.function)) or ""
        value = next((file.constant(item, call.function) for key in _ADDRESSES[:4] if (item := known.get(key)) is not None), None)
    if isinstance(value, String):
        found = database(value.value)
        if found is not None:
            engine, host, name = found
    if engine and (setting or host or name):
        yield Database(call.span, engine, host, name, setting)
