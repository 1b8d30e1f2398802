"""Serverless Framework and AWS SAM: functions and their environment."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename, dirname, join, normpath

from architrave.documents import scalar
from architrave.facts import Fact
from architrave.facts.code import Document
from architrave.facts.deployment import ServerlessFunction, SettingDeclaration, SettingSource
from architrave.facts.values import Mapping, Value
from architrave.framework import File, Framework
from architrave.limits import SECONDS, duration
from architrave.regexes import regex

framework = Framework("serverless", languages=("yaml", "json"))

_FILE = regex(r"serverless([._-][\w-]+)*\.(ya?ml|json)$")
_FUNCTION = "AWS::Serverless::Function"


@framework.every(Document)
def functions(document: Document, file: File) -> Iterator[Fact]:
    root = document.value
    if not isinstance(root, Mapping):
        return
    if _FILE.match(basename(file.path)):
        yield from _environment(root.get("provider", "environment"), "")
        is_aws = (scalar(root.get("provider", "name")) or "") == "aws"
        for name, function in _mappings(root.get("functions")):
            yield from _environment(function.get("environment"), name)
            timeout = function.get("timeout") or root.get("provider", "timeout")
            if is_aws:
                yield from _function(name, function.get("handler"), "", timeout, file)
    elif (scalar(root.get("Transform")) or "").startswith("AWS::Serverless"):
        yield from _environment(root.get("Globals", "Function", "Environment", "Variables"), "")
        for name, resource in _mappings(root.get("Resources")):
            if scalar(resource.get("Type")) == _FUNCTION:
                code = resource.get("Properties", "CodeUri") or root.get("Globals", "Function", "CodeUri")
                timeout = resource.get("Properties", "Timeout") or root.get("Globals", "Function", "Timeout")
                yield from _function(name, resource.get("Properties", "Handler"), scalar(code) or "", timeout, file)
                yield from _environment(resource.get("Properties", "Environment", "Variables"), name)


def _function(name: str, handler: Value | None, folder: str, timeout: Value | None, file: File) -> Iterator[Fact]:
    written = scalar(handler)
    if handler is None or not written or "$" in written + folder:
        return
    place = normpath(join(dirname(file.path), folder, written))
    found = duration(timeout, SECONDS)
    yield ServerlessFunction(
        handler.span, "AWS Lambda", name, place, found.milliseconds if found is not None else None,
        timeout.span if found is not None and timeout is not None else None, found.change if found is not None else (),
    )  # fmt: skip


def _mappings(value: Value | None) -> Iterator[tuple[str, Mapping]]:
    for entry in value.entries if isinstance(value, Mapping) else ():
        if isinstance(entry.value, Mapping):
            yield entry.key, entry.value


def _environment(value: Value | None, owner: str) -> Iterator[Fact]:
    if value is None:
        return
    if not isinstance(value, Mapping):  # ${file(environment.yml):${opt:stage}}
        yield SettingSource(value.span, owner, "file", scalar(value) or "", "serverless")
        return
    for entry in value.entries:
        yield SettingDeclaration(entry.span, entry.key, "serverless", owner, scalar(entry.value) or "")
