"""Celery: tasks, what sends them, and when they count as done."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import splitext
from typing import Literal

from architrave.address import address
from architrave.facts import Fact
from architrave.facts.api import Client
from architrave.facts.code import Assignment, Call
from architrave.facts.messaging import Broker, Publish, Subscribe
from architrave.facts.values import Boolean, Invocation, Mapping, Replacement, String, Value, text
from architrave.framework import Decorated, File, Framework

framework = Framework("celery", languages=("python",))

Acknowledge = Literal["auto", "manual", "unknown"]
_APPS = ("celery.Celery", "celery.app.Celery", "celery.app.base.Celery")
_TASKS = frozenset({"celery.shared_task", "celery.task", "celery.app.task", *(f"{app}().task" for app in _APPS)})
_SENDS = ("delay", "apply_async")
# What a task is in a chain, a group or a chord: `send_invoice.s(1)`.
_SIGNATURES = ("s", "si", "signature", "subtask")


@framework.call(*_APPS)
def app(call: Call, file: File) -> Iterator[Fact]:
    assignment = file.assigned(call)
    name = assignment.target if assignment is not None else ""
    broker = address(call.argument("broker", 2), lambda part: file.constant(part, call.function))
    yield Client(
        call.span.until(call.name_span), "celery", "queue", name, call.function, base_url=broker.authority if broker else "",
        setting=broker.setting if broker else "", is_cached=True,
    )  # fmt: skip


@framework.decorator("*.task", "*.shared_task")
def task(decorated: Decorated, file: File) -> Iterator[Fact]:
    """`@shared_task`, `@app.task(bind=True)`, also where `app` is of another file."""
    decorator, definition = decorated
    owner = decorator.name.rpartition(".")[0]
    is_known = decorator.name in _TASKS
    if not is_known and ("()" in owner or not file.is_imported(decorator.written)):
        return
    name = text(_given("name", decorated)) or _module(file.path) + "." + definition.name
    late = _given("acks_late", decorated)
    acknowledge, reason = _acknowledged(late, file)
    fix = (Replacement(late.span, "True"),) if acknowledge == "auto" and late is not None else ()
    yield Subscribe(
        decorator.span, definition.name, _broker(file), name, "celery", definition.name, acknowledge, reason, fix,
        through="" if is_known else owner,
    )  # fmt: skip


def _given(option: str, decorated: Decorated) -> Value | None:
    return next((item.value for item in decorated[0].arguments if item.name == option), None)


def _acknowledged(late: Value | None, file: File) -> tuple[Acknowledge, str]:
    """When the broker may forget a task: before it runs, which is Celery's default, only where somebody wrote so."""
    if isinstance(late, Boolean):
        return ("manual", "") if late.value else ("auto", "acks_late=False")
    return ("manual", "") if late is None and file.once(_are_late) else ("unknown", "")


def _are_late(file: File) -> bool:
    """`app.conf.task_acks_late = True`, `app.conf.update(task_acks_late=True)`."""
    return any(
        item.target.endswith(".task_acks_late") and isinstance(item.value, Boolean) and item.value.value for item in file.all(Assignment)
    ) or any(
        item.name == "task_acks_late" and isinstance(item.value, Boolean) and item.value.value
        for call in file.all(Call)
        if call.callee.endswith(".conf.update")
        for item in call.arguments
    )


def _broker(file: File) -> Broker:
    """The broker whose address the application of this file is given."""
    for call in file.all(Call):
        if call.callee in _APPS:
            found = address(call.argument("broker", 2), lambda part: file.constant(part, ""))
            scheme = found.scheme if found is not None else ""
            return "redis" if scheme.startswith("redis") else "rabbitmq" if scheme.startswith("amqp") else "unknown"
    return "unknown"


def _module(path: str) -> str:
    parts = splitext(path)[0].split("/")
    return ".".join(parts[1:] if parts[0] == "src" else parts).removesuffix(".__init__")


@framework.call(*(f"*.{method}" for method in _SENDS))
def send(call: Call, file: File) -> Iterator[Fact]:
    """`send_invoice.delay(1)` of a task; `chain(reserve.s(1), pay.s(2)).delay()` sends its first."""
    owner = call.callee.rpartition(".")[0]
    if not owner or not call.receiver:
        return
    if owner.endswith("()"):
        started = next(iter(file.chain(call)), None)
        first = started.arguments[0].value if started is not None and started.arguments else None
        if not isinstance(first, Invocation) or first.callee.rpartition(".")[2] not in _SIGNATURES:
            return
        owner = first.callee.rpartition(".")[0]
    elif owner.rpartition(".")[2] in _SIGNATURES or (not file.is_imported(call.written) and file.definition(owner) is None):
        return
    yield Publish(call.span.until(call.name_span), call.function, "unknown", "", "celery", (), f"{owner}:task")


@framework.call("*.send_task", "celery.signature", "celery.execute.send_task")
def send_named(call: Call, file: File) -> Iterator[Fact]:
    """`app.send_task("billing.tasks.charge")`."""
    name = file.constant(call.argument("name", 0), call.function)
    if isinstance(name, String) and (call.callee != "celery.signature" or "." in name.value):
        arguments = file.constant(call.argument("kwargs", 2), call.function)
        fields = tuple(entry.key for entry in arguments.entries if entry.key) if isinstance(arguments, Mapping) else ()
        yield Publish(call.span.until(call.name_span), call.function, _broker(file), name.value, "celery", fields)
