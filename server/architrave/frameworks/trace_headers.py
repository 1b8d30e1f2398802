"""Headers that say to which request something belongs, where code reads or writes one by its name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.code import Call
from architrave.facts.deployment import TraceHeader
from architrave.facts.values import Mapping, String
from architrave.framework import File, Framework
from architrave.regexes import regex

framework = Framework("trace-headers", languages=("python", "javascript", "typescript", "go", "java", "rust"))

_HEADERS = regex(
    r"traceparent|b3|x-b3-.*|x-(request|correlation|trace|amzn-trace|cloud-trace)-?(id|context)?|(correlation|request|trace)-?id",
    re.IGNORECASE,
)


_READ = ("get", "get_header", "getFirst", "getHeader", "header", "header_value", "Get", "Header")
_WRITTEN = ("add", "addHeader", "append", "create", "defaultHeader", "headers", "insert", "set", "setHeader", "Add", "Set")
_SENT = ("delete", "patch", "post", "put", "request")


@framework.call(*(f"*.{name}" for name in (*_READ, *_WRITTEN, *_SENT)))
def named(call: Call, file: File) -> Iterator[Fact]:
    for argument in call.arguments:
        value = argument.value
        if isinstance(value, String) and _HEADERS.fullmatch(value.value):
            yield TraceHeader(call.span, value.value)
            return
        if isinstance(value, Mapping):  # { headers: { "x-request-id": id } }
            inner = value.get("headers")
            for entry in (*value.entries, *(inner.entries if isinstance(inner, Mapping) else ())):
                if _HEADERS.fullmatch(entry.key):
                    yield TraceHeader(call.span, entry.key)
                    return
