"""What a function literal is called: by what holds it, or by the call that takes it."""

from __future__ import annotations

from typing import Literal, NamedTuple

from tree_sitter import Node

from architrave.language import Chunk
from architrave.languages.typescript.chains import chain_of, first_of

# Methods whose callback runs once for each element.
LOOPS = frozenset(
    {"map", "forEach", "filter", "flatMap", "reduce", "some", "every", "find", "findIndex", "each", "eachSeries", "mapSeries"}
)
_COLLECTIONS = frozenset({"_", "lodash", "async", "Bluebird", "P"})  # Take the collection as their first argument.
_PROMISES = frozenset({"then", "catch", "finally"})
_VERBS = frozenset({"get", "post", "put", "patch", "delete", "del", "all", "head", "options"})
_REGISTERING = _VERBS | {
    "use", "on", "once", "addListener", "route", "consume", "subscribe", "addHook", "setErrorHandler", "setNotFoundHandler", "handle",
    "process", "schedule", "command", "register", "param", "scheduleJob", "createServer",
}  # fmt: skip
_WRAPPING = frozenset({"useCallback", "asyncHandler", "catchAsync"})  # What they give is the function that they get.
_HANDLERS = frozenset({"arrow_function", "function_expression", "call_expression"})


class Named(NamedTuple):
    """What a function literal is: a definition with a name, or one of the function round it."""

    kind: Literal["definition", "loop", "callback", "error", "inline"]
    name: str = ""


INLINE = Named("inline")


class Passed(NamedTuple):
    """An expression among the arguments of a call; `held` is what holds the call, or the call that takes it."""

    function: Node
    arguments: list[Node]  # Without comments and punctuation.
    place: int
    held: Held


Held = str | Passed  # The name that what holds an expression gives it, "" for none.


def key_prefix(chunk: Chunk, held: Held) -> str:
    """Return what stands before the keys of an object: `run` of `run({ eachMessage() {} })`."""
    if isinstance(held, str):
        return held
    return (held.held if isinstance(held.held, str) else "") or chain_of(chunk, held.function).rpartition(".")[2].replace("()", "")


def is_collection(chunk: Chunk, function: Node) -> bool:
    """Whether a callee such as `_.map` takes the collection as its first argument."""
    return function.type == "member_expression" and chunk.source(function.children[0]) in _COLLECTIONS


class Naming:
    """Names the function literals among the arguments of calls, in the order of the text: those that look the same are counted."""

    def __init__(self, chunk: Chunk) -> None:
        self.chunk = chunk
        self.counts: dict[str, int] = {}

    def of_argument(self, passed: Passed, is_in_function: bool) -> Named:
        function, place = passed.function, passed.place
        is_member = function.type == "member_expression"
        last = self.chunk.source(function.children[-1] if is_member else function)
        if last in LOOPS and (place == 0 or is_collection(self.chunk, function)):
            return Named("loop")
        if is_member and last in _PROMISES:
            return Named("error" if last == "catch" else "callback")
        words = self._registered(last, passed) if is_member else ""
        if not words:  # asyncHandler(async (req, res) => …): named by what holds the call, or registers it.
            outer = passed.held
            if isinstance(outer, Passed):
                if outer.function.type == "member_expression":
                    words = self._registered(self.chunk.source(outer.function.children[-1]), outer)
            elif not is_in_function or last in _WRAPPING:
                words = outer
        return Named("definition", words) if words else Named("callback")

    def _registered(self, method: str, passed: Passed) -> str:
        """Return the name of a function that a call registers: `get /orders`, `use@1`; "" where it registers none."""
        if method not in _REGISTERING:
            return ""
        arguments, place = passed.arguments, passed.place
        routed = self._routed(passed.function) if method in _VERBS else ""
        said = routed or self._said(method, arguments[0], place)
        if said is None:
            return ""
        words = f"{method} {said}".strip().replace(".", "_").replace("()", "")
        handlers = sum(item.type in _HANDLERS for item in arguments[0 if routed else 1 :])
        if not said or (handlers > 1 and place < len(arguments) - 1):
            number = self.counts[words] = self.counts.get(words, 0) + 1
            return f"{words}@{number}"
        return words

    def _said(self, method: str, first: Node, place: int) -> str | None:
        """Return what a call says first of what it registers at a place, "" where it says nothing; None where it registers nothing."""
        source, is_verb = self.chunk.source(first), method in _VERBS
        if first.type == "string":
            said = source[1:-1]
            return None if is_verb and said and not said.startswith(("/", "*", ":")) else said
        if first.type in ("identifier", "member_expression") and place:
            return source.rpartition(".")[2]
        if is_verb and (place == 0 or first.type not in ("template_string", "binary_expression", "regex", "array")):
            return None
        return source[1:-1] if first.type == "template_string" else ""

    def _routed(self, function: Node) -> str:
        """Return the path that a chain registers for: `/orders` of `app.route("/orders").get(…).post`."""
        while function.type == "member_expression" and function.children[0].type == "call_expression":
            call = function.children[0]
            function = call.children[0]
            given = call.child_by_field_name("arguments")
            if function.type == "member_expression" and self.chunk.source(function.children[-1]) == "route" and given is not None:
                path = first_of(given)
                return self.chunk.source(path)[1:-1] if path is not None and path.type == "string" else ""
        return ""


def held_by_left(chunk: Chunk, left: Node, right: Node) -> str:
    """Return the name that `left = …` gives to a function, or to the keys of an object."""
    written = chain_of(chunk, left)
    if written in ("module.exports", "exports.default", "exports"):
        inner: Node | None = right
        while inner is not None and inner.type in ("parenthesized_expression", "as_expression", "satisfies_expression"):
            inner = first_of(inner)
        is_object = inner is not None and inner.type == "object"
        return "" if is_object and written != "exports.default" else "default"
    for prefix in ("module.exports.", "exports.", "this."):
        written = written.removeprefix(prefix)
    return written.replace(".prototype.", ".").replace("()", "")
