"""An open file: read in parts, so that a key costs the part that it is typed in, whatever the rest of the file is.

What an edit gives depends on the text alone, but for what only a look at the whole file shows: that a line which looks like the start of a
part is none; and but for what takes long: names that mean something else all over the file. `settled` has that look, in a pause.
"""

from __future__ import annotations

import logging
import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import NamedTuple

from architrave.analysis.extraction import extract, guarded, is_generated, not_parsed, unreadable
from architrave.analysis.filefacts import NOTHING, Chunked, Difference, FileFacts
from architrave.analysis.meanings import either, meant_otherwise
from architrave.analysis.moves import Move
from architrave.analysis.reading import Parsed, chunk_facts, parsed_part
from architrave.analysis.reporting import Seen
from architrave.analysis.suppressions import covers
from architrave.facts import Fact
from architrave.facts.code import Suppression
from architrave.language import Chunk, CodeLanguage, language_for
from architrave.names import Binding, Names
from architrave.parts import Begun, Part, Shape, begins, parts, waits
from architrave.syntax import ParsingTooLong

log = logging.getLogger(__name__)

_MOST_AT_ONCE = 24  # Parts that are read again before the next pause because names in them may mean something else.


@dataclass(frozen=True, eq=False)
class _Read:
    """What one chunk gave."""

    type: str
    owner: str
    text: bytes
    id: int
    bindings: tuple[Binding, ...]
    facts: tuple[Fact, ...]


@dataclass(frozen=True, eq=False)
class _ReadPart:
    """What a part gave, chunk by chunk, and where in its text each of them begins."""

    part: Part
    is_sound: bool
    reads: tuple[_Read, ...]
    places: tuple[int, ...]


class Edit(NamedTuple):
    """What is different of each kind of fact in the file that an edit made of `before`, and how that moved the rest of one chunk."""

    before: FileFacts
    differences: Mapping[type, Sequence[Difference]]
    move: Move | None = None


@dataclass(frozen=True, eq=False)
class Opened:
    """One version of an open file of code. Making the next one of it uses it up."""

    path: str
    language: CodeLanguage
    text: bytes
    parts: tuple[_ReadPart, ...]
    names: Names
    next_id: int
    chunked: Chunked
    seen: Seen
    result: FileFacts
    edit: Edit | None = None  # What made it; None where it was read from nothing.
    is_settled: bool = True
    unread: tuple[re.Pattern[bytes], ...] = ()  # Names that may mean something else in more parts than were read again at once.


def read(path: str, text: bytes, old: Opened | None) -> tuple[FileFacts, Opened | None]:
    """Return the facts of a file, and what makes its next version cheap; `old` is what was read of it before."""
    language = language_for(path)
    if not isinstance(language, CodeLanguage) or unreadable(text):
        return extract(path, text), None
    if old is not None and old.seen.owner is old.result:
        try:
            found = edited(old, text)
            return found.result, found
        except ParsingTooLong:
            return not_parsed(path, language), None
        except Exception:
            log.exception("`%s` could not be read after an edit; it is read anew", path)
    made: list[Opened] = []

    def anew() -> FileFacts:
        made.append(opened(path, language, text))
        return made[0].result

    return guarded(path, language, anew), next(iter(made), None)


def opened(path: str, language: CodeLanguage, text: bytes) -> Opened:
    """Return a file read from nothing."""
    empty = Opened(path, language, b"", (), Names(), 1, NOTHING, Seen(path, language.name), FileFacts(path, language.name))
    return _with(empty, text, 0, 0, _parsed(path, language, text, {}))


