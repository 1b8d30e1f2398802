"""Terraform: resources with their literal attributes, and the environment of what they deploy."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.documents import scalar
from architrave.facts import Fact
from architrave.facts.code import Document
from architrave.facts.deployment import Probe, Resource, SettingDeclaration, SettingSource
from architrave.facts.messaging import QueueDeclaration
from architrave.facts.values import Entry, Mapping, Replacement, Sequence, String, Value, names, walk
from architrave.framework import File, Framework
from architrave.text import Span

framework = Framework("terraform", languages=("hcl",))

_MAPS = ("variables", "environment_variables", "app_settings", "env_vars")  # aws_lambda_function, google_cloudfunctions, azurerm_*_app.
_LISTS = ("env", "environment", "secrets")  # google_cloud_run_service, kubernetes_deployment, aws_ecs_task_definition.
_TARGETS = ("aws_lb_target_group", "aws_alb_target_group")
_MOST = 200  # Attributes of one resource.


@framework.every(Document)
def resources(document: Document, file: File) -> Iterator[Fact]:
    if not file.path.endswith(".tf") or not isinstance(document.value, Mapping):
        return
    for block in document.value.entries:
        if block.key != "resource" or not isinstance(block.value, Mapping):
            continue
        for kind in block.value.entries:
            for named in kind.value.entries if isinstance(kind.value, Mapping) else ():
                if isinstance(named.value, Mapping):
                    yield Resource(block.span.until(named.span), kind.key, named.key, tuple(_attributes(named.value, ""))[:_MOST])
                    if kind.key in _TARGETS:
                        yield from _balancer(named.value, named.key)
                    if kind.key == "aws_sqs_queue":
                        yield _queue(block.span.until(named.span), named, named.value, document.value)
                    for key, span, value, is_secret in _environment(named.value):
                        yield SettingDeclaration(span, key, "terraform", named.key, value, is_secret)
                    for entry in _entries(named.value):
                        if entry.key in _MAPS and not isinstance(entry.value, Mapping):  # variables = merge(local.common, {…})
                            yield SettingSource(entry.span, named.key, "file", scalar(entry.value) or "", "terraform")


def _balancer(group: Mapping, name: str) -> Iterator[Fact]:
    """The health check of a target group, which is called like what it balances, unless other answers than 200 are good ones too."""
    path, good = group.get("health_check", "path"), group.get("health_check", "matcher")
    if isinstance(path, String) and (good is None or scalar(good) == "200"):
        owner = scalar(group.get("name")) or name
        yield Probe(path.span, owner.replace("_", "-"), "balancer", path.value, path_span=path.span)


def _queue(span: Span, named: Entry, body: Mapping, document: Mapping) -> QueueDeclaration:
    """A queue of SQS; one that another names as its dead letter queue, or that says who may, is one."""
    has_dead_letter: bool | None = body.entry("redrive_policy") is not None
    own = f"aws_sqs_queue.{named.key}."
    if body.entry("redrive_allow_policy") is not None or any(name.startswith(own) for name in _dead_letters(document)):
        has_dead_letter = None
    fix: tuple[Replacement, ...] = ()
    if has_dead_letter is False and body.entries and body.entry("for_each") is None and body.entry("count") is None:
        policy = "\n".join((
            "redrive_policy = jsonencode({",
            f"  deadLetterTargetArn = aws_sqs_queue.{named.key}_dead.arn",
            "  maxReceiveCount     = 5",
            "})",
        ))  # fmt: skip
        name = scalar(body.get("name")) or named.key.replace("_", "-")
        suffix = "-dead.fifo" if name.endswith(".fifo") else "-dead"
        lines = [f'  name = "{name.removesuffix(".fifo")}{suffix}"', *(["  fifo_queue = true"] if suffix.endswith(".fifo") else [])]
        dead = "\n".join((f'resource "aws_sqs_queue" "{named.key}_dead" {{', *lines, "}"))
        last = body.entries[-1].value.span
        fix = (Replacement(last, policy, "after"), Replacement(body.span.after, f"\n\n{dead}"))
    return QueueDeclaration(span, "sqs", scalar(body.get("name")) or named.key, has_dead_letter, fix=fix)


def _dead_letters(document: Mapping) -> Iterator[str]:
    """Yield the names that redrive policies of a file speak of; those of a resource of its own say which queue has one."""
    for block in document.entries:
        for kind in block.value.entries if block.key == "resource" and isinstance(block.value, Mapping) else ():
            for named in kind.value.entries if isinstance(kind.value, Mapping) else ():
                body = named.value if isinstance(named.value, Mapping) else None
                policy = body.get("redrive_policy") if body is not None else None
                if policy is not None:
                    yield from names(policy)
                if kind.key == "aws_sqs_queue_redrive_policy" and body is not None:
                    yield from names(body)


def _attributes(mapping: Mapping, prefix: str) -> Iterator[tuple[str, str]]:
    for entry in mapping.entries:
        if isinstance(entry.value, Mapping):
            yield from _attributes(entry.value, f"{prefix}{entry.key}.")
        elif isinstance(entry.value, Sequence):
            items = [scalar(item) for item in entry.value.items]
            if items and all(item is not None for item in items):
                yield f"{prefix}{entry.key}", ",".join(item for item in items if item is not None)
        else:
            value = scalar(entry.value)
            if value is not None:
                yield f"{prefix}{entry.key}", value


def _environment(body: Mapping) -> Iterator[tuple[str, Span, str, bool]]:
    """Yield the variables set anywhere in a resource, and whether a store of secrets has the value."""
    for entry in _entries(body):
        if entry.key in _MAPS and isinstance(entry.value, Mapping):
            for item in entry.value.entries:
                yield item.key, item.span, scalar(item.value) or "", False
        elif entry.key in _LISTS:
            for named in entry.value.items if isinstance(entry.value, Sequence) else (entry.value,):
                name = named.get("name") if isinstance(named, Mapping) else None
                if isinstance(name, String) and isinstance(named, Mapping):
                    is_secret = entry.key == "secrets" or named.get("value_source") is not None
                    yield name.value, name.span, scalar(named.get("value")) or "", is_secret


def _entries(value: Value) -> Iterator[Entry]:
    for part in walk(value):
        if isinstance(part, Mapping):
            yield from part.entries
