"""The facts of one file, packed small until a rule asks for a kind of them.

Workers and the cache hand over bytes; each kind of fact is decoded when it is first read, so what no rule reads costs nothing.
Rules see what code means, so the kinds that only tell frameworks what the syntax says are not kept (`RAW`), nor are the arguments
of calls in which no framework saw anything. The facts of a text just extracted (`facts`) are all there; those of an open file lie
chunk by chunk, so that its next version shares all but the chunks that an edit changed.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from functools import cache
from itertools import chain
from typing import Any, NamedTuple, get_args

import msgspec

from architrave.facts import Fact, code
from architrave.model.graph import by_kind
from architrave.model.pieces import Groups
from architrave.text import Span

RAW: frozenset[type] = frozenset({code.Assignment, code.Access, code.Comparison, code.Return, code.Document, code.Change, code.Wait})
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


def _kept(facts: tuple[Fact, ...]) -> dict[type, tuple[Any, ...]]:
    """Return what rules may read, by kind."""
    kept = {kind: items for kind, items in by_kind(facts).items() if kind not in RAW}
    calls = kept.get(code.Call)
    if calls:
        meant: dict[int, list[int]] = {}  # Where something begins that means more than code, by chunk.
        for kind, items in kept.items():
            if kind.__module__ != code.__name__:
                for item in items:
                    meant.setdefault(item.span.chunk, []).append(item.span.start)
        kept[code.Call] = tuple(_without_arguments(call) if call.arguments and not _means(call.span, meant) else call for call in calls)
    return kept


def _means(span: Span, meant: dict[int, list[int]]) -> bool:
    starts = meant.get(span.chunk)
    return starts is not None and any(span.start <= start < span.end for start in starts)


def _without_arguments(call: code.Call) -> code.Call:
    values = [getattr(call, name) for name in call.__struct_fields__]
    values[_ARGUMENTS] = ()
    return code.Call(*values)


class Chunked:
    """The facts of an open file by chunk. Immutable to the outside.

    `order` are the chunks as they follow one another, `own` and `seen` what the language and the frameworks say of each, `kinds` what of
    it is kept for rules.
    """

    __slots__ = ("kinds", "order", "own", "seen")

    def __init__(
        self,
        order: tuple[int, ...],
        own: dict[int, tuple[Fact, ...]],
        seen: dict[int, tuple[Fact, ...]],
        kinds: dict[type, dict[int, tuple[Any, ...]]],
    ) -> None:
        self.order = order
        self.own = own
        self.seen = seen
        self.kinds = kinds

    @property
    def facts(self) -> tuple[Fact, ...]:
        return tuple(fact for found in (self.own, self.seen) for id in self.order for fact in found.get(id, ()))

    def of(self, kind: type) -> tuple[Any, ...]:
        return tuple(chain.from_iterable(self.kinds.get(kind, {}).values()))

    def changed(
        self, order: tuple[int, ...], own: Mapping[int, tuple[Fact, ...]], seen: Mapping[int, tuple[Fact, ...]]
    ) -> tuple[Chunked, dict[type, list[Difference]]]:
        """Return the facts with others in some chunks, none where a chunk is gone, and what is different of each kind.

        Chunks that were there follow one another as they did.
        """
        kinds = dict(self.kinds)
        copied: set[type] = set()
        is_in_order = True
        differences: dict[type, list[Difference]] = {}
        all_own, all_seen = {**self.own, **own}, {**self.seen, **seen}
        for id in {**own, **seen}:
            kept: dict[type, tuple[Any, ...]] = _kept((*all_own.get(id, ()), *all_seen.get(id, ())))
            for kind in [*kept, *(kind for kind, chunks in self.kinds.items() if id in chunks and kind not in kept)]:
                old, new = self.kinds.get(kind, _NO_CHUNKS).get(id, ()), kept.get(kind, ())
                if old == new:
                    continue
                differences.setdefault(kind, []).append(Difference(id, old, new))
                if kind not in copied:
                    copied.add(kind)
                    kinds[kind] = dict(self.kinds.get(kind, _NO_CHUNKS))
                if new:
                    kinds[kind][id] = new
                else:
                    del kinds[kind][id]
                is_in_order = is_in_order and bool(old)
            for facts in (all_own, all_seen):
                if not facts.get(id):
                    facts.pop(id, None)
        for kind in copied:
            if not kinds[kind]:
                del kinds[kind]
        if not is_in_order:
            places = {id: place for place, id in enumerate(order)}
            for kind in copied & kinds.keys():
                kinds[kind] = {id: kinds[kind][id] for id in sorted(kinds[kind], key=places.__getitem__)}
        return Chunked(order, all_own, all_seen, kinds), differences


class Difference(NamedTuple):
    """The facts of a kind in one chunk, before and after an edit."""

    chunk: int
    old: tuple[Any, ...]
    new: tuple[Any, ...]


_NO_CHUNKS: dict[int, tuple[Any, ...]] = {}
NOTHING = Chunked((0,), {}, {}, {})


class FileFacts:
    """Everything known of a file. `starts` gives the byte at which each chunk starts; chunk 0 is the file.

    Immutable to the outside. Two threads may read it at once: at worst a kind is decoded twice.
    """

    __slots__ = ("_all", "_chunked", "_decoded", "_packed", "_starts", "covers", "is_generated", "language", "lines", "path")

    def __init__(
        self,
        path: str,
        language: str,
        facts: Iterable[Fact] = (),
        starts: dict[int, int] | Callable[[], dict[int, int]] | None = None,
        covers: tuple[Cover, ...] = (),
        lines: int = 0,
        is_generated: bool = False,
        chunked: Chunked | None = None,
    ) -> None:
        self.path = path
        self.language = language
        self.covers = covers
        self.lines = lines
        self.is_generated = is_generated
        self._all = tuple(facts)
        self._decoded: dict[type, tuple[Any, ...]] = _kept(self._all) if self._all else {}
        self._starts: dict[int, int] | Callable[[], dict[int, int]] | msgspec.Raw = starts if starts is not None else {0: 0}
        self._packed: dict[str, msgspec.Raw] = {}
        self._chunked = chunked

    def share(self, earlier: FileFacts, changed: Container[type]) -> None:
        """Take over what an earlier version has put together of the kinds that have not `changed`, so that it is the same object."""
        self._decoded.update((kind, facts) for kind, facts in list(earlier._decoded.items()) if kind not in changed)

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
        kinds.update((kind.__name__, self.of(kind)) for kind in self.kinds if kind.__name__ not in kinds)
        return _ENCODER.encode((self.language, self.lines, self.is_generated, self.covers, self.starts, kinds))

    @property
    def kinds(self) -> set[type]:
        """The kinds that there are facts of, of those that are kept."""
        if self._chunked is not None:
            return set(self._chunked.kinds)
        return {*(kind for kind, facts in list(self._decoded.items()) if facts), *(KINDS[name] for name in self._packed)}

    def of(self, kind: type) -> tuple[Any, ...]:
        """Return the facts of a kind in the order of the file."""
        found = self._decoded.get(kind)
        if found is None:
            if self._chunked is not None:
                found = self._chunked.of(kind)
            else:
                packed = self._packed.get(kind.__name__)
                found = _decoder(kind).decode(packed) if packed is not None else ()
            self._decoded[kind] = found
        return found

    def groups(self, kind: type) -> Groups:
        """Return the facts of a kind in groups that stand together: all of them, or in an open file those of each chunk."""
        groups = _NO_CHUNKS
        if self._chunked is not None:
            groups = self._chunked.kinds.get(kind, _NO_CHUNKS)
        elif self.of(kind):
            groups = {0: self.of(kind)}
        return groups

    def may_mention(self, kind: type, text: str, is_last_name: bool = False) -> bool:
        """Whether a fact of a kind may have a text in it, or have it as the last part of a name that a list follows. To say no, nothing is
        decoded."""
        packed = self._packed.get(kind.__name__)
        if packed is None or kind in self._decoded:
            return True
        sought = text.encode("utf-8", "surrogatepass")
        return _ends_name(sought, bytes(packed)) if is_last_name else sought in bytes(packed)

    def is_same(self, kind: type, other: FileFacts) -> bool:
        """Whether two versions of a file have the same facts of a kind."""
        mine, theirs = self._packed.get(kind.__name__), other._packed.get(kind.__name__)
        if mine is not None and theirs is not None and bytes(mine) == bytes(theirs):
            return True
        return self.of(kind) == other.of(kind)

    @property
    def starts(self) -> Mapping[int, int]:
        starts = self._starts
        if not isinstance(starts, dict):
            starts = self._starts = starts() if callable(starts) else _STARTS.decode(starts)
        return starts

    @property
    def facts(self) -> tuple[Fact, ...]:
        """All facts of a text just extracted or open; of an unpacked file what is kept of them, kind by kind."""
        if self._chunked is not None:
            return self._chunked.facts
        return self._all or tuple(fact for kind in KINDS.values() for fact in self.of(kind))

    def absolute(self, span: Span) -> Span:
        return span if not span.chunk else span.moved(self.starts.get(span.chunk, 0))


def _ends_name(text: bytes, packed: bytes) -> bool:
    """Whether a packed fact has a name that ends with a part, and a list behind it.

    MessagePack writes 0xa0 + length before a text of under 32 bytes, 0xd9 and one byte or 0xda and two before longer ones, and before a
    list 0x90 + length or 0xdc. To search for the part alone is ten times as fast as a pattern.
    """
    at = packed.find(text)
    while at >= 0:
        after, before = packed[at + len(text) : at + len(text) + 1], packed[max(at - 3, 0) : at]
        if after and after in _LISTS and (before[-1:] in _HEADS or before[-2:-1] == b"\xd9" or before[:1] == b"\xda"):
            return True
        at = packed.find(text, at + 1)
    return False


_LISTS = bytes((*range(0x90, 0xA0), 0xDC, 0xDD))
_HEADS = b"." + bytes(range(0xA0, 0xC0))
