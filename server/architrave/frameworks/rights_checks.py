"""Where code decides by what somebody may do, or by whose something is, in all languages."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import RightsCheck
from architrave.facts.code import Access, Block, Call, Comparison
from architrave.facts.values import Invocation, String, Value, names, walk
from architrave.framework import File, Framework
from architrave.identity import asks_rights, words

framework = Framework("rights-checks", languages=("python", "javascript", "typescript", "go", "java", "rust"))

_ROLES = frozenset({"admin", "administrator", "superadmin", "superuser", "owner", "staff", "moderator", "manager", "root", "editor"})
_WHOSE = frozenset({"user", "owner", "account", "author", "principal", "subject", "tenant", "org", "organization", "team", "member"})


@framework.chunk(Comparison)
def compared(comparisons: list[Comparison], file: File) -> Iterator[Fact]:
    for item in comparisons:
        if item.function and (_tells(item.left) or _tells(item.right) or (_is_whose(item.left) and _is_whose(item.right))):
            yield RightsCheck(item.span, item.function)


@framework.chunk(Block)
def branched(blocks: list[Block], file: File) -> Iterator[Fact]:
    for block in blocks:
        if block.kind == "branch" and block.function and block.subject is not None and _tells(block.subject):
            yield RightsCheck(block.subject.span, block.function)


@framework.chunk(Call)
def called(calls: list[Call], file: File) -> Iterator[Fact]:
    for call in calls:
        if call.function and (asks_rights(call.callee) or any(_is_role(item.value) for item in call.arguments)):
            yield RightsCheck(call.name_span, call.function)


@framework.chunk(Access)
def read(accesses: list[Access], file: File) -> Iterator[Fact]:
    yield from (RightsCheck(item.span, item.function) for item in accesses if item.function and asks_rights(item.name))


def _tells(value: Value) -> bool:
    return any(_is_role(part) for part in walk(value)) or any(asks_rights(name) for name in names(value))


def _is_role(value: Value) -> bool:
    return isinstance(value, String) and value.value.lower() in _ROLES


def _is_whose(value: Value) -> bool:
    named = [*names(value), *(part.callee for part in walk(value) if isinstance(part, Invocation))]
    return any(not _WHOSE.isdisjoint(word for part in name.split(".") for word in words(part)) for name in named)
