"""Rust: environment variables, addresses to listen on, and cross-origin policies."""

from __future__ import annotations

from collections.abc import Iterator

from architrave import environment
from architrave.facts import Fact
from architrave.facts.api import CorsPolicy
from architrave.facts.code import Assignment, Call, Import
from architrave.facts.deployment import Listen, SettingRead
from architrave.facts.values import Boolean, Invocation, Name, Number, Replacement, Sequence, String, Template, Value, text, walk
from architrave.framework import File, Framework
from architrave.rust.values import fields, known
from architrave.text import Span

settings = Framework("rust-settings", languages=("rust",))
listening = Framework("rust-listen", languages=("rust",))
cors = Framework("rust-cors", languages=("rust",), modules=("tower_http", "actix_cors"))
FRAMEWORKS = (settings, listening, cors)

_READERS = ("std.env.var", "env.var", "dotenvy.var", "dotenv.var", "std.env.var_os")
_ORIGINS = 'std::env::var("CORS_ORIGINS").expect("CORS_ORIGINS").split(\',\').filter_map(|it| it.parse().ok())'
_ALLOWED = 'allowed_origin(&std::env::var("CORS_ORIGIN").expect("CORS_ORIGIN"))'
_FAILING = ("expect", "unwrap", "context", "with_context")


@settings.call(*_READERS)
def read(call: Call, file: File) -> Iterator[Fact]:
    key = text(file.constant(call.arguments[0].value, call.function)) if call.arguments else None
    if not key:
        return
    default, name = _default(call, file), _name(call, file)
    is_required = not call.has_default and any(
        other.callee.rpartition(".")[2] in _FAILING and other.span.start == call.span.start and other.span.chunk == call.span.chunk
        for other in file.calls_in(call.function)
    )
    yield SettingRead(
        call.span, key, call.function, call.has_default or default is not None, text(default) or "", name,
        call.arguments[0].span, is_required,
    )  # fmt: skip


def _default(call: Call, file: File) -> Value | None:
    """Return the other side of `env::var("X").unwrap_or("y".into())`."""
    for value in _values(call, file):
        for part in walk(value):
            if isinstance(part, Sequence) and len(part.items) == 2 and part.items[0].span == call.span:
                return part.items[1]
    return None


def _values(call: Call, file: File) -> Iterator[Value]:
    """Yield the values in whose making a call may take part."""
    for other in file.calls_in(call.function):
        if other.span.chunk == call.span.chunk and other.span.contains(call.span):
            for argument in other.arguments:
                yield argument.value
    assignment = file.once(_assignments).get((call.span.chunk, call.span.start))
    if assignment is not None:
        yield assignment


def _assignments(file: File) -> dict[tuple[int, int], Value]:
    return {(item.value.span.chunk, item.value.span.start): item.value for item in file.all(Assignment)}


def _name(call: Call, file: File) -> str:
    """Return the field that a struct literal keeps the value in: `Config().port`."""
    for owner, values in fields(file).items():
        for value in values:
            if value.span.chunk == call.span.chunk and value.span.start == call.span.start:
                struct, _, attribute = owner.rpartition(".")
                return f"{struct}().{attribute}"
    return ""


@listening.call(
    "tokio.net.TcpListener.bind", "std.net.TcpListener.bind", "axum.Server.bind", "hyper.Server.bind", "axum_server.bind",
    "actix_web.HttpServer().bind", "actix_web.HttpServer().bind_auto_h2c", "actix_web.HttpServer().bind_rustls",
)  # fmt: skip
def listen(call: Call, file: File) -> Iterator[Fact]:
    if call.arguments:
        found = address(call.arguments[0].value, file, call.function)
        if found is not None:
            yield Listen(call.span, found[0], found[1], call.function, call.arguments[0].span)


