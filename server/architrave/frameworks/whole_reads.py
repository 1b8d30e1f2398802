"""Where bodies and uploads of requests are taken into memory whole, and where their length is limited, in the five languages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave import additions
from architrave.facts import Fact
from architrave.facts.api import WholeRead
from architrave.facts.code import Assignment, Call, Import
from architrave.facts.values import Invocation, Mapping, Name, Replacement, Value, names
from architrave.framework import Decorated, File, Framework
from architrave.regexes import regex

python = Framework("python-whole-reads", languages=("python",))
node = Framework("node-whole-reads", languages=("javascript", "typescript", "tsx"))
go = Framework("go-whole-reads", languages=("go",))
java = Framework("java-whole-reads", languages=("java",))
rust = Framework("rust-whole-reads", languages=("rust",))
FRAMEWORKS = (python, node, go, java, rust)

_MEGABYTES = "10 * 1024 * 1024"
_UPLOAD = regex(r"(^|\.)(UploadFile\(\)(\.file)?|[Rr]equest(\(\))?\.(FILES|files)\.[^.]+)$")
_LENGTH = regex(r"(^|\.|_)(size|content_length|length|max_\w+|limit)$|^len$", re.IGNORECASE)


# Python


@python.call("*.read")
def upload(call: Call, file: File) -> Iterator[Fact]:
    """`await file.read()` of a FastAPI `UploadFile`; `request.files["logo"].read()` of Flask and Django."""
    if call.arguments or _UPLOAD.search(call.callee.rpartition(".")[0]) is None:
        return
    compared = [value for item in file.comparisons_in(call.function) for value in (item.left, item.right)]
    if not any(_LENGTH.search(word) for value in compared for word in _words(value)):
        yield WholeRead(call.span, call.function, "upload")


@python.chunk(Assignment)
def configured(found: list[Assignment], file: File) -> Iterator[Fact]:
    for item in found:
        if item.target.rpartition(".")[2] == "MAX_CONTENT_LENGTH":  # Of Flask.
            yield WholeRead(item.span, item.function, "body", True)


@python.call("*.add_middleware")
def middleware(call: Call, file: File) -> Iterator[Fact]:
    if any("limit" in word.lower() or "size" in word.lower() for item in call.arguments[:1] for word in names(item.value)):
        yield WholeRead(call.span, call.function, "body", True)


def _words(value: Value) -> Iterator[str]:
    yield from names(value)
    if isinstance(value, Invocation):
        yield value.callee


# JavaScript


@node.call("multer", "multer.default")
def multer(call: Call, file: File) -> Iterator[Fact]:
    """`multer({ storage: multer.memoryStorage() })`"""
    given = call.arguments[0].value if call.arguments else None
    if not isinstance(given, Mapping) or any(entry.key == "..." for entry in given.entries):
        return
    storage = file.constant(given.get("storage"), call.function)
    if given.entry("limits") is not None:
        yield WholeRead(call.span, call.function, "upload", True)
    elif isinstance(storage, Invocation) and storage.callee.endswith("memoryStorage"):
        fix = additions.entry(given, f"limits: {{ fileSize: {_MEGABYTES} }}")
        yield WholeRead(call.span, call.function, "upload", fix=(fix,))


@node.decorator("@nestjs/common.UseInterceptors")
def intercepted(decorated: Decorated, file: File) -> Iterator[Fact]:
    """`@UseInterceptors(FileInterceptor("logo"))`, which keeps the file in memory."""
    decorator, definition = decorated
    for item in decorator.arguments:
        given = item.value
        if isinstance(given, Invocation) and given.callee == "@nestjs/platform-express.FileInterceptor" and len(given.arguments) == 1:
            fix = Replacement(given.arguments[0].span.after, f", {{ limits: {{ fileSize: {_MEGABYTES} }} }}")
            yield WholeRead(given.span, definition.name, "upload", fix=(fix,))


@node.call("*.register", "*.registerAsync")
def registered(call: Call, file: File) -> Iterator[Fact]:
    if "MulterModule" in call.callee:
        yield WholeRead(call.span, call.function, "upload", True)


# Go


@go.call("io.ReadAll", "io/ioutil.ReadAll", "ioutil.ReadAll")
def read_all(call: Call, file: File) -> Iterator[Fact]:
    given = call.arguments[0].value if call.arguments else None
    if isinstance(given, Name) and re.search(r"net/http\.Request\(\)\.Body$|Context\(\)\.Request(\(\))?\.Body$", given.name):
        yield WholeRead(call.span, call.function, "body", fix=tuple(_limited(call, given, file)))


@go.call("*.GetRawData")
def raw_data(call: Call, file: File) -> Iterator[Fact]:
    if "gin.Context()" in call.callee:
        yield WholeRead(call.span, call.function, "body")


@go.call("net/http.MaxBytesReader", "net/http.MaxBytesHandler", "*.BodyLimit", "*.RequestSizeLimiter", "*.BodyLimitWithConfig")
def limited(call: Call, file: File) -> Iterator[Fact]:
    yield WholeRead(call.span, call.function, "body", True)


def _limited(call: Call, body: Name, file: File) -> Iterator[Replacement]:
    """Yield the edit that reads a megabyte at most, where the function has what the answer is written to."""
    definition = file.definition(call.function)
    writers = [item.name for item in (definition.parameters if definition is not None else ()) if item.type == "net/http.ResponseWriter"]
    alias = next((item.alias for item in file.all(Import) if item.module == "net/http" and item.alias not in ("", "_", ".")), "")
    if len(writers) == 1 and alias:
        yield Replacement(body.span, f"{alias}.MaxBytesReader({writers[0]}, {{}}, 1<<20)", copied=body.span)


# Java


@java.call("*.readAllBytes", "*.copyToByteArray", "*.toByteArray", "*.copyToString")
def stream(call: Call, file: File) -> Iterator[Fact]:
    """`request.getInputStream().readAllBytes()`, which no setting of the servlet container limits."""
    given = call.arguments[0].value if call.arguments else None
    source = given.callee if isinstance(given, Invocation) else call.callee.rpartition(".")[0].removesuffix("()")
    if source.endswith("HttpServletRequest().getInputStream"):
        yield WholeRead(call.span, call.function, "body")


# Rust


@rust.call("axum.body.to_bytes", "hyper.body.to_bytes")
def to_bytes(call: Call, file: File) -> Iterator[Fact]:
    """`to_bytes(request.into_body(), usize::MAX)`"""
    body, limit = call.argument("body", 0), call.argument("limit", 1)
    is_body = isinstance(body, Invocation) and body.callee.endswith("Request().into_body")
    if is_body and call.callee.startswith("hyper"):
        yield WholeRead(call.span, call.function, "body")
    elif is_body and isinstance(limit, Name) and limit.name == "usize.MAX":
        yield WholeRead(call.span, call.function, "body", fix=(Replacement(limit.span, "1024 * 1024"),))


@rust.call("axum.extract.DefaultBodyLimit.disable")
def without_limit(call: Call, file: File) -> Iterator[Fact]:
    yield WholeRead(call.span, call.function, "body", fix=(Replacement(call.name_span.until(call.span), "max(10 * 1024 * 1024)"),))


@rust.call("*.RequestBodyLimitLayer.new")
def layer(call: Call, file: File) -> Iterator[Fact]:
    yield WholeRead(call.span, call.function, "body", True)
