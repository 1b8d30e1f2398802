"""Texts that code takes apart at a separator."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.code import Call
from architrave.facts.data import Separation
from architrave.facts.values import Name, String
from architrave.framework import File, Framework

code = Framework("separations", languages=("python", "javascript", "typescript", "java", "rust"))
go = Framework("go-separations", languages=("go",))
FRAMEWORKS = (code, go)


@code.call("*.split")
def split(call: Call, file: File) -> Iterator[Fact]:
    given = file.constant(call.arguments[0].value, call.function) if call.arguments else None
    written = call.written.rpartition(".")[0]
    if "." in written and (given is None or isinstance(given, String)):
        separator = given.value if isinstance(given, String) else " "
        yield Separation(call.span, call.callee.rpartition(".")[0], written, separator, call.function)


@go.call("strings.Split", "strings.SplitN", "strings.SplitSeq", "strings.Fields")
def strings(call: Call, file: File) -> Iterator[Fact]:
    value = call.arguments[0].value if call.arguments else None
    given = file.constant(call.arguments[1].value, call.function) if len(call.arguments) > 1 else None
    if isinstance(value, Name) and "." in value.written and (given is None or isinstance(given, String)):
        yield Separation(call.span, value.name, value.written, given.value if isinstance(given, String) else " ", call.function)
