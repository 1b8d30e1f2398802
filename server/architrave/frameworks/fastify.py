"""Fastify: applications, plugins, routes, answers."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import Mount, Route, Router
from architrave.facts.code import Call
from architrave.facts.values import Function, Invocation, Mapping, Name, Sequence, String, Value, text
from architrave.framework import File, Framework
from architrave.node.replies import answered
from architrave.node.routers import LANGUAGES, METHODS, braces, entry_text, guards_of, handed_on, handler_of, holder, made, parameters_of
from architrave.text import Span

framework = Framework("fastify", languages=LANGUAGES, modules=("fastify", "fastify-plugin", "@fastify/autoload"))

_MAKERS = frozenset({"fastify", "fastify.fastify", "fastify.default"})
_CONSTRUCTORS = _MAKERS | {f"{name}().withTypeProvider" for name in _MAKERS}
_OWNERS = frozenset({*(f"{name}()" for name in _MAKERS), "fastify.FastifyInstance()"})
_HOOKS = ("onRequest", "preValidation", "preHandler", "preParsing")


def _is_router(call: Call, file: File) -> bool:
    if call.callee in _CONSTRUCTORS:
        return False
    owner = call.callee.rpartition(".")[0].removesuffix(".withTypeProvider()")
    if "register@" in call.function and holder(call.receiver, call.function, file) == call.function:
        return True  # register(async (inner) => inner.get(…))
    return owner in _OWNERS or ("()" not in owner and call.receiver in ("fastify", "app", "server", "instance"))


@framework.file
def routes(file: File) -> Iterator[Fact]:
    calls = [call for call in file.all(Call) if _is_router(call, file)]
    known: dict[str, Span] = {}
    for name, span, _, _ in made(file, _CONSTRUCTORS):
        known[name] = span
        yield Router(span, name, "application", "", tuple(_hooks(name, calls, file)), "fastify")
    for call in calls:
        name = holder(call.receiver, call.function, file)
        if name not in known:
            known[name] = call.span
            yield Router(call.span, name, "router", "", tuple(_hooks(name, calls, file)), "fastify")
    for call in calls:
        last = call.callee.rpartition(".")[2]
        router = holder(call.receiver, call.function, file)
        if last in METHODS and len(call.arguments) > 1:
            yield from _short(call, last, router, file)
        elif last == "route" and call.arguments and isinstance(call.arguments[0].value, Mapping):
            yield from _long(call, call.arguments[0].value, router, file)
        elif last == "register" and call.arguments:
            yield from _registered(call, router, file)
    yield from handed_on(file, set(known))


def _hooks(name: str, calls: list[Call], file: File) -> Iterator[str]:
    for call in calls:
        if not call.callee.endswith(".addHook") or len(call.arguments) < 2 or holder(call.receiver, call.function, file) != name:
            continue
        if text(call.arguments[0].value) in _HOOKS:
            yield from guards_of([call.arguments[1].value])


def _option_guards(options: Value | None) -> tuple[str, ...]:
    if not isinstance(options, Mapping):
        return ()
    return tuple(guard for hook in _HOOKS if (value := options.get(hook)) is not None for guard in guards_of([value]))


def _short(call: Call, method: str, router: str, file: File) -> Iterator[Route]:
    path = text(file.constant(call.arguments[0].value, call.function))
    if path is None:
        return
    options = file.constant(call.arguments[1].value, call.function) if len(call.arguments) > 2 else call.arguments[1].value
    handler = handler_of(call.arguments[-1].value) if not isinstance(call.arguments[-1].value, Mapping) else ""
    if isinstance(options, Mapping) and not handler and (given := options.get("handler")) is not None:
        handler = handler_of(given)
    full = braces(path)
    yield Route(
        call.span.until(call.name_span), "*" if method == "all" else method.upper(), full, handler, router, call.arguments[0].span,
        _option_guards(options), parameters_of(handler, full, file), framework="fastify",
    )  # fmt: skip


def _long(call: Call, options: Mapping, router: str, file: File) -> Iterator[Route]:
    path = entry_text(options, "url") or entry_text(options, "path")
    method = options.get("method")
    handler = options.get("handler")
    if path is None or method is None:
        return
    methods = [item.value for item in method.items if isinstance(item, String)] if isinstance(method, Sequence) else [text(method) or "*"]
    name = handler_of(handler) if handler is not None else ""
    full = braces(path)
    at = options.entry("url") or options.entry("path")
    for item in methods:
        yield Route(
            call.span.until(call.name_span), item.upper(), full, name, router, at.value.span if at else None, _option_guards(options),
            parameters_of(name, full, file), framework="fastify",
        )  # fmt: skip


def _registered(call: Call, parent: str, file: File) -> Iterator[Mount]:
    plugin = call.arguments[0].value
    options = file.constant(call.arguments[1].value, call.function) if len(call.arguments) > 1 else None
    prefix = entry_text(options, "prefix")
    if isinstance(options, Mapping) and options.get("prefix") is not None and prefix is None:
        return
    if isinstance(plugin, Function | Name):
        child = plugin.name
    elif isinstance(plugin, Invocation) and plugin.arguments:
        child = handler_of(plugin)
    else:
        return
    if child and (child.startswith((".", "@/", "~/", "src/")) or "/" not in child):
        yield Mount(call.span, parent, child, braces(prefix or ""))


@framework.call("*.send")
def reply(call: Call, file: File) -> Iterator[Fact]:
    head = call.written.partition(".")[0]
    if head in ("reply", "rep") and call.function:
        yield from answered(call, file, head, ".code")
