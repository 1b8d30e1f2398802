"""API descriptions with the paths that they keep in other files: `$ref: paths/orders.yaml`."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import dirname, join, normpath

from msgspec.structs import replace

from architrave.facts.api import ApiOperation
from architrave.model.graph import Model

_DEPTH = 4  # Files that refer to files.


class Descriptions:
    """The operations of each description."""

    def __init__(self, model: Model) -> None:
        self._by_file = model.by_file(ApiOperation, _operations_of)

    def operations(self, path: str) -> tuple[ApiOperation, ...]:
        """Return the operations of a description. One that is kept in another file stands where the description refers to it."""
        return tuple(found for operation in self._by_file.get(path, ()) for found in self._followed(path, operation, _DEPTH))

    def _followed(self, path: str, operation: ApiOperation, depth: int) -> Iterator[ApiOperation]:
        name, _, pointer = operation.ref.partition("#")
        file = normpath(join(dirname(path), name)) if name else path
        kept = [item for item in self._by_file.get(file, ()) if _is_meant(item, operation, pointer)] if operation.ref and depth else []
        if not kept:  # Not read, or of any method where it could not be found.
            yield operation
        for item in kept:
            for found in self._followed(file, item, depth - 1):
                at = operation.path_span if operation.path else None
                yield replace(found, path=operation.path or found.path, span=operation.span, whole_span=None, path_span=at, pointer="")


def _is_meant(item: ApiOperation, operation: ApiOperation, pointer: str) -> bool:
    if operation.path:
        return item.pointer == pointer.rstrip("/")
    return bool(item.path) and item.pointer.startswith(pointer.rstrip("/"))


def _operations_of(path: str, operations: tuple[ApiOperation, ...]) -> tuple[ApiOperation, ...]:
    return operations