def address(value: Value, file: File, function: str) -> tuple[int | None, str] | None:
    """Return port and setting of `"0.0.0.0:8080"`, `("0.0.0.0", port)`, `format!("0.0.0.0:{port}")`, `([0, 0, 0, 0], 3000)`."""
    followed = known(value, file, function)
    if isinstance(followed, String):
        port = followed.value.rpartition(":")[2]
        return (int(port), "") if port.isdigit() and port != "0" else None
    if isinstance(followed, Sequence) and len(followed.items) == 2 and not environment.key(followed):
        return _port(followed.items[1], file, function)
    if isinstance(followed, Template) and followed.parts:
        last = followed.parts[-1]
        if isinstance(last, String):
            port = last.value.rpartition(":")[2]
            return (int(port), "") if ":" in last.value and port.isdigit() else None
        return _port(last, file, function)
    if isinstance(followed, Invocation) and followed.callee.endswith(("SocketAddr.from", "SocketAddr.new")) and followed.arguments:
        first = followed.arguments[0].value
        if isinstance(first, Sequence) and len(first.items) == 2 and isinstance(first.items[0], Sequence):
            return _port(first.items[1], file, function)
        return _port(followed.arguments[-1].value, file, function)
    if followed is not None and environment.key(followed):
        default = text(environment.default(followed)) or ""
        port = default.rpartition(":")[2]
        return (int(port) if port.isdigit() else None), environment.key(followed)
    return None


def _port(value: Value, file: File, function: str) -> tuple[int | None, str] | None:
    followed = known(value, file, function)
    if isinstance(followed, Number):
        return int(followed.value), ""
    if isinstance(followed, String) and followed.value.isdigit():
        return int(followed.value), ""
    if followed is None:
        return None
    key = environment.key(followed)
    if not key:
        return (None, followed.name) if isinstance(followed, Name) and "." in followed.name else None
    default = environment.default(followed)
    if isinstance(default, Number):
        return int(default.value), key
    shown = text(default) or ""
    return (int(shown) if shown.isdigit() else None), key


@cors.file
def policies(file: File) -> Iterator[Fact]:
    for call in file.all(Call):
        if not call.callee.endswith(
            ("CorsLayer.new", "CorsLayer.very_permissive", "CorsLayer.permissive", "Cors.default", "Cors.permissive")
        ):
            continue
        first = call.callee.rpartition(".")[2]
        links = {
            other.callee.rpartition(".")[2]: other
            for other in file.calls_in(call.function)
            if other.span.chunk == call.span.chunk and other.span.start == call.span.start and other is not call
        }
        if "actix" in call.callee or call.callee.startswith("Cors."):
            yield _actix(call, first, links)
        else:
            yield _tower(call, first, links, file)


def _tower(call: Call, first: str, links: dict[str, Call], file: File) -> CorsPolicy:
    origin, credentials = links.get("allow_origin"), links.get("allow_credentials")
    given = file.constant(origin.arguments[0].value, call.function) if origin is not None and origin.arguments else None
    is_any = (isinstance(given, Name) and given.name.endswith(".Any")) or (
        isinstance(given, Invocation) and given.callee.endswith("AllowOrigin.any")
    )
    is_reflected = isinstance(given, Invocation) and given.callee.endswith("AllowOrigin.mirror_request")
    has_credentials = first == "very_permissive" and credentials is None
    if credentials is not None and credentials.arguments:
        value = file.constant(credentials.arguments[0].value, call.function)
        has_credentials = isinstance(value, Boolean) and value.value
    if origin is None:
        is_any, is_reflected = first == "permissive", first == "very_permissive"
    span = call.span.until(origin.span) if origin is not None else call.span
    listed = f"{_written('tower_http.cors', 'AllowOrigin', file)}::list({_ORIGINS})"
    place, text = (call.span.after, f".allow_origin({listed})") if origin is None else (origin.arguments_span, listed)
    return CorsPolicy(span, ("*",) if is_any else (), is_reflected, has_credentials, (Replacement(place, text),))


def _written(module: str, name: str, file: File) -> str:
    """Return a name as the file may write it: alone when it imports it, in full otherwise."""
    has_it = any(item.module == module and item.name == name and item.alias == name for item in file.all(Import))
    return name if has_it else f"{module.replace('.', '::')}::{name}"


def _actix(call: Call, first: str, links: dict[str, Call]) -> CorsPolicy:
    """actix-cors answers with the origin of the request where any is allowed; `permissive` allows credentials, too."""
    is_reflected = first == "permissive" or "allow_any_origin" in links
    any_origin = links.get("allow_any_origin")
    fix: tuple[Replacement, ...] = ()
    if any_origin is not None:
        fix = (Replacement(Span(any_origin.name_span.start, any_origin.span.end, any_origin.span.chunk), _ALLOWED),)
    return CorsPolicy(call.span, (), is_reflected, first == "permissive" or "supports_credentials" in links, fix)
