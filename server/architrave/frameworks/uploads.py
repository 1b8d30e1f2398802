"""Uploads that are kept on the disk of the machine: Flask, FastAPI, multer, Gin, Echo, Spring, axum."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.code import Call
from architrave.facts.deployment import LocalFile
from architrave.facts.values import Mapping, Value, template, text, walk
from architrave.framework import File, Framework
from architrave.node.calls import given
from architrave.node.routers import LANGUAGES
from architrave.regexes import regex

python = Framework("python-uploads", languages=("python",), modules=("flask", "fastapi", "starlette"))
node = Framework("js-uploads", languages=LANGUAGES)
go = Framework("go-uploads", languages=("go",))
java = Framework("java-uploads", languages=("java",), modules=("org.springframework.web.multipart",))
rust = Framework("rust-uploads", languages=("rust",), modules=("axum", "actix_multipart"))
FRAMEWORKS = (python, node, go, java, rust)

_PASSING = regex(r"^(/tmp|/var/tmp|/dev/shm)(/|$)|tmp|temp", re.IGNORECASE)
_REMOVING = frozenset({"remove", "unlink", "unlinkSync", "Remove", "RemoveAll", "delete", "deleteIfExists", "remove_file", "rm", "rmSync"})


def _is_passing(value: Value | None, call: Call, file: File) -> bool:
    """Whether a file is a temporary one: by its name, or as the function takes it away again."""
    parts = walk(value) if value is not None else ()
    written = [part for part in (getattr(item, "written", None) or text(item) or getattr(item, "callee", "") for item in parts) if part]
    known = file.constant(value, call.function)
    if any(_PASSING.search(part) for part in (*written, template(known) or "")):
        return True
    return any(other.callee.rpartition(".")[2] in _REMOVING for other in file.calls_in(call.function))


@python.call("shutil.copyfileobj")
def copied(call: Call, file: File) -> Iterator[Fact]:
    """`shutil.copyfileobj(file.file, out)` of an `UploadFile`."""
    source, target = call.argument("fsrc", 0), call.argument("fdst", 1)
    if "UploadFile" not in getattr(source, "name", ""):
        return
    opened = next(
        (other for other in file.calls_in(call.function) if other.callee == "open" and "w" in (text(other.argument("mode", 1)) or "")), None
    )
    if opened is not None and not _is_passing(opened.argument("file", 0), call, file) and target is not None:
        yield LocalFile(call.span.until(call.name_span), call.function, "FastAPI", call.written)


@python.call("*.save")
def saved(call: Call, file: File) -> Iterator[Fact]:
    """`request.files["photo"].save(path)`."""
    holder = call.callee.removesuffix(".save")
    if "request.files" in holder and call.arguments and not _is_passing(call.argument("dst", 0), call, file):
        yield LocalFile(call.span.until(call.name_span), call.function, "Flask", f"{call.receiver}.save")


@node.call("multer", "multer.default")
def multer(call: Call, file: File) -> Iterator[Fact]:
    options = file.constant(given(call, 0), call.function)
    target = options.get("dest") if isinstance(options, Mapping) else None
    if target is not None and not _is_passing(target, call, file):
        yield LocalFile(call.span.until(call.name_span), call.function, "multer", "dest")


@node.call("multer.diskStorage", "multer.default.diskStorage")
def disk(call: Call, file: File) -> Iterator[Fact]:
    options = file.constant(given(call, 0), call.function)
    target = options.get("destination") if isinstance(options, Mapping) else None
    if target is not None and text(file.constant(target, call.function)) and not _is_passing(target, call, file):
        yield LocalFile(call.span.until(call.name_span), call.function, "multer", "diskStorage")


@go.call("github.com/gin-gonic/gin.Context().SaveUploadedFile")
def gin(call: Call, file: File) -> Iterator[Fact]:
    if len(call.arguments) > 1 and not _is_passing(call.arguments[1].value, call, file):
        yield LocalFile(call.span.until(call.name_span), call.function, "gin", "SaveUploadedFile")


@java.call("*.transferTo")
def transferred(call: Call, file: File) -> Iterator[Fact]:
    if "MultipartFile()" in call.callee and call.arguments and not _is_passing(call.arguments[0].value, call, file):
        yield LocalFile(call.span.until(call.name_span), call.function, "Spring", call.written)


@rust.call("tokio.fs.write", "std.fs.write", "tokio.fs.File.create", "std.fs.File.create")
def written(call: Call, file: File) -> Iterator[Fact]:
    is_upload = any("Multipart" in parameter.type for parameter in file.parameters(call.function))
    if is_upload and call.arguments and not _is_passing(call.arguments[0].value, call, file):
        yield LocalFile(call.span.until(call.name_span), call.function, "Multipart", call.written)
