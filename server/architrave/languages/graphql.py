"""Schema files of GraphQL."""

from __future__ import annotations

from collections.abc import Iterator

from architrave import sdl
from architrave.facts import Fact
from architrave.language import Language


def facts(path: str, text: bytes) -> Iterator[Fact]:
    yield from sdl.fields(text)


LANGUAGE = Language("graphql", "#", suffixes=(".graphql", ".graphqls", ".gql"), facts=facts)
