"""The facts of one file, packed small until a rule asks for a kind of them.

Workers and the cache hand over bytes; each kind of fact is decoded when it is first read, so what no rule reads costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, get_args

import msgspec

from architrave.facts import Fact
from architrave.model.graph import by_kind
from architrave.text import Span

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


class FileFacts:
    """Everything known of a file. `starts` gives the byte at which each chunk starts; chunk 0 is the file.

    Immutable to the outside. Two threads may read it at once: at worst a kind is decoded twice.
    """

    __slots__ = ("_decoded", "_packed", "_starts", "covers", "is_generated", "language", "lines", "path")

    def __init__(
        self,
        path: str,
        language: str,
        facts: Iterable[Fact] = (),
        starts: dict[int, int] | None = None,
        covers: tuple[Cover, ...] = (),
        lines: int = 0,
        is_generated: bool = False,
    ) -> None:
        self.path = path
        self.language = language
        self.covers = covers
        self.lines = lines
        self.is_generated = is_generated
        self._decoded: dict[type, tuple[Any, ...]] = by_kind(tuple(facts))
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
        return {*self._decoded, *(KINDS[name] for name in self._packed)}

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
        """All facts, kind by kind."""
        return tuple(fact for kind in KINDS.values() for fact in self.of(kind))

    def absolute(self, span: Span) -> Span:
        return span if not span.chunk else span.moved(self.starts.get(span.chunk, 0))
