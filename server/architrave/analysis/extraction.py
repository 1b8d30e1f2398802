"""A file's text to its facts: the language's own, then those that frameworks see in them.

Facts depend on the file alone. An open file keeps its tree and chunks, so that an edit reads only the chunks that it touched.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Tree

from architrave.analysis.filefacts import FileFacts
from architrave.analysis.reporting import Answers
from architrave.analysis.reporting import reported as reported_again
from architrave.analysis.suppressions import covers
from architrave.comments import suppression, suppressions
from architrave.facts import Fact
from architrave.facts.code import Note, Suppression
from architrave.framework import File, reported
from architrave.language import TOO_DEEP, Chunk, CodeLanguage, Language, language_for
from architrave.names import Binding, Names
from architrave.syntax import ParsingTooLong, reparse
from architrave.text import FILE_START, Change, Span

log = logging.getLogger(__name__)

LARGEST_FILE = 2 * 1024 * 1024  # Bytes; larger files are generated or data, and cost more than they tell.
_GENERATED = re.compile(rb"(?i)@generated\b|generated[^\n]{0,200}\bdo not (?:edit|modify)|do not (?:edit|modify)[^\n]{0,100}generated")


@dataclass(frozen=True)
class _Read:
    """What one chunk gave, kept to be used again: equal text in an equal place gives the same again, if it parsed (`is_sound`).

    Errors elsewhere can change how a sound chunk is parsed, so a file without any takes over only what another such gave (`is_firm`).
    """

    type: str
    owner: str
    text: bytes
    id: int
    bindings: tuple[Binding, ...]
    facts: tuple[Fact, ...]
    is_sound: bool
    is_firm: bool


@dataclass(frozen=True)
class Extraction:
    """The facts of one version of a file, and what makes the next version cheap."""

    result: FileFacts
    tree: Tree | None = None
    reads: tuple[_Read, ...] = ()
    next_id: int = 1
    answers: Answers | None = None

    @property
    def has_errors(self) -> bool:
        return self.tree is not None and self.tree.root_node.has_error


def extract(path: str, text: bytes) -> Extraction:
    """Return the facts of a file. Any bytes give a value; what cannot be read gives a `Note`."""
    language = language_for(path)
    if language is None:
        return _without_facts(path, "")
    if b"\0" in text[:8192]:
        return _without_facts(path, language.name, "Not read: the file is binary.")
    if len(text) > LARGEST_FILE:
        return _without_facts(path, language.name, f"Not read: larger than {LARGEST_FILE // 1024 // 1024} MB.")
    try:
        if isinstance(language, CodeLanguage):
            return _read_code(path, language, text, language.grammar(path).parse(text), ())
        return _read_document(path, language, text)
    except ParsingTooLong:
        return _without_facts(path, language.name, "Not read: parsing it takes too long.")
    except Exception:  # A bug in one language or framework costs this file's facts, and nothing else.
        log.exception("`%s` could not be read; its facts are left out", path)
        return _without_facts(path, language.name, "Not read: an error in Architrave.")


def update(old: Extraction, text: bytes, changes: tuple[Change, ...]) -> Extraction:
    """Return the facts of `text`, which `changes` made of the text that `old` was read from."""
    path = old.result.path
    language = language_for(path)
    if not isinstance(language, CodeLanguage) or old.tree is None or b"\0" in text[:8192] or len(text) > LARGEST_FILE:
        return extract(path, text)
    try:
        tree = reparse(language.grammar(path), old.tree, text, changes)
        return _read_code(path, language, text, tree, old.reads, old.next_id, old)
    except ParsingTooLong:
        return _without_facts(path, language.name, "Not read: parsing it takes too long.")
    except Exception:
        log.exception("`%s` could not be read after an edit; it is read anew", path)
        return extract(path, text)


def settled(old: Extraction, text: bytes) -> Extraction:
    """Return the facts of the text that `old` was read from, parsed from nothing where it has errors.

    What tree-sitter makes of broken source depends on the edits that led there; a fresh parse does not.
    """
    language = language_for(old.result.path)
    if not old.has_errors or not isinstance(language, CodeLanguage):
        return old
    try:
        tree = language.grammar(old.result.path).parse(text)
    except ParsingTooLong:
        return old
    return _read_code(old.result.path, language, text, tree, old.reads, old.next_id, is_anew=True)


def _without_facts(path: str, language: str, message: str = "") -> Extraction:
    facts = (Note(FILE_START, message),) if message else ()
    return Extraction(FileFacts(path, language, facts))


def _read_document(path: str, language: Language, text: bytes) -> Extraction:
    facts: list[Fact] = []
    try:
        facts.extend(language.facts(path, text) if language.facts else ())
        facts.extend(suppressions(text, (language.comment, *language.other_comments)))
        facts.extend(reported(File(path, language.name, tuple(facts))))
    except RecursionError:
        return _without_facts(path, language.name, "Not read: nested too deeply.")
    return Extraction(_file_facts(path, language, text, tuple(facts), {0: 0}))


def _read_code(
    path: str,
    language: CodeLanguage,
    text: bytes,
    tree: Tree,
    old: tuple[_Read, ...],
    next_id: int = 1,
    before: Extraction | None = None,
    *,
    is_anew: bool = False,
) -> Extraction:
    grammar = language.grammar(path)
    has_errors = tree.root_node.has_error
    known = {} if is_anew else _by_content(old, only_firm=not has_errors)
    found: list[tuple[Chunk, _Read | None]] = []
    for chunk in language.chunks(tree, text):
        earlier = known.get((chunk.node.type, chunk.owner, text[chunk.start : chunk.end]))
        found.append((chunk, earlier.pop() if earlier else None))
    ids = _ids(found, old, next_id)
    next_id = max(next_id, max(ids, default=0) + 1)
    pieces: list[tuple[Chunk, _Read | None]] = []
    starts = {0: 0}
    for (chunk, reused), id in zip(found, ids, strict=True):
        starts[id] = chunk.start
        pieces.append((chunk if reused else language.capture(chunk, grammar, id), reused))
    bindings = [reused.bindings if reused else tuple(language.bind(chunk)) for chunk, reused in pieces]
    flat = tuple(binding for some in bindings for binding in some)
    has_same_names = flat == tuple(binding for read in old for binding in read.bindings)
    names = Names(flat)
    reads = []
    for (chunk, reused), bound in zip(pieces, bindings, strict=True):
        if reused is not None and has_same_names:
            reads.append(reused)
            continue
        if reused is not None:  # The chunk is the same, but a name in it may mean another thing now.
            chunk = language.capture(chunk, grammar, reused.id)
        content = text[chunk.start : chunk.end]
        facts_of_chunk = tuple(_chunk_facts(language, chunk, names))
        if reused is not None and reused.facts == facts_of_chunk:
            reads.append(reused)
            continue
        is_sound = not chunk.node.has_error
        reads.append(_Read(chunk.node.type, chunk.owner, content, chunk.id, bound, facts_of_chunk, is_sound, not has_errors))
    own = tuple(fact for read in reads for fact in read.facts)
    if before is None:
        facts = (*own, *reported(File(path, language.name, own)))
        return Extraction(_file_facts(path, language, text, facts, starts), tree, tuple(reads), next_id)
    seen, answers = _reported_again(path, language, own, before, reads)
    result = _file_facts(path, language, text, (*own, *seen), starts, before.result)
    return Extraction(result, tree, tuple(reads), next_id, answers)


def _reported_again(
    path: str, language: CodeLanguage, own: tuple[Fact, ...], before: Extraction, reads: list[_Read]
) -> tuple[tuple[Fact, ...], Answers]:
    """Return what frameworks see after an edit."""
    kept, still = {id(read) for read in before.reads}, {id(read) for read in reads}
    gone = [read for read in before.reads if id(read) not in still]
    fresh = [read for read in reads if id(read) not in kept]
    is_in_order = [id(read) for read in before.reads if id(read) in still] == [id(read) for read in reads if id(read) in kept]
    return reported_again(
        path,
        language.name,
        own,
        before.answers if is_in_order else None,
        [fact for read in gone for fact in read.facts],
        [fact for read in fresh for fact in read.facts],
        {read.id for read in (*gone, *fresh)},
    )


def _file_facts(
    path: str, language: Language, text: bytes, facts: tuple[Fact, ...], starts: dict[int, int], earlier: FileFacts | None = None
) -> FileFacts:
    suppressed = [(fact, fact.span.start + starts.get(fact.span.chunk, 0)) for fact in facts if isinstance(fact, Suppression)]
    is_generated = _GENERATED.search(text, 0, 1000) is not None
    return FileFacts(path, language.name, facts, starts, covers(text, suppressed), text.count(b"\n") + 1, is_generated, earlier)


def _ids(found: list[tuple[Chunk, _Read | None]], old: tuple[_Read, ...], next_id: int) -> list[int]:
    """Return the ids of chunks. A new one takes over that of the chunk in whose place it is, so that what stands before the edit in
    it, such as the header of a function, is the same as it was."""
    places = {read.id: place for place, read in enumerate(old)}
    used = {reused.id for _, reused in found if reused is not None}
    ids = []
    place = 0
    for _, reused in found:
        if reused is not None:
            ids.append(reused.id)
            place = places[reused.id] + 1
        elif place < len(old) and old[place].id not in used:
            ids.append(old[place].id)
            used.add(old[place].id)
            place += 1
        else:
            ids.append(next_id)
            next_id += 1
    return ids


def _by_content(reads: tuple[_Read, ...], *, only_firm: bool) -> dict[tuple[str, str, bytes], list[_Read]]:
    found: dict[tuple[str, str, bytes], list[_Read]] = {}
    for read in reversed(reads):
        if not read.is_sound or (only_firm and not read.is_firm):
            continue
        found.setdefault((read.type, read.owner, read.text), []).append(read)
    return found


def _chunk_facts(language: CodeLanguage, chunk: Chunk, names: Names) -> Iterator[Fact]:
    try:
        if any(name == TOO_DEEP for name, _ in chunk.captures[:1]):
            raise RecursionError
        yield from language.read(chunk, names)
    except RecursionError:
        yield Note(Span(0, 0, chunk.id), "Not read: nested too deeply.")
    for name, node in chunk.captures:
        if name == "comment":
            found = suppression(chunk.source(node))
            if found is not None:
                yield Suppression(chunk.span(node), *found)
