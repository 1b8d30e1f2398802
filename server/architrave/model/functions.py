"""Functions of serverless platforms, and the code that serves each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from architrave.facts.deployment import ServerlessFunction
from architrave.model.classes import Place
from architrave.model.graph import Model
from architrave.model.tools import is_test

_SUFFIXES = (".py", ".ts", ".js", ".mjs", ".cjs", ".mts", ".tsx", ".jsx")


class Served(NamedTuple):
    """A function, the file that says so, and where its code begins; a `place` without a name is the whole file."""

    path: str
    function: ServerlessFunction
    place: Place


def functions(model: Model) -> Iterator[Served]:
    """Yield the functions whose code is in the workspace."""
    for path, function in model.each(ServerlessFunction):
        stem, _, name = function.handler.rpartition(".")
        file = next((stem + suffix for suffix in _SUFFIXES if stem + suffix in model.files), None)
        if file is not None and not is_test(path):
            yield Served(path, function, Place(file, name))
