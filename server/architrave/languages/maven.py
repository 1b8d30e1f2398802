"""Maven packages: `pom.xml`. Read as a stream of elements; a document type, which could make entities grow, ends the reading."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from xml.parsers import expat

from architrave.facts import Fact
from architrave.facts.deployment import Manifest
from architrave.language import Language
from architrave.text import FILE_START, Span

_LARGEST = 1024 * 1024  # Bytes.
_DEPENDENCIES = (
    ("project", "dependencies", "dependency"),
    ("project", "profiles", "profile", "dependencies", "dependency"),
)


class _Pom:
    """What the elements of a pom say, and where the name of the project stands."""

    def __init__(self) -> None:
        self.path: list[str] = []
        self.text = ""
        self.at = 0
        self.name = ""
        self.span: Span = FILE_START
        self.group = ""
        self.artifact = ""
        self.dependencies: list[str] = []
        self.modules: list[str] = []
        self.parent = ""
        self.source = ""
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.parser.buffer_text = True

    def start(self, name: str, attributes: object) -> None:
        self.path.append(name.rpartition(" ")[2])
        self.text = ""
        self.at = self.parser.CurrentByteIndex
        if tuple(self.path) in _DEPENDENCIES:
            self.group = self.artifact = ""

    def characters(self, text: str) -> None:
        self.text += text

    def doctype(self, *_: object) -> None:
        raise ValueError("A pom has no document type.")

    def end(self, name: str) -> None:
        path = tuple(self.path)
        text = self.text.strip()
        if path == ("project", "artifactId"):
            self.name, self.span = text, Span(self.at, self.parser.CurrentByteIndex)
        elif path == ("project", "parent", "artifactId"):
            self.parent = text
        elif path == ("project", "parent", "version"):
            self.parent += f":{text}"
        elif path[:-1] in _DEPENDENCIES:
            if path[-1] == "groupId":
                self.group = text
            elif path[-1] == "artifactId":
                self.artifact = text
        elif path in _DEPENDENCIES and self.artifact:
            self.dependencies.append(f"{self.group}:{self.artifact}")
        elif path == ("project", "modules", "module") or path[-2:] == ("modules", "module"):
            self.modules.append(text)
        elif path == ("project", "build", "sourceDirectory"):
            self.source = text
        self.path.pop()
        self.text = ""


def facts(path: str, text: bytes) -> Iterator[Fact]:
    pom = _Pom()
    with suppress(expat.ExpatError, ValueError, IndexError):  # Half-typed: what stands before the mistake is known.
        pom.parser.Parse(text[:_LARGEST], True)
    yield Manifest(
        pom.span,
        "maven",
        pom.name,
        tuple(dict.fromkeys(pom.dependencies)),
        tuple(dict.fromkeys(pom.modules)),
        (pom.source,) if pom.source else ("src/main/java",),
        parent=pom.parent,
    )


LANGUAGE = Language(name="maven", comment="<!--", filenames=("pom.xml",), facts=facts)