def edited(old: Opened, text: bytes) -> Opened:
    """Return the file with another text: what differs is read, in the parts that it lies in."""
    shape = old.language.shape
    start, end = _difference(old.text, text)
    ends = list(accumulate(len(part.part.text) for part in old.parts))
    starts = [0, *ends]
    first = min(bisect_left(ends, start), len(old.parts))
    last = max(bisect_right(starts, end, hi=len(old.parts)), first)
    moved = len(text) - len(old.text)
    while True:
        while first > 0 and (first == len(old.parts) or old.parts[first].part.is_member):
            first -= 1
        while last < len(old.parts) and old.parts[last].part.is_member:
            last += 1
        region = text[starts[first] : (ends[last - 1] if last else 0) + moved]
        if first > 0 and not begins(region, shape):
            first -= 1
        elif last < len(old.parts) and waits(region, shape):
            last += 1
        else:
            break
    known = _by_part(old.parts[first:last])
    found = [_known(known, item) or parsed_part(old.path, old.language, item) for item in _parts(region, shape, last == len(old.parts))]
    new = _with(old, text, first, last, _together(old, found), is_settled=False)
    if new.edit is None:
        return new
    there = _chunk_at(old.parts[first:last], starts[first], start)
    if there is None or there != _chunk_at(new.parts[first : len(new.parts) - len(old.parts) + last], starts[first], start):
        return new
    chunk, base = there
    return replace(new, edit=new.edit._replace(move=Move(old.path, chunk, start - base, end - base, moved)))


def _chunk_at(items: Iterable[_ReadPart], at: int, offset: int) -> tuple[int, int] | None:
    """Return the last chunk of some parts that begins at `offset` or before, and where."""
    found = None
    for item in items:
        for read, place in zip(item.reads, item.places, strict=True):
            if at + place <= offset:
                found = (read.id, at + place)
        at += len(item.part.text)
    return found


def settled(old: Opened) -> Opened:
    """Return the file as it is read as a whole: itself, unless an edit misled. What cannot be parsed as a whole stays as it is."""
    if old.is_settled:
        return old
    try:
        found = _parsed(old.path, old.language, old.text, _by_part(old.parts))
    except ParsingTooLong:
        found = list(old.parts)
    if not old.unread and len(found) == len(old.parts) and all(one is other for one, other in zip(found, old.parts, strict=True)):
        return replace(old, is_settled=True, edit=None)
    return _with(old, old.text, 0, len(old.parts), found)


def _parts(region: bytes, shape: Shape | None, is_last: bool) -> list[Part]:
    return parts(region, shape) if region or is_last else []


def _parsed(path: str, language: CodeLanguage, text: bytes, known: _Known) -> list[Parsed | _ReadPart]:
    """Return a text in parts: cut out of its tree where it has no errors, else each parsed alone; those that are `known` as they are."""
    whole = parsed_part(path, language, Part(text), mends=False)
    if not whole.is_sound:
        return [_known(known, part) or parsed_part(path, language, part) for part in parts(text, language.shape)]
    result: list[Parsed | _ReadPart] = []
    for item in _cut(whole, language):
        same = _known(known, item.part)
        is_same = same is not None and same.is_sound and same.places == tuple(map(item.place, item.chunks))
        result.append(same if same is not None and is_same else item)
    return result


_Known = dict[Part, list["_ReadPart"]]


def _by_part(items: Sequence[_ReadPart]) -> _Known:
    found: _Known = {}
    for item in reversed(items):
        found.setdefault(item.part, []).append(item)
    return found


def _known(known: _Known, part: Part) -> _ReadPart | None:
    items = known.get(part)
    return items.pop() if items else None


def _cut(whole: Parsed, language: CodeLanguage) -> Iterator[Parsed]:
    """Yield the parts of a text that was parsed as a whole."""
    places = [whole.place(chunk) for chunk in whole.chunks]
    top = {place for place, chunk in zip(places, whole.chunks, strict=True) if not chunk.owner}
    inside = {place for place, chunk in zip(places, whole.chunks, strict=True) if chunk.owner}
    at = first = 0
    for part in parts(whole.part.text, language.shape, Begun(top, inside)):
        end = at + len(part.text)
        last = bisect_left(places, end)
        yield Parsed(part, at, whole.chunks[first:last], True)
        at, first = end, last


def _together(old: Opened, found: list[Parsed | _ReadPart]) -> list[Parsed | _ReadPart]:
    """Return parts, those that make sense only together joined: a start between them only looked like one."""
    fresh = [item for item in found if isinstance(item, Parsed)]
    first = next((place for place, item in enumerate(found) if isinstance(item, Parsed)), 0)
    around = {item.part.before for item in fresh}
    if len(fresh) < 2 or all(item.is_sound for item in fresh) or len(around) > 1 or fresh != found[first : first + len(fresh)]:
        return found
    text = b"".join(item.part.text for item in fresh)
    joined = parsed_part(old.path, old.language, Part(text, fresh[0].part.before, fresh[-1].part.after))
    return [*found[:first], joined, *found[first + len(fresh) :]] if joined.is_sound else found


