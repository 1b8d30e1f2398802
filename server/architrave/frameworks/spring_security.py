"""Spring Security: filter chains, which decide by path who may call what."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import Guard
from architrave.facts.code import Call, Definition
from architrave.framework import File, Framework

framework = Framework("spring-security", languages=("java",), modules=("org.springframework", "jakarta.servlet", "javax.servlet"))

_CHAINS = ("authorizeHttpRequests", "authorizeRequests", "authorizeExchange", "authorizeRequest", "addPathPatterns")
_FILTERS = ("OncePerRequestFilter", "GenericFilterBean", "HandlerInterceptor", "WebFilter", "HandlerInterceptorAdapter")


@framework.call(*(f"*.{name}" for name in _CHAINS))
def chain(call: Call, file: File) -> Iterator[Fact]:
    yield Guard(call.name_span, "authorizeHttpRequests")


@framework.every(Definition)
def filtered(definition: Definition, file: File) -> Iterator[Fact]:
    """`class JwtFilter extends OncePerRequestFilter`."""
    if definition.kind == "class" and any(base.rpartition(".")[2] in _FILTERS for base in definition.bases):
        yield Guard(definition.name_span, definition.name)
