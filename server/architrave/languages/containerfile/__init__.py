"""Dockerfiles: their stages, ports, environment, health check and what they are given; and what is left out of their build context.

A stage built on another one of the file has that one's user, ports and command until it sets its own, and the image at its root.
`ARG` defaults are put in; what stays unknown keeps its `$`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from msgspec.structs import replace
from tree_sitter import Node

from architrave.facts import Fact
from architrave.facts.deployment import ExposedPort, Probe, SettingDeclaration, Stage
from architrave.language import Language
from architrave.languages.containerfile.inputs import Instructions, copied, ignored, inputs
from architrave.regexes import regex
from architrave.syntax import Grammar
from architrave.text import FILE_START, Span
from architrave.urls import probed, sends_headers

_GRAMMAR = Grammar("tree_sitter_containerfile")
_LEAVES_ROOT = regex(r"\b(gosu|su-exec|setpriv|s6-setuidgid)\b")
_FILE_COMMANDS = frozenset("mv cp rm ln ls cd cat tar unzip gunzip unxz chmod chown mkdir rmdir find touch test echo set true".split())  # noqa: SIM905
_VARIABLE = regex(r"\$(?:(\w+)|\{(\w+)(?::?([-+])([^}]*))?\})")


@dataclass
class _Stage:
    """A stage while its instructions are read."""

    span: Span
    name: str
    image: str
    values: dict[str, str]
    user: str = ""
    user_span: Span | None = None
    ports: list[int] = field(default_factory=list)
    entrypoint: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    is_shell_form: bool = False
    shell_span: Span | None = None
    shell: str = ""
    image_span: Span | None = None
    start: int | None = None  # Of its first CMD or ENTRYPOINT.
    last: Span = FILE_START  # Its last instruction.
    copies: list[str] = field(default_factory=list)
    leaves_root: bool = False
    volumes: list[str] = field(default_factory=list)
    volume_span: Span | None = None
    only_moves_files: bool = True
    facts: list[Fact] = field(default_factory=list)  # Its own and those of the stages it is built on.
    base: _Stage | None = None  # The stage of the file that it is built on.
    nodes: list[Node] = field(default_factory=list)

    def fact(self, is_final: bool) -> Stage:
        place = Span(self.start, self.start) if self.start is not None else self.last
        command = self.entrypoint + self.arguments
        return Stage(
            self.span,
            self.name,
            self.image,
            is_final,
            self.user,
            self.user_span,
            tuple(self.ports),
            command,
            self.is_shell_form,
            place,
            tuple(self.copies),
            self.leaves_root,
            self.shell_span,
            self.shell,
            self.image_span,
            tuple(self.volumes),
            self.volume_span,
            not is_final and bool(self.copies) and self.only_moves_files,
        )


def facts(path: str, text: bytes) -> Iterator[Fact]:
    if path.endswith(".dockerignore"):
        yield ignored(text)
        return
    if path.endswith(".md"):
        return
    globals_: dict[str, str] = {}
    stages: dict[str, _Stage] = {}
    order: list[_Stage] = []
    for node in _instructions(_GRAMMAR.parse(text).root_node):
        kind = node.type
        if kind == "from_instruction":
            stage = _from(node, text, globals_, stages)
            order.append(stage)
            stages[stage.name.lower() or str(len(order) - 1)] = stage
            continue
        if order:
            order[-1].nodes.append(node)
        if kind == "arg_instruction":
            _arguments(node, text, order[-1].values if order else globals_, globals_)
        elif order:
            stage = order[-1]
            stage.last = Span(node.start_byte, node.end_byte)
            stage.facts.extend(_read(stage, node, text))
    for stage in order:
        yield stage.fact(stage is order[-1])
    if order:
        final = order[-1].facts
        yield from final
        for stage in order[:-1]:
            settings = (fact for fact in stage.facts if isinstance(fact, SettingDeclaration) and fact not in final)
            yield from (replace(fact, owner=stage.name) for fact in settings)
        kept = list(_kept(order[-1]))
        yield from inputs([Instructions(stage.name, stage.nodes, any(stage is other for other in kept)) for stage in order], text)


def _kept(stage: _Stage | None) -> Iterator[_Stage]:
    while stage is not None:
        yield stage
        stage = stage.base


def _instructions(root: Node) -> Iterator[Node]:
    for child in root.children:
        if child.type == "ERROR":
            yield from (inner for inner in child.children if inner.type.endswith("_instruction"))
        elif child.type.endswith("_instruction"):
            yield child


def _from(node: Node, text: bytes, arguments: dict[str, str], stages: dict[str, _Stage]) -> _Stage:
    image = next((child for child in node.children if child.type == "image_spec"), None)
    alias = node.child_by_field_name("as")
    written = _expanded(_source(image, text), arguments) if image is not None else ""
    stage = _Stage(Span(node.start_byte, node.end_byte), _source(alias, text) if alias is not None else "", written, {})
    stage.last = stage.span
    if image is not None and "$" not in _source(image, text):
        stage.image_span = Span(image.start_byte, image.end_byte)
    base = stages.get(written.lower())
    if base is not None:
        base.only_moves_files = stage.only_moves_files = False
        stage.base = base
        stage.image_span = None  # A stage of this file.
        stage.image, stage.user, stage.values = base.image, base.user, dict(base.values)
        stage.ports, stage.entrypoint, stage.arguments = list(base.ports), base.entrypoint, base.arguments
        stage.is_shell_form, stage.facts = base.is_shell_form, list(base.facts)
        stage.leaves_root, stage.volumes, stage.volume_span = base.leaves_root, list(base.volumes), base.volume_span
    return stage


def _arguments(node: Node, text: bytes, values: dict[str, str], outer: dict[str, str]) -> None:
    for child in node.children:
        if child.type == "arg_pair":
            name = child.child_by_field_name("name")
            default = child.child_by_field_name("default")
            key = _source(name, text) if name is not None else ""
            if default is not None:
                values[key] = _expanded(_unquoted(_source(default, text)), values)
            elif key in outer:
                values.setdefault(key, outer[key])


def _read(stage: _Stage, node: Node, text: bytes) -> Iterator[Fact]:
    kind = node.type
    span = Span(node.start_byte, node.end_byte)
    if kind == "user_instruction":
        user = node.child_by_field_name("user")
        if user is not None:
            stage.user, stage.user_span = _expanded(_unquoted(_source(user, text)), stage.values), span
    elif kind == "env_instruction":
        yield from _environment(stage, node, text)
    elif kind == "expose_instruction":
        for child in node.children:
            written = _expanded(_source(child, text), stage.values) if child.type == "expose_port" else ""
            port, _, protocol = written.partition("/")
            if port.isdecimal() and protocol.lower() != "udp":  # Nothing that is read here speaks UDP.
                stage.ports.append(int(port))
                yield ExposedPort(Span(child.start_byte, child.end_byte), "", "dockerfile", int(port))
    elif kind in ("cmd_instruction", "entrypoint_instruction"):
        words, is_shell_form = _command(node, text)
        if kind == "cmd_instruction":
            stage.arguments = words
        else:
            stage.entrypoint, stage.arguments = words, ()
        stage.is_shell_form = is_shell_form
        shell = next((child for child in node.children if child.type == "shell_command"), None)
        if kind == "entrypoint_instruction" or not stage.entrypoint:  # What is a command to an entry point is no process.
            stage.shell_span = Span(shell.start_byte, shell.end_byte) if shell is not None else None
            stage.shell = _source(shell, text).replace("\\\n", " ") if shell is not None else ""
        stage.start = node.start_byte if stage.start is None else stage.start
    elif kind in ("copy_instruction", "add_instruction"):
        stage.copies.extend(path for _, path in copied(node, text))
    elif kind == "run_instruction":
        written = _source(node, text)
        stage.leaves_root = stage.leaves_root or _LEAVES_ROOT.search(written) is not None
        stage.only_moves_files = stage.only_moves_files and _moves_files(written)
    elif kind == "volume_instruction":
        words = _command(node, text)[0] or tuple(_source(node, text).replace("\\\n", " ").split()[1:])
        stage.volumes.extend(_expanded(_unquoted(word), stage.values) for word in words)
        stage.volume_span = stage.volume_span or span
    elif kind == "healthcheck_instruction":
        url = probed(_expanded(_source(node, text), stage.values))
        if url is not None:
            at, has_headers = _place(node, text, url.path), sends_headers(_source(node, text))
            yield Probe(span, "", "healthcheck", url.path or "/", url.port or 80, path_span=at, has_headers=has_headers)


def _moves_files(run: str) -> bool:
    """Whether all commands of a RUN move, unpack or mark files."""
    _, _, commands = run.replace("\\\n", " ").partition(" ")
    return all(part.split()[0] in _FILE_COMMANDS for part in re.split(r"&&|\|\||[;|\n]", commands) if part.strip())


def _place(node: Node, text: bytes, path: str) -> Span | None:
    """Return where an instruction writes the path of a URL, when it does just once."""
    found = list(re.finditer(rb"(?<=[\w\]}])" + re.escape(path.encode()) + rb"(?![\w/.-])", text[node.start_byte : node.end_byte]))
    return Span(node.start_byte + found[0].start(), node.start_byte + found[0].end()) if len(found) == 1 else None


def _environment(stage: _Stage, node: Node, text: bytes) -> Iterator[Fact]:
    for child in node.children:
        name = child.child_by_field_name("name") if child.type == "env_pair" else None
        value = child.child_by_field_name("value") if child.type == "env_pair" else None
        if name is not None:
            key = _source(name, text)
            written = _expanded(_unquoted(_source(value, text)), stage.values) if value is not None else ""
            stage.values[key] = written
            yield SettingDeclaration(Span(name.start_byte, name.end_byte), key, "dockerfile", "", written)


def _command(node: Node, text: bytes) -> tuple[tuple[str, ...], bool]:
    for child in node.children:
        if child.type == "json_string_array":
            try:
                words = json.loads(_source(child, text))
            except ValueError:
                return (), False
            return tuple(str(word) for word in words), False
        if child.type == "shell_command":
            return tuple(_source(child, text).replace("\\\n", " ").split()), True
    return (), False


def _expanded(written: str, values: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        known = values.get(match[1] or match[2])
        if known is None and match[3] == "-":
            return match[4]
        return match[0] if known is None else known

    return _VARIABLE.sub(value, written) if "$" in written else written


def _unquoted(written: str) -> str:
    return written[1:-1] if len(written) > 1 and written[0] in "\"'" and written[-1] == written[0] else written


def _source(node: Node, text: bytes) -> str:
    return text[node.start_byte : node.end_byte].decode("utf-8", "replace")


LANGUAGE = Language(
    "containerfile",
    "#",
    suffixes=(".dockerfile", ".Dockerfile", ".containerfile"),
    filenames=("Dockerfile*", "Containerfile*", ".dockerignore"),
    facts=facts,
)