def _with(old: Opened, text: bytes, first: int, last: int, found: Sequence[Parsed | _ReadPart], *, is_settled: bool = True) -> Opened:
    """Return the file of `text`, in which the parts `first` to `last` are others. Names may mean something else then in all of it."""
    drafts, next_id = _drafts(old, old.parts[first:last], found)
    all_drafts = [*old.parts[:first], *drafts, *old.parts[last:]]
    before, after = _bindings(old.parts[first:last]), _bindings(drafts)
    names, words = old.names, None
    if before != after:
        everything = _bindings(all_drafts)
        names, words = Names(everything), meant_otherwise(before, after, everything)
    unread: tuple[re.Pattern[bytes], ...] = ()
    if is_settled:
        words = either(words, *old.unread)
    elif words is None or sum(words.search(part.part.text) is not None for part in old.parts) <= _MOST_AT_ONCE:
        unread = old.unread
    else:
        unread, words = (*old.unread, words), None
    read = tuple(item if isinstance(item, _ReadPart) and not words else _read(old, item, names, words) for item in all_drafts)
    end = len(read) - len(old.parts) + last
    changes = _changes(old.parts, read) if words else _changes(old.parts[first:last], read[first:end])
    if changes is None:  # What there was does not follow as it did.
        old = replace(old, chunked=NOTHING, seen=Seen(old.path, old.language.name))
        changes = _changes((), read)
        assert changes is not None
    is_same_order, own = changes
    order = old.chunked.order if is_same_order else (0, *(each.id for part in read for each in part.reads))
    chunked, differences = old.chunked.changed(order, own, old.seen.changed(order, own))
    result = old.seen.owner = _result(old, text, chunked, differences, read)
    edit = Edit(old.result, differences) if old.chunked is not NOTHING else None
    return Opened(old.path, old.language, text, read, names, next_id, chunked, old.seen, result, edit, is_settled, unread)


class _Piece(NamedTuple):
    """A chunk that is to be read, or one of which all is known but what its names mean now."""

    chunk: Chunk
    place: int
    text: bytes
    bindings: tuple[Binding, ...]
    known: _Read | None = None


class _Draft(NamedTuple):
    part: Part
    is_sound: bool
    pieces: tuple[_Piece, ...]


def _drafts(old: Opened, replaced: Sequence[_ReadPart], found: Sequence[Parsed | _ReadPart]) -> tuple[list[_Draft | _ReadPart], int]:
    """Return new parts with the names that they bind. A chunk with the text of an earlier one keeps what that gave.

    Any other takes over the id of the chunk in whose place it is, so that what stands before the edit in it, such as the header of a
    function, is the same as it was.
    """
    kept = {id(item) for item in found if isinstance(item, _ReadPart)}
    gone = [read for part in replaced if id(part) not in kept for read in part.reads]
    same: dict[tuple[str, str, bytes], list[int]] = {}
    for number, read in reversed(list(enumerate(gone))):
        same.setdefault((read.type, read.owner, read.text), []).append(number)
    matched = {
        id(chunk): places.pop()
        for item in found
        if isinstance(item, Parsed) and item.is_sound
        for chunk in item.chunks
        if (places := same.get((chunk.node.type, chunk.owner, item.text(chunk))))
    }
    taken = set(matched.values())
    at, next_id = 0, old.next_id
    drafts: list[_Draft | _ReadPart] = []
    for item in found:
        if isinstance(item, _ReadPart):
            drafts.append(item)
            continue
        pieces = []
        for chunk in item.chunks:
            place = matched.get(id(chunk))
            if place is not None:
                known = gone[place]
                pieces.append(_Piece(chunk, item.place(chunk), known.text, known.bindings, known))
                at = place + 1
                continue
            while at in taken:
                at += 1
            taken.add(at)
            if at < len(gone):
                new_id = gone[at].id
            else:
                new_id, next_id = next_id, next_id + 1
            chunk.id = new_id
            pieces.append(_Piece(chunk, item.place(chunk), item.text(chunk), tuple(old.language.bind(chunk))))
        drafts.append(_Draft(item.part, item.is_sound, tuple(pieces)))
    return drafts, next_id


