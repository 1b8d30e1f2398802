"""CORS in Go: gin-contrib/cors, rs/cors, go-chi/cors, Echo's middleware, and headers set by hand."""

from __future__ import annotations

from collections.abc import Iterator

from architrave import additions
from architrave.facts import Fact
from architrave.facts.api import CorsPolicy
from architrave.facts.code import Call, Return
from architrave.facts.values import Boolean, Function, Replacement, Sequence, String, Value, names, text
from architrave.framework import File, Framework
from architrave.golang.imports import imported

framework = Framework("go-cors", languages=("go",))

_POLICIES = (
    "github.com/gin-contrib/cors.Config",
    "github.com/rs/cors.Options",
    "github.com/go-chi/cors.Options",
    *(f"github.com/labstack/echo{version}/middleware.CORSConfig" for version in ("/v4", "/v5", "")),
    *(f"github.com/gofiber/fiber{version}/middleware/cors.Config" for version in ("/v2", "/v3")),
)
_DECIDING = ("AllowOriginFunc", "AllowOriginRequestFunc", "AllowOriginVaryRequestFunc", "AllowOriginWithContextFunc")
_JOINED = 'os.Getenv("CORS_ORIGINS")'
_LISTED = f'strings.Split({_JOINED}, ",")'
_ORIGIN, _CREDENTIALS = "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"


@framework.call(*_POLICIES)
def policy(call: Call, file: File) -> Iterator[Fact]:
    origins = _origins(call, file)
    allows_all = _is_true(call.argument("AllowAllOrigins"))
    reflects = any(_always(call.argument(name), file) for name in _DECIDING)
    # rs/cors and its fork allow every origin when none is named.
    if not origins and not reflects and call.callee.endswith(".Options") and not any("Origin" in item.name for item in call.arguments):
        allows_all = True
    is_granted = _is_true(call.argument("AllowCredentials"))
    yield CorsPolicy(call.span.until(call.name_span), ("*",) if allows_all else origins, reflects, is_granted, _fix(call, file))


def _fix(call: Call, file: File) -> tuple[Replacement, ...]:
    """Name the origins, in the place of the one option that lets all in."""
    name = "AllowedOrigins" if call.callee.endswith(".Options") else "AllowOrigins"
    given = [item for item in call.arguments if item.name in ("AllowAllOrigins", name, *_DECIDING)]
    is_joined = "/fiber/v2/" in call.callee  # One text, with commas.
    imports = imported(file, *(("os",) if is_joined else ("os", "strings")))
    if imports is None or len(given) > 1 or not all(item.name for item in call.arguments):
        return ()
    text = f"{name}: {_JOINED if is_joined else _LISTED}"
    return (Replacement(given[0].span, text) if given else additions.keyword(call, text), *imports)


def _origins(call: Call, file: File) -> tuple[str, ...]:
    for name in ("AllowOrigins", "AllowedOrigins"):
        given = file.constant(call.argument(name), call.function)
        if isinstance(given, Sequence):
            return tuple(found for item in given.items if (found := text(file.constant(item, call.function))) is not None)
        if isinstance(given, String):
            return tuple(part.strip() for part in given.value.split(","))
    return ()


def _is_true(value: Value | None) -> bool:
    return isinstance(value, Boolean) and value.value


def _always(value: Value | None, file: File) -> bool:
    """Whether a function says yes to every origin: all it returns is `true`."""
    if not isinstance(value, Function):
        return False
    given = [item.value for item in file.all(Return) if value.span.contains(item.span)]
    return bool(given) and all(_is_true(item.items[0] if isinstance(item, Sequence) and item.items else item) for item in given)


@framework.call("*.Header", "*.Set", "*.Add")
def header(call: Call, file: File) -> Iterator[Fact]:
    """`w.Header().Set("Access-Control-Allow-Origin", origin)`, with the credentials in the same function."""
    if len(call.arguments) != 2 or text(file.constant(call.arguments[0].value, call.function)) != _ORIGIN:
        return
    value = file.constant(call.arguments[1].value, call.function)
    has_credentials = any(
        len(other.arguments) == 2
        and text(file.constant(other.arguments[0].value, other.function)) == _CREDENTIALS
        and text(file.constant(other.arguments[1].value, other.function)) == "true"
        for other in file.calls_in(call.function)
    )
    literal = text(value)
    is_guarded = bool(file.enclosing(call.span, "branch"))
    reflects = literal is None and value is not None and not is_guarded and _is_origin(value)
    if literal is not None or reflects:
        imports = imported(file, "os")
        fix = (Replacement(call.arguments[1].span, 'os.Getenv("CORS_ORIGIN")'), *imports) if imports is not None else ()
        yield CorsPolicy(call.span.until(call.name_span), (literal,) if literal is not None else (), reflects, has_credentials, fix)


def _is_origin(value: Value) -> bool:
    callee = getattr(value, "callee", "")
    arguments = getattr(value, "arguments", ())
    return callee.endswith((".Get", ".GetHeader")) and any(text(item.value) == "Origin" for item in arguments) and not list(names(value))
