"""Arrays inside documents of MongoDB that a call makes longer, or shorter, in the five languages."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.code import Call
from architrave.facts.data import ArrayChange
from architrave.facts.values import Entry, Invocation, Mapping, Replacement, Sequence, String, Value, text
from architrave.framework import File, Framework

framework = Framework("mongo-arrays", languages=("python", "javascript", "typescript", "tsx", "go", "java", "rust"))
java = Framework("spring-mongo-arrays", languages=("java",))
node = Framework("mongoose-arrays", languages=("javascript", "typescript", "tsx"), modules=("mongoose", "@nestjs/mongoose"))
FRAMEWORKS = (framework, java, node)

_UPDATES = (
    *("update", "updateOne", "updateMany", "update_one", "update_many", "UpdateOne", "UpdateMany", "UpdateByID", "findOneAndUpdate"),
    *("findByIdAndUpdate", "find_one_and_update", "FindOneAndUpdate"),
)
_SHORTENS = frozenset({"$pull", "$pullAll", "$pop"})
_KEPT = 1000  # Elements that a fix keeps.
_DOCUMENTS = ("bson.D", "bson.E", "bson.doc!", "bson.M")


@framework.call(*(f"*.{name}" for name in _UPDATES))
def updates(call: Call, file: File) -> Iterator[Fact]:
    """`posts.updateOne({ _id }, { $push: { comments: comment } })`"""
    arguments = [file.constant(item.value, call.function) or item.value for item in call.arguments]
    asked = {key for value in arguments for key in _keys(value)}
    for value in arguments:
        for operator, changed in _entries(value):
            for field, given in _entries(changed.value) if operator == "$push" or operator in _SHORTENS else ():
                inner = dict(_entries(given.value))
                is_tested = any(key.startswith(f"{field}.") for key in asked) or "$size" in asked
                is_plain = isinstance(changed.value, Mapping) and not isinstance(given.value, Invocation)
                yield ArrayChange(
                    given.span.until(given.value.span),
                    call.function,
                    field,
                    operator in _SHORTENS,
                    is_capped="$slice" in inner or is_tested,
                    fix=_sliced(given.value, inner, file) if is_plain and operator == "$push" else (),
                )


@java.call("*.push", "*.pull", "*.pullAll", "*.pop")
def operations(call: Call, file: File) -> Iterator[Fact]:
    """`new Update().push("comments", comment)` of Spring Data, `Updates.push` of the driver."""
    owner, _, method = call.callee.rpartition(".")
    field = text(call.argument("key", 0))
    if field and ("mongodb.core.query.Update()" in owner or owner.endswith("client.model.Updates")):
        is_capped = any(".slice" in item.written and item.span.start == call.span.start for item in file.calls_in(call.function))
        yield ArrayChange(call.span, call.function, field, method != "push", is_capped=is_capped)


@node.call("*.push", "*.unshift", "*.pull", "*.pop", "*.splice", "*.shift")
def members(call: Call, file: File) -> Iterator[Fact]:
    """`post.comments.push(comment)` with `post.save()` after it."""
    variable, _, field = call.receiver.partition(".")
    if not field or "." in field or "(" in call.receiver or variable == "this":
        return
    method = call.callee.rpartition(".")[2]
    saved = any(
        item.written == f"{variable}.save" and item.span.chunk == call.span.chunk and item.span.start > call.span.start
        for item in file.calls_in(call.function)
    )
    if saved or method not in ("push", "unshift"):
        yield ArrayChange(call.span, call.function, field, method not in ("push", "unshift"), variable)


def _entries(value: Value) -> Iterator[tuple[str, Entry]]:
    """Yield the entries of a document, however it is written: `{…}`, `bson.M{…}`, `bson.D{{"a", b}}`, `doc! {…}`."""
    if isinstance(value, Mapping):
        for entry in value.entries:
            yield entry.key, entry
    elif isinstance(value, Invocation) and value.callee.endswith(_DOCUMENTS):
        for argument in value.arguments:
            item = argument.value
            if isinstance(item, Mapping) and text(item.get("Key")) is not None:
                key, given = item.get("Key"), item.get("Value")
            elif isinstance(item, Sequence) and len(item.items) == 2:
                key, given = item.items
            else:
                yield from _entries(item)
                continue
            if isinstance(key, String) and given is not None:
                yield key.value, Entry(key.span, key.value, given)


def _keys(value: Value) -> Iterator[str]:
    stack = [value]
    while stack:
        for key, entry in _entries(stack.pop()):
            yield key
            stack.append(entry.value)


def _sliced(value: Value, inner: dict[str, Entry], file: File) -> tuple[Replacement, ...]:
    """Return the edit that keeps the last elements of an array."""
    each = inner.get("$each")
    name = "$slice" if file.language in ("javascript", "typescript", "tsx") else '"$slice"'
    if each is not None:
        return (Replacement(each.value.span.after, f", {name}: -{_KEPT}"),)
    if file.language == "go":
        return (Replacement(value.span, f'bson.M{{"$each": bson.A{{{{}}}}, "$slice": -{_KEPT}}}', copied=value.span),)
    key = name.replace("slice", "each")
    inside = f"{key}: [{{}}], {name}: -{_KEPT}"
    return (Replacement(value.span, f"{{{inside}}}" if file.language == "python" else f"{{ {inside} }}", copied=value.span),)
