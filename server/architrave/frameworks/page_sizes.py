"""Numbers of rows on their way from a handler to a query, in every language: parameters named like a page size."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import PAGE_NAMES, PageFlow
from architrave.facts.code import Definition
from architrave.facts.values import Name
from architrave.framework import File, Framework

framework = Framework("page-sizes", languages=("python", "typescript", "javascript", "go", "java", "rust"))


@framework.every(Definition)
def flows(definition: Definition, file: File) -> Iterator[Fact]:
    for parameter in definition.parameters:
        if parameter.name not in PAGE_NAMES:
            continue
        is_bounded = file.is_bounded(parameter.name, definition.name)
        rows = {use.span for use in file.page_uses(parameter.name, definition.name)}
        for call in file.calls_in(definition.name):
            position = 0
            for argument in call.arguments:
                if isinstance(argument.value, Name) and argument.value.written == parameter.name:
                    at = None if argument.name else position
                    yield PageFlow(
                        call.span, definition.name, parameter.name, call.callee, at, argument.name, call.span in rows, is_bounded
                    )
                elif call.span in rows and not argument.name:  # `{ take: limit }`
                    yield PageFlow(call.span, definition.name, parameter.name, call.callee, None, "", True, is_bounded)
                position += not argument.name
