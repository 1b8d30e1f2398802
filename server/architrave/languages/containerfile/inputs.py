"""What a Dockerfile is given when it is built: its arguments, the paths that it copies of the build context, and what is left out.

An argument that is a secret can be handed to the commands that use it instead, by a mount that leaves nothing behind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tree_sitter import Node

from architrave.facts.deployment import BuildIgnore, BuildInput
from architrave.facts.values import Replacement
from architrave.regexes import regex
from architrave.text import FILE_START, Span

_OLD_SYNTAX = regex(rb"\A(?:#[^\n]*\n)*#\s*syntax\s*=\s*docker/dockerfile:(?:1\.\d\b|experimental)")  # `env` came with 1.10.
_TAKES_FROM_ENVIRONMENT = regex(
    r"\b(npm|yarn|pnpm|bun) (ci|i|install|add)\b|\b(pip3?|poetry|uv|pipenv|pdm|bundle|composer) (install|sync)\b|\bgit clone\b"
    r"|\bgo (mod|build|get)\b|\bmvn\b|\bgradlew?\b|\bcargo (build|fetch|install)\b"
)


class Instructions(NamedTuple):
    """The instructions of a stage in their order. `is_kept`: what runs is built on the stage, so it and the history of the image have
    what these bring in."""

    stage: str
    nodes: Sequence[Node]
    is_kept: bool


def inputs(stages: Sequence[Instructions], text: bytes) -> Iterator[BuildInput]:
    for index, stage in enumerate(stages):
        elsewhere = [other for number, other in enumerate(stages) if number != index]
        for number, node in enumerate(stage.nodes):
            if node.type == "arg_instruction":
                yield from _arguments(stage, node, stage.nodes[number + 1 :], elsewhere, text)
            elif node.type in ("copy_instruction", "add_instruction"):
                for span, path in copied(node, text):
                    yield BuildInput(span, "copy", path, stage.stage, stage.is_kept)


def copied(node: Node, text: bytes) -> list[tuple[Span, str]]:
    """Return the paths of the build context that a COPY or ADD takes."""
    if any(_source(child, text).startswith("--from") for child in node.children if child.type == "param"):
        return []
    paths = [(Span(child.start_byte, child.end_byte), _source(child, text)) for child in node.children if child.type == "path"]
    for array in (child for child in node.children if child.type == "json_string_array"):
        for item in array.children:
            if item.type == "json_string":
                try:
                    paths.append((Span(item.start_byte, item.end_byte), str(json.loads(_source(item, text)))))
                except ValueError:
                    return []
    return paths[:-1]


def ignored(text: bytes) -> BuildIgnore:
    """Return what a `.dockerignore` leaves out of the build context."""
    lines = list(re.finditer(rb"(?m)^[^\S\n]*([^#\s][^\n]*?)\s*$", text))
    last = Span(lines[-1].start(1), lines[-1].end(1)) if lines else FILE_START
    return BuildIgnore(last, tuple(match[1].decode("utf-8", "replace") for match in lines))


def _arguments(
    stage: Instructions, node: Node, later: Sequence[Node], elsewhere: Sequence[Instructions], text: bytes
) -> Iterator[BuildInput]:
    pairs = [child for child in node.children if child.type == "arg_pair"]
    for pair in pairs:
        name, default = pair.child_by_field_name("name"), pair.child_by_field_name("default")
        if name is None:
            continue
        key = _source(name, text)
        uses = re.compile(rf"\$\{{?{re.escape(key)}\b")
        is_seen = any(item.type == "run_instruction" or uses.search(_source(item, text)) for item in later)
        mend = tuple(_mounts(key, uses, node, later, text)) if len(pairs) == 1 and not _OLD_SYNTAX.search(text) else ()
        if any(uses.search(_source(item, text)) for other in elsewhere if not _declares(other, key, text) for item in other.nodes):
            mend = ()
        value = _source(default, text).strip("\"'") if default is not None else ""
        yield BuildInput(
            Span(name.start_byte, name.end_byte), "argument", key, stage.stage, stage.is_kept and is_seen, value, mend, is_seen
        )


def _declares(stage: Instructions, key: str, text: bytes) -> bool:
    return any(node.type == "arg_instruction" and re.search(rf"\b{re.escape(key)}\b", _source(node, text)) for node in stage.nodes)


def _mounts(key: str, uses: re.Pattern[str], argument: Node, later: Sequence[Node], text: bytes) -> Iterator[Replacement]:
    """Yield what hands an argument to the commands that use it as a secret; nothing where something else uses it too."""
    naming = [node for node in later if uses.search(_source(node, text))]
    runs = [node for node in naming if node.type == "run_instruction"]
    passed_on = [node for node in naming if _passes_on(node, key, text)]
    if len(runs) + len(passed_on) < len(naming):
        return
    runs = runs or [node for node in later if node.type == "run_instruction" and _TAKES_FROM_ENVIRONMENT.search(_source(node, text))]
    if not runs:
        return
    for node in (argument, *passed_on):
        yield Replacement(Span(node.start_byte, node.end_byte), "", "whole")
    for node in runs:
        end = node.children[0].end_byte
        yield Replacement(Span(end, end), f" --mount=type=secret,id={key},env={key}")


def _passes_on(node: Node, key: str, text: bytes) -> bool:
    """Whether an instruction does nothing but make an argument a variable of the same name: `ENV X=$X`."""
    return (
        re.fullmatch(rf"ENV\s+{re.escape(key)}[=\s]\s*\"?\$\{{?{re.escape(key)}\}}?\"?\s*", _source(node, text), re.IGNORECASE) is not None
    )


def _source(node: Node, text: bytes) -> str:
    return text[node.start_byte : node.end_byte].decode("utf-8", "replace")
