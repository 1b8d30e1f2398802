"""The facts of one file, packed small until a rule asks for a kind of them.

Workers and the cache hand over bytes; each kind of fact is decoded when it is first read, so what no rule reads costs nothing.
Rules see what code means, so the kinds that only tell frameworks what the syntax says are not kept (`RAW`), nor are the arguments
of calls in which no framework saw anything. The facts of a text just extracted (`facts`) are all there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, get_args

import msgspec

from architrave.facts import Fact, code
from architrave.model.graph import by_kind
from architrave.text import Span

RAW: frozenset[type] = frozenset({code.Assignment, code.Access, code.Comparison, code.Return, code.Document})
_ARGUMENTS = code.Call.__struct_fields__.index("arguments")
KINDS: dict[str, type] = {kind.__name__: kind for kind in get_args(Fact)}


class Cover(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a suppression is about: findings that start or end in bytes `start` to `end`. All spans are absolute."""

    span: Span
    start: int
    end: int
    rules: tuple[str, ...] = ()
    until: str = ""


class _Packed(msgspec.Struct, array_like=True, gc=False):
    language: str
    lines: int
    is_generated: bool
    covers: tuple[Cover, ...]
    starts: msgspec.Raw
    kinds: dict[str, msgspec.Raw]


_ENCODER = msgspec.msgpack.Encoder()
_PACKED = msgspec.msgpack.Decoder(_Packed)
_STARTS = msgspec.msgpack.Decoder(dict[int, int])


@cache
def _decoder(kind: type) -> msgspec.msgpack.Decoder[tuple[Any, ...]]:
    return msgspec.msgpack.Decoder(tuple[kind, ...])  # type: ignore[valid-type]


def _kept(facts: dict[type, tuple[Any, ...]], bare: dict[int, code.Call], before: Mapping[int, code.Call]) -> dict[type, tuple[Any, ...]]:
    """Return what rules may read. `bare` takes up the calls without arguments, by the identity of the whole ones, as `before` did."""
    kept = {kind: items for kind, items in facts.items() if kind not in RAW}
    calls = kept.get(code.Call)
    if calls:
        meant: dict[int, list[int]] = {}  # Where something begins that means more than code, by chunk.
        for kind, items in kept.items():
            if kind.__module__ != code.__name__:
                for item in items:
                    meant.setdefault(item.span.chunk, []).append(item.span.start)
        found = []
        for call in calls:
            if call.arguments and not _means(call.span, meant):
                short = bare[id(call)] = before.get(id(call)) or _without_arguments(call)
                found.append(short)
            else:
                found.append(call)
        kept[code.Call] = tuple(found)
    return kept


def _means(span: Span, meant: dict[int, list[int]]) -> bool:
    starts = meant.get(span.chunk)
    return starts is not None and any(span.start <= start < span.end for start in starts)


def _without_arguments(call: code.Call) -> code.Call:
    values = [getattr(call, name) for name in call.__struct_fields__]
    values[_ARGUMENTS] = ()
    return code.Call(*values)


class FileFacts:
    """Everything known of a file. `starts` gives the byte at which each chunk starts; chunk 0 is the file.

    Immutable to the outside. Two threads may read it at once: at worst a kind is decoded twice.
    """

    __slots__ = ("_all", "_bare", "_decoded", "_packed", "_starts", "covers", "is_generated", "language", "lines", "path")

    def __init__(
        self,
        path: str,
        language: str,
        facts: Iterable[Fact] = (),
        starts: dict[int, int] | None = None,
        covers: tuple[Cover, ...] = (),
        lines: int = 0,
        is_generated: bool = False,
        earlier: FileFacts | None = None,
    ) -> None:
        """`earlier` is the version that an edit made this one of: what is the same in both is taken over."""
        self.path = path
        self.language = language
        self.covers = covers
        self.lines = lines
        self.is_generated = is_generated
        self._all = tuple(facts)
        self._bare: dict[int, code.Call] = {}  # Valid as long as `_all` keeps the whole calls.
        self._decoded: dict[type, tuple[Any, ...]] = _kept(by_kind(self._all), self._bare, earlier._bare if earlier is not None else {})
        self._starts: dict[int, int] | msgspec.Raw = starts if starts is not None else {0: 0}
        self._packed: dict[str, msgspec.Raw] = {}

    @classmethod
    def unpack(cls, path: str, packed: bytes | msgspec.Raw) -> FileFacts:
        """Return the facts of `pack`; bytes of anything else raise `msgspec.DecodeError` (here or when a kind is first read)."""
        content = _PACKED.decode(packed)
        file = cls(path, content.language, (), {}, content.covers, content.lines, content.is_generated)
        file._starts = content.starts
        file._packed = content.kinds
        return file

    def pack(self) -> bytes:
        kinds: dict[str, Any] = dict(self._packed)
        kinds.update((kind.__name__, facts) for kind, facts in self._decoded.items())
        return _ENCODER.encode((self.language, self.lines, self.is_generated, self.covers, self._starts, kinds))

    @property
    def kinds(self) -> set[type]:
        return {*(kind for kind, facts in list(self._decoded.items()) if facts), *(KINDS[name] for name in self._packed)}

    def of(self, kind: type) -> tuple[Any, ...]:
        """Return the facts of a kind in the order of the file."""
        found = self._decoded.get(kind)
        if found is None:
            packed = self._packed.get(kind.__name__)
            found = self._decoded[kind] = _decoder(kind).decode(packed) if packed is not None else ()
        return found

    def is_same(self, kind: type, other: FileFacts) -> bool:
        """Whether two versions of a file have the same facts of a kind."""
        mine, theirs = self._packed.get(kind.__name__), other._packed.get(kind.__name__)
        if mine is not None and theirs is not None and bytes(mine) == bytes(theirs):
            return True
        return self.of(kind) == other.of(kind)

    @property
    def starts(self) -> Mapping[int, int]:
        if not isinstance(self._starts, dict):
            self._starts = _STARTS.decode(self._starts)
        return self._starts

    @property
    def facts(self) -> tuple[Fact, ...]:
        """All facts of a text just extracted; of an unpacked file what is kept of them, kind by kind."""
        return self._all or tuple(fact for kind in KINDS.values() for fact in self.of(kind))

    def absolute(self, span: Span) -> Span:
        return span if not span.chunk else span.moved(self.starts.get(span.chunk, 0))
