"""Settings in Java: `System.getenv`, `@Value`, `Environment`."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.code import Call, Comparison, Decorator, Definition, Field
from architrave.facts.deployment import Listen, SettingRead
from architrave.facts.values import Name, Null, Number, String, text
from architrave.framework import File, Framework
from architrave.java.names import annotation, given, positional
from architrave.java.settings import environment_key, is_environment_key, placeholders, source

framework = Framework("java-settings", languages=("java",))


@framework.call("System.getenv", "java.lang.System.getenv", "System.getenv().get", "System.getenv().getOrDefault")
def getenv(call: Call, file: File) -> Iterator[Fact]:
    key = file.constant(positional(call, 0), call.function)
    if not isinstance(key, String):
        return
    default = positional(call, 1)
    assignment = file.assigned(call)
    name = assignment.target if assignment is not None else ""
    has_default = call.has_default or default is not None or _is_replaced(name, call, file)
    yield SettingRead(call.span, key.value, call.function, has_default, text(default) or "", name, call.arguments[0].span)


def _is_replaced(name: str, call: Call, file: File) -> bool:
    """Whether the code looks whether the variable is there: `if (port == null) …`, `getenv("X") != null`."""
    return any(
        item.function == call.function
        and isinstance(item.right, Null)
        and (item.left.span == call.span or (bool(name) and isinstance(item.left, Name) and item.left.written == name))
        for item in file.all(Comparison)
    )


@framework.every(Field)
def field(field: Field, file: File) -> Iterator[Fact]:
    yield from _injected(annotation(field.decorators, "Value"), field.owner, field.name)


@framework.every(Definition)
def parameters(definition: Definition, file: File) -> Iterator[Fact]:
    for parameter in definition.parameters:
        yield from _injected(annotation(parameter.decorators, "Value"), definition.name, parameter.name)


def _injected(mark: Decorator | None, function: str, name: str) -> Iterator[Fact]:
    """`@Value("${KEY:default}")`. A property without a default may be set in application.yml, so only environment keys need be there."""
    value = given(mark, "")
    written = text(value)
    if mark is None or value is None or written is None:
        return
    for item in placeholders(written):
        if item.default is not None or is_environment_key(item.key):
            key = environment_key(item.key)
            name = name if is_environment_key(item.key) else item.key
            yield SettingRead(
                mark.span, key, function, item.default is not None, item.default or "", name, value.span, item.default is None
            )


@framework.call("*.getProperty", "*.getRequiredProperty")
def property(call: Call, file: File) -> Iterator[Fact]:
    if not call.callee.rpartition(".")[0].endswith("Environment()"):
        return
    key = file.constant(positional(call, 0), call.function)
    if isinstance(key, String) and (is_environment_key(key.value) or len(call.arguments) > 1):
        default = text(call.arguments[-1].value) if len(call.arguments) > 1 else None
        has_default = call.has_default or default is not None
        yield SettingRead(
            call.span, environment_key(key.value), call.function, has_default, default or "", key.value, call.arguments[0].span
        )


@framework.call("java.net.ServerSocket", "io.grpc.ServerBuilder.forPort", "java.net.InetSocketAddress", "*.setPort")
def listen(call: Call, file: File) -> Iterator[Fact]:
    if call.callee.endswith("InetSocketAddress") and not file.imports("com.sun.net.httpserver"):
        return
    if call.callee.endswith("setPort") and "WebServerFactory" not in call.callee:
        return
    given_port = positional(call, 0)
    value = file.constant(given_port, call.function)
    if given_port is None:
        return
    number = int(value.value) if isinstance(value, Number) else None
    found = source(value, file, call.function)
    if found is not None:
        number = int(found.default) if found.default and found.default.isdigit() else None
    yield Listen(call.span.until(call.name_span), number, environment_key(found.key) if found else "", call.function, given_port.span)
