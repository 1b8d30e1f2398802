"""Rocket: attributes, mounts, answers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import Mount, RequestParameter, Route, Router
from architrave.facts.code import Call, Definition
from architrave.facts.values import Invocation, Name, text
from architrave.framework import File, Framework
from architrave.regexes import regex
from architrave.rust import requests
from architrave.rust.values import head

framework = Framework("rocket", languages=("rust",), modules=("rocket",))

_METHODS = {name: name.upper() for name in ("get", "post", "put", "patch", "delete", "head", "options")}
_REST = regex(r"<(\w+)\.\.>")
_ONE = regex(r"<(\w+)>")


@framework.every(Definition)
def attributes(definition: Definition, file: File) -> Iterator[Fact]:
    """`#[get("/orders/<id>?<limit>")]`: the handler is a router of one route, which `.mount("/v1", routes![show])` mounts."""
    for decorator in definition.decorators:
        method = _METHODS.get(decorator.name.rpartition(".")[2])
        written = text(decorator.arguments[0].value) if decorator.arguments else None
        if method is None or written is None or not written.startswith("/"):
            continue
        path, _, query = written.partition("?")
        shown = _ONE.sub(r"{\1}", _REST.sub(r"{\1*}", path))
        declared = {parameter.name: parameter for parameter in definition.parameters}
        found = []
        for source, names in (("path", re.findall(r"\{(\w+)\*?\}", shown)), ("query", re.findall(r"<(\w+)", query))):
            for name in names:
                given = declared.get(name)
                kind = given.type if given is not None else ""
                found.append(
                    RequestParameter(given.span if given else definition.name_span, name, source, kind, head(kind) != "Option")  # type: ignore[arg-type]
                )
        yield Router(definition.name_span, definition.name, "application", framework="rocket")
        yield Route(
            decorator.span, method, shown, definition.name, definition.name, decorator.arguments[0].span,
            tuple(requests.guards(definition)), tuple(found), framework="rocket",
        )  # fmt: skip


@framework.call("*.mount")
def mount(call: Call, file: File) -> Iterator[Fact]:
    prefix = text(file.constant(call.arguments[0].value, call.function)) if len(call.arguments) == 2 else None
    handlers = call.arguments[1].value if prefix is not None else None
    if prefix is None or not isinstance(handlers, Invocation) or not handlers.callee.endswith("routes!"):
        return
    span = call.name_span.until(call.span)
    yield Router(span, "rocket", "application", framework="rocket")
    for argument in handlers.arguments:
        if isinstance(argument.value, Name):
            yield Mount(span, "rocket", argument.value.name, "" if prefix == "/" else prefix)
