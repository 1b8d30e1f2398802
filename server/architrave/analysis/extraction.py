"""A file's text to its facts: the language's own, then those that frameworks see in them. Facts depend on the file alone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from architrave.analysis.filefacts import FileFacts
from architrave.analysis.reading import chunk_facts, parsed
from architrave.analysis.suppressions import covers
from architrave.comments import suppressions
from architrave.facts import Fact
from architrave.facts.code import Note, Suppression
from architrave.framework import File
from architrave.language import Chunk, CodeLanguage, Language, language_for
from architrave.names import Names
from architrave.regexes import regex
from architrave.reporters import reported
from architrave.syntax import ParsingTooLong
from architrave.text import FILE_START

log = logging.getLogger(__name__)

LARGEST_FILE = 2 * 1024 * 1024  # Bytes; larger files are generated or data, and cost more than they tell.
_GENERATED = regex(rb"(?i)@generated\b|generated[^\n]{0,200}\bdo not (?:edit|modify)|do not (?:edit|modify)[^\n]{0,100}generated")


def extract(path: str, text: bytes) -> FileFacts:
    """Return the facts of a file. Any bytes give a value; what cannot be read gives a `Note`."""
    language = language_for(path)
    if language is None:
        return without_facts(path, "")
    reason = unreadable(text)
    if reason:
        return without_facts(path, language.name, reason)
    if isinstance(language, CodeLanguage):
        return guarded(path, language, lambda: _read_code(path, language, text))
    return guarded(path, language, lambda: _read_document(path, language, text))


def unreadable(text: bytes) -> str:
    """Return why a text is not read, or ""."""
    if b"\0" in text[:8192]:
        return "Not read: the file is binary."
    if len(text) > LARGEST_FILE:
        return f"Not read: larger than {LARGEST_FILE // 1024 // 1024} MB."
    return ""


def guarded(path: str, language: Language, read: Callable[[], FileFacts]) -> FileFacts:
    """Return what `read` gives. A bug in one language or framework costs this file's facts, and nothing else."""
    try:
        return read()
    except ParsingTooLong:
        return not_parsed(path, language)
    except Exception:
        log.exception("`%s` could not be read; its facts are left out", path)
        return without_facts(path, language.name, "Not read: an error in Architrave.")


def not_parsed(path: str, language: Language) -> FileFacts:
    return without_facts(path, language.name, "Not read: parsing it takes too long.")


def without_facts(path: str, language: str, message: str = "") -> FileFacts:
    return FileFacts(path, language, (Note(FILE_START, message),) if message else ())


def _read_document(path: str, language: Language, text: bytes) -> FileFacts:
    facts: list[Fact] = []
    try:
        facts.extend(language.facts(path, text) if language.facts else ())
        facts.extend(suppressions(text, (language.comment, *language.other_comments)))
        facts.extend(reported(File(path, language.name, tuple(facts))))
    except RecursionError:
        return without_facts(path, language.name, "Not read: nested too deeply.")
    return file_facts(path, language, text, facts, {0: 0})


def _read_code(path: str, language: CodeLanguage, text: bytes) -> FileFacts:
    chunks: list[Chunk] = []
    starts = {0: 0}
    at = 0
    for part in parsed(path, language, text):
        for chunk in part.chunks:
            chunk.id = len(chunks) + 1
            starts[chunk.id] = at + part.place(chunk)
            chunks.append(chunk)
        at += len(part.part.text)
    names = Names(binding for chunk in chunks for binding in language.bind(chunk))
    own = tuple(fact for chunk in chunks for fact in chunk_facts(language, chunk, names))
    # In the order of the file, as they are when a part of it is read again.
    seen = sorted(reported(File(path, language.name, own)), key=lambda fact: fact.span.chunk)
    return file_facts(path, language, text, (*own, *seen), starts)


def file_facts(path: str, language: Language, text: bytes, facts: Iterable[Fact], starts: dict[int, int]) -> FileFacts:
    facts = tuple(facts)
    suppressed = [(fact, fact.span.start + starts.get(fact.span.chunk, 0)) for fact in facts if isinstance(fact, Suppression)]
    return FileFacts(path, language.name, facts, starts, covers(text, suppressed), text.count(b"\n") + 1, is_generated(text))


def is_generated(text: bytes) -> bool:
    return _GENERATED.search(text, 0, 1000) is not None