def _bindings(items: Iterable[_Draft | _ReadPart]) -> list[Binding]:
    return [binding for item in items for each in (item.reads if isinstance(item, _ReadPart) else item.pieces) for binding in each.bindings]


def _read(old: Opened, item: _Draft | _ReadPart, names: Names, words: re.Pattern[bytes] | None) -> _ReadPart:
    """Return a part read, or read again where one of the `words` stands in it."""
    language = old.language
    if isinstance(item, _ReadPart):
        if words is None or words.search(item.part.text) is None:
            return item
        again = parsed_part(old.path, language, item.part)
        if tuple(map(again.place, again.chunks)) != item.places:
            raise ValueError(f"`{old.path}` is not read as it was")
        pieces = (
            _Piece(chunk, place, read.text, read.bindings, read)
            for chunk, place, read in zip(again.chunks, item.places, item.reads, strict=True)
        )
        item = _Draft(item.part, item.is_sound, tuple(pieces))
    reads = []
    for piece in item.pieces:
        chunk, known = piece.chunk, piece.known
        if known is not None:
            if words is None or words.search(known.text) is None:
                reads.append(known)
                continue
            chunk.id = known.id
        facts = tuple(chunk_facts(language, chunk, names))
        if known is not None and known.facts == facts:
            reads.append(known)
        else:
            reads.append(_Read(chunk.node.type, chunk.owner, piece.text, chunk.id, piece.bindings, facts))
    return _ReadPart(item.part, item.is_sound, tuple(reads), tuple(piece.place for piece in item.pieces))


def _changes(old: Sequence[_ReadPart], new: Sequence[_ReadPart]) -> tuple[bool, dict[int, tuple[Fact, ...]]] | None:
    """Return whether the chunks are the same ones, and the facts of those that have others, none for one that is gone.

    None means that chunks which are still there follow one another otherwise.
    """
    before = {read.id: read for part in old for read in part.reads}
    after = {read.id: read for part in new for read in part.reads}
    ids, others = [id for id in before if id in after], [id for id in after if id in before]
    if ids != others:
        return None
    own: dict[int, tuple[Fact, ...]] = {id: () for id in before if id not in after}
    own.update((id, read.facts) for id, read in after.items() if before.get(id) is not read)
    return len(ids) == len(before) == len(after), own


def _result(old: Opened, text: bytes, chunked: Chunked, differences: Collection[type], parts: Sequence[_ReadPart]) -> FileFacts:
    def starts() -> dict[int, int]:
        found = {0: 0}
        at = 0
        for part in parts:
            for read, place in zip(part.reads, part.places, strict=True):
                found[read.id] = at + place
            at += len(part.part.text)
        return found

    suppressions = chunked.of(Suppression)
    known = starts() if suppressions else starts
    suppressed = [(fact, fact.span.start + known.get(fact.span.chunk, 0)) for fact in suppressions] if isinstance(known, dict) else []
    result = FileFacts(old.path, old.language.name, (), known, covers(text, suppressed), text.count(b"\n") + 1, is_generated(text), chunked)
    if old.chunked is not NOTHING:
        result.share(old.result, differences)
    return result


def _difference(old: bytes, new: bytes) -> tuple[int, int]:
    """Return the bytes of `old` between which all that differs lies."""
    low, high = 0, min(len(old), len(new))
    while low < high:
        middle = (low + high + 1) // 2
        if old[low:middle] == new[low:middle]:
            low = middle
        else:
            high = middle - 1
    start, low, high = low, 0, min(len(old), len(new)) - low
    while low < high:
        middle = (low + high + 1) // 2
        if old[len(old) - middle : len(old) - low] == new[len(new) - middle : len(new) - low]:
            low = middle
        else:
            high = middle - 1
    return start, len(old) - low
