"""The formats of a report, one a file. Each has `write(reports, out)`; the name of the file is the name of the format."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, TextIO

from architrave.analysis.check import Report

FORMATS = ("text", "json", "sarif", "github")


class Writer(Protocol):
    def __call__(self, reports: list[Report], out: TextIO) -> None: ...


def writer(format: str) -> Writer:
    write: Writer = import_module(f"{__name__}.{format}").write
    return write
