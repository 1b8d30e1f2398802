"""Serverless Framework and AWS SAM: the environment of functions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import basename

from architrave.documents import scalar
from architrave.facts import Fact
from architrave.facts.code import Document
from architrave.facts.deployment import SettingDeclaration, SettingSource
from architrave.facts.values import Mapping, Value
from architrave.framework import File, Framework

framework = Framework("serverless", languages=("yaml", "json"))

_FILE = re.compile(r"serverless([._-][\w-]+)*\.(ya?ml|json)$")
_FUNCTION = "AWS::Serverless::Function"


@framework.every(Document)
def functions(document: Document, file: File) -> Iterator[Fact]:
    root = document.value
    if not isinstance(root, Mapping):
        return
    if _FILE.match(basename(file.path)):
        yield from _environment(root.get("provider", "environment"), "")
        for name, function in _mappings(root.get("functions")):
            yield from _environment(function.get("environment"), name)
    elif (scalar(root.get("Transform")) or "").startswith("AWS::Serverless"):
        yield from _environment(root.get("Globals", "Function", "Environment", "Variables"), "")
        for name, resource in _mappings(root.get("Resources")):
            if scalar(resource.get("Type")) == _FUNCTION:
                yield from _environment(resource.get("Properties", "Environment", "Variables"), name)


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
