"""Where rows are written to answers as they are, in JavaScript and Go. In the other languages a handler's type says what it answers."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import RowReply
from architrave.facts.code import Call
from architrave.facts.values import Mapping, Name, Value
from architrave.framework import File, Framework
from architrave.regexes import regex

node = Framework("node-row-replies", languages=("javascript", "typescript", "tsx"))
go = Framework("go-row-replies", languages=("go",))
FRAMEWORKS = (node, go)

# ./user.entity.User.findOne()
_FOUND = regex(
    r"(?P<model>.*?\b[A-Z]\w*)\.(?:find(?:One|ById|ByPk|OneBy|First|Unique|All|By|OneOrFail|OneByOrFail|ByIdAndUpdate|OneAndUpdate)?|create)\(\)"
)
_ANSWERS = ("JSON", "IndentedJSON", "PureJSON", "SecureJSON", "AsciiJSON", "JSONPretty")


@node.call("*.json", "*.send", "*.jsonp")
def node_answer(call: Call, file: File) -> Iterator[Fact]:
    if call.written.partition(".")[0] not in ("res", "response", "reply") or len(call.arguments) != 1:
        return
    for value in _sent(call.arguments[0].value):
        found = _FOUND.fullmatch(value.name)
        yield RowReply(value.span, call.function, found["model"] if found is not None else "", value.written)


def _sent(value: Value) -> Iterator[Name]:
    """Yield the variables that are sent whole: `user`, `{ user }`."""
    for item in (entry.value for entry in value.entries) if isinstance(value, Mapping) else (value,):
        if isinstance(item, Name) and "." not in item.written:
            yield item


@go.call(*(f"*.{name}" for name in _ANSWERS), "encoding/json.NewEncoder().Encode", "encoding/json.Marshal")
def go_answer(call: Call, file: File) -> Iterator[Fact]:
    for value in _sent(call.arguments[-1].value) if call.arguments else ():
        model = value.name.removesuffix("()") if value.name.endswith("()") and value.name[:1] != "(" else ""
        yield RowReply(value.span, call.function, model, value.written)
