"""The ways of Go's routers to write a parameter in a path, as `{name}` and `{name*}`."""

from __future__ import annotations

from architrave.facts.api import RequestParameter
from architrave.regexes import regex
from architrave.text import Span

_COLON = regex(r":(\w+)")
_STAR = regex(r"\*(\w*)")
_PATTERN = regex(r"\{(\w+):[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")


def colon(path: str) -> str:
    """`/orders/:id/*rest` of Gin and Echo."""
    return _STAR.sub(lambda match: f"{{{match[1] or 'path'}*}}", _COLON.sub(r"{\1}", path))


def braces(path: str) -> str:
    """`/orders/{id:[0-9]+}/*` of chi and gorilla/mux."""
    plain = _PATTERN.sub(r"{\1}", path)
    return f"{plain[:-1]}{{path*}}" if plain.endswith("*") else plain


def pattern(written: str) -> tuple[str, str]:
    """Return method and path of a pattern of `http.ServeMux`: `GET /orders/{id}`, `/static/`."""
    method, space, path = written.partition(" ")
    if not space:
        method, path = "*", written
    path = path.strip()
    path = path[path.find("/") :] if "/" in path else path  # A host may stand in front.
    path = path.replace("...}", "*}")
    if path.endswith("{$}"):
        return method, path.removesuffix("{$}")
    return method, f"{path}{{path*}}" if path.endswith("/") else path


def parameters_of(path: str, span: Span) -> tuple[RequestParameter, ...]:
    """Return the parameters of a path that is written at `span`."""
    return tuple(RequestParameter(span, part.strip("{}*"), "path", "string", True) for part in path.split("/") if part.startswith("{"))
