"""YAML: one `Document` for each document of a file. Anchors, aliases and merge keys are resolved.

A template of Helm is no YAML before it is rendered: it gives a `Note`, and the names of the variables that it sets for the owner
`template:`. Broken lines cost themselves, not the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from architrave.documents import DEEPEST, is_worth_reading
from architrave.facts import Fact
from architrave.facts.code import Document, Note
from architrave.facts.deployment import SettingDeclaration
from architrave.facts.values import Boolean, Entry, Mapping, Null, Number, Sequence, String, Unknown, Value
from architrave.language import Language
from architrave.regexes import regex
from architrave.syntax import Grammar
from architrave.text import FILE_START, Span

_GRAMMAR = Grammar("tree_sitter_yaml")
_MOST_VALUES = 100_000  # After aliases; a document of nested aliases doubles with every line.
_TEMPLATE = regex(
    rb"(?<!\$)\{\{-|(?<!\$)\{\{\s*(?:if|range|with|end|else|define|template|include|block|toYaml|\.Values|\.Release|\.Chart)\b"
)
# Blocks nested some 250 deep overflow the grammar's own memory and end the process, so nothing indented that far reaches it.
_TOO_DEEP = regex(rb"(?m)^(?:[ \t]|[-?:][ \t\r\n]){90}")
_VARIABLE = regex(rb"""(?m)^[ \t]*(?:-[ \t]*)?(?:name:[ \t]*["']?([A-Z][A-Z0-9_]{2,})["']?[ \t]*$)""")
_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_BOOLEAN = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NUMBER = regex(r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$")
_ESCAPE = regex(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|\r?\n[ \t]*|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "v": "\v", "_": "\xa0"}
_FOLD = regex(r"[ \t]*\r?\n[ \t]*((?:\r?\n[ \t]*)*)")
_HEADER = regex(r"[|>]([-+0-9]*)[^\n]*\n?")
_PAIRS = ("block_mapping_pair", "flow_pair")


def facts(path: str, text: bytes) -> Iterator[Fact]:
    if not is_worth_reading(path, text):
        return
    if b"{{" in text and (_TEMPLATE.search(text) or "/templates/" in f"/{path}"):
        yield Note(FILE_START, "Not read: a template, which is no YAML before it is rendered.")
        for match in _VARIABLE.finditer(text):
            yield SettingDeclaration(Span(match.start(1), match.end(1)), match[1].decode(), "kubernetes", "template:")
        return
    if _TOO_DEEP.search(text):
        yield Note(FILE_START, "Not read: nested too deeply.")
        return
    index = 0
    for nodes in _documents(_GRAMMAR.parse(text).root_node):
        value = _Reader(text).document(nodes)
        if value is not None:
            yield Document(value.span, value, index)
            index += 1


def _documents(root: Node) -> Iterator[list[Node]]:
    """Yield the nodes of each document; where the file is broken, the pieces between `---`."""
    loose: list[Node] = []
    for child in root.children:
        if child.type == "document":
            if loose:
                yield loose
                loose = []
            yield child.children
        elif child.type == "---":
            yield loose
            loose = []
        elif child.type == "ERROR" and root.type == "stream":
            for nodes in _documents(child):
                yield loose + nodes
                loose = []
        else:
            loose.append(child)
    if loose:
        yield loose


class _Reader:
    """Reads the values of one document. Knows its anchors, and how many values it has made."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.anchors: dict[str, tuple[Value, int]] = {}
        self.made = 0

    def document(self, nodes: list[Node]) -> Value | None:
        """Return the value of a document; the loose entries of a broken one make one mapping or sequence."""
        entries: list[Entry] = []
        items: list[Value] = []
        values: list[Value] = []
        for node in nodes:
            if node.type in _PAIRS:
                entries.extend(self._pair(node, 0))
            elif node.type == "block_sequence_item":
                items.append(self._item(node, 0))
            elif node.type in ("block_node", "flow_node"):
                values.append(self.value(node, 0))
            elif node.type == "ERROR":
                entries.extend(self._broken(node, 0))
        for value in values:
            if isinstance(value, Mapping):
                entries.extend(value.entries)
            elif isinstance(value, Sequence):
                items.extend(value.items)
        if entries:
            if len(values) == 1 and isinstance(values[0], Mapping) and len(values[0].entries) == len(entries):
                return values[0]
            entries.sort(key=lambda entry: entry.span.start)
            return Mapping(Span(entries[0].span.start, max(entries[-1].value.span.end, entries[-1].span.end)), tuple(entries))
        if items:
            return values[0] if len(values) == 1 else Sequence(Span(items[0].span.start, items[-1].span.end), tuple(items))
        return values[0] if values else None

    def value(self, node: Node, depth: int) -> Value:
        """Return the value of a block or flow node."""
        self.made += 1
        start = node.start_byte
        first = self.text[start : start + 1]
        if first in b"&!|>[{*'\"" or node.type != "flow_node":
            return self._composed(node, depth)
        return _plain(self._source(node), Span(start, node.end_byte))

    def _source(self, node: Node) -> str:
        return self.text[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def _composed(self, node: Node, depth: int) -> Value:
        anchor = tag = ""
        before = self.made
        value: Value | None = None
        for child in node.children:
            kind = child.type
            if kind == "anchor":
                anchor = self._source(child)[1:]
            elif kind == "tag":
                tag = self._source(child)
            elif kind != "comment":
                value = self._content(child, depth, tag)
        if value is None:
            value = Null(Span(node.end_byte, node.end_byte))
        if anchor:
            self.anchors[anchor] = (value, self.made - before + 1)
        return value

    def _content(self, node: Node, depth: int, tag: str) -> Value:
        kind = node.type
        span = Span(node.start_byte, node.end_byte)
        if depth >= DEEPEST or self.made > _MOST_VALUES:
            return Unknown(span)
        if kind in ("block_mapping", "flow_mapping"):
            return self._mapping(node, depth + 1, span)
        if kind == "block_sequence":
            return Sequence(span, tuple(self._item(child, depth + 1) for child in node.children if child.type == "block_sequence_item"))
        if kind == "flow_sequence":
            return Sequence(span, tuple(self._flow_items(node, depth + 1)))
        if kind == "alias":
            return self._alias(self._source(node)[1:], span)
        written = self._source(node)
        if kind == "block_scalar":
            return String(span, _block(written))
        if kind == "double_quote_scalar":
            return String(span, _ESCAPE.sub(_unescaped, _folded(written[1:-1])))
        if kind == "single_quote_scalar":
            return String(span, _folded(written[1:-1]).replace("''", "'"))
        return String(span, _folded(written)) if tag.startswith("!!str") else _plain(written, span)

    def _mapping(self, node: Node, depth: int, span: Span) -> Mapping:
        entries: list[Entry] = []
        merged: list[Entry] = []
        for child in node.children:
            if child.type in _PAIRS:
                for entry in self._pair(child, depth):
                    (merged if entry.key == "<<" else entries).append(entry)
            elif child.type == "ERROR":
                entries.extend(self._broken(child, depth))
            elif child.type == "flow_node":  # {a, b}: keys without a value.
                key = self.value(child, depth)
                entries.append(Entry(key.span, self._source(child), Null(Span(key.span.end, key.span.end))))
        if merged:
            known = {entry.key for entry in entries}
            for entry in merged:
                for source in entry.value.items if isinstance(entry.value, Sequence) else (entry.value,):
                    new = [item for item in source.entries if item.key not in known] if isinstance(source, Mapping) else []
                    known.update(item.key for item in new)
                    entries.extend(new)
        return Mapping(span, tuple(entries))

    def _pair(self, node: Node, depth: int) -> Iterator[Entry]:
        key: Node | None = None
        value: Node | None = None
        has_colon = False
        for child in node.children:
            kind = child.type
            if kind == ":":
                has_colon = True
            elif kind in ("flow_node", "block_node"):
                if has_colon:
                    value = child
                else:
                    key = child
        if key is None:
            return
        span = Span(key.start_byte, key.end_byte)
        name = self._source(key)
        if name[:1] in "\"'":
            quoted = self._composed(key, depth)
            name = quoted.value if isinstance(quoted, String) else name
        yield Entry(span, name, self.value(value, depth) if value is not None else Null(Span(node.end_byte, node.end_byte)))

    def _item(self, node: Node, depth: int) -> Value:
        for child in node.children:
            if child.type in ("block_node", "flow_node"):
                return self.value(child, depth)
        return Null(Span(node.end_byte, node.end_byte))

    def _flow_items(self, node: Node, depth: int) -> Iterator[Value]:
        for child in node.children:
            if child.type == "flow_node":
                yield self.value(child, depth)
            elif child.type == "flow_pair":
                yield Mapping(Span(child.start_byte, child.end_byte), tuple(self._pair(child, depth)))

    def _broken(self, node: Node, depth: int) -> Iterator[Entry]:
        """Yield the whole pairs in a stretch that could not be parsed."""
        for child in node.children:
            if child.type in _PAIRS:
                yield from self._pair(child, depth)

    def _alias(self, name: str, span: Span) -> Value:
        value, size = self.anchors.get(name, (Unknown(span), 1))
        self.made += size
        return value if self.made <= _MOST_VALUES else Unknown(span)


def _plain(written: str, span: Span) -> Value:
    if written in _NULL:
        return Null(span)
    if written in _BOOLEAN:
        return Boolean(span, _BOOLEAN[written])
    if written[0] in "-+0123456789" and _NUMBER.match(written):
        return Number(span, float(written))
    return String(span, _folded(written))


def _folded(written: str) -> str:
    """A line break is a space, an empty line a line break."""
    return _FOLD.sub(lambda match: "\n" * match[1].count("\n") or " ", written) if "\n" in written else written


def _unescaped(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3]
    if code:
        return chr(int(code, 16)) if int(code, 16) < 0x110000 else "\ufffd"
    return _ESCAPED.get(match[4], match[4]) if match[4] else ""


def _block(written: str) -> str:
    """Return the text of a block scalar; its lines lose the indentation of the first one."""
    header = _HEADER.match(written)
    if header is None:
        return ""
    lines = written[header.end() :].replace("\r\n", "\n").split("\n")
    indent = next((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), 0)
    body = "\n".join(line[indent:] for line in lines)
    if written[0] == ">":
        body = re.sub(r"(?<=[^\n])\n(?=[^\n ])", " ", body)
    return body.rstrip("\n") + ("" if "-" in header[1] or not body.strip() else "\n")


LANGUAGE = Language("yaml", "#", suffixes=(".yaml", ".yml"), facts=facts)
