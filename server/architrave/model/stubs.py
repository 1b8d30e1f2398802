"""What is written into an API description for a route that it leaves out, and what is taken out for an operation that nothing serves."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from architrave.facts.api import ApiOperation
from architrave.facts.values import Replacement
from architrave.model.routes import Endpoint, shape
from architrave.regexes import regex
from architrave.text import Span

_PARAMETER = regex(r"\{(\w+)[^}]*\}")


class DescribedOperation(NamedTuple):
    """An operation of a description, with the path that a route would have."""

    fact: ApiOperation
    path: str  # With the base of the server, if the routes have it too.

    @property
    def key(self) -> tuple[str, str]:
        return self.fact.method, shape(self.path)


def stubs(path: str, operations: list[DescribedOperation], endpoints: list[Endpoint]) -> Iterator[Replacement]:
    """Describe routes: each before the first operation of its path, or with others of a new path before the first path."""
    first = operations[0]
    by_shape: dict[str, list[Endpoint]] = defaultdict(list)
    for endpoint in endpoints:
        by_shape[shape(endpoint.path)].append(endpoint)
    for shaped, group in by_shape.items():
        known = next((operation for operation in operations if shape(operation.path) == shaped), None)
        plain = _PARAMETER.sub(r"{\1}", group[0].path.removeprefix(first.path.removesuffix(first.fact.path)))
        names = re.findall(r"\{(\w+)\}", known.fact.path if known is not None else plain)
        if known is not None and known.fact.parameters:
            names = []
        methods = list(dict.fromkeys(endpoint.method.lower() for endpoint in group))
        span = known.fact.span if known is not None else first.fact.path_span
        if span is None or (known is not None and known.fact.whole_span is None):  # It is kept in another file.
            continue
        if path.endswith((".yaml", ".yml")):
            lines = [line for method in methods for line in _yaml(method, names)]
            lines = lines if known is not None else [f"{plain}:", *(f"  {line}" for line in lines)]
        elif _is_laid_out(first.fact):
            described = {method: _described(names) for method in methods}
            lines = json.dumps(described if known is not None else {plain: described}, indent=2).split("\n")[1:-1]
            lines = [line[2:] for line in lines[:-1]] + [lines[-1][2:] + ","]
        else:
            continue
        yield Replacement(span, "\n".join(lines), "before")


def without(path: str, span: Span | None) -> tuple[Replacement, ...]:
    """Delete what is described at a span: in YAML the lines that it takes, in JSON, where commas count, just what it is."""
    return (Replacement(span, "", "" if path.endswith(".json") else "whole"),) if span is not None else ()


def without_all(path: str, operations: list[DescribedOperation], dead: list[DescribedOperation]) -> Iterator[Replacement]:
    """Delete operations, and paths none of whose operations is left; in JSON the commas between them would have to be shared out."""
    for key in dict.fromkeys(operation.fact.path for operation in dead) if not path.endswith(".json") else ():
        gone = [operation.fact for operation in dead if operation.fact.path == key]
        first, last = gone[0].path_span, gone[-1].whole_span
        if len(gone) == sum(operation.fact.path == key for operation in operations) and first is not None and last is not None:
            yield from without(path, first.until(last))
        else:
            yield from (edit for fact in gone for edit in without(path, fact.whole_span))


def _yaml(method: str, names: list[str]) -> list[str]:
    lines = [f"{method}:"]
    if names:
        lines.append("  parameters:")
        for name in names:
            lines += [f"    - name: {name}", "      in: path", "      required: true", "      schema:", "        type: string"]
    return [*lines, "  responses:", "    default:", "      description: To be described."]


def _described(names: list[str]) -> dict[str, object]:
    parameters = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
    responses = {"responses": {"default": {"description": "To be described."}}}
    return {"parameters": parameters, **responses} if parameters else {**responses}


def _is_laid_out(first: ApiOperation) -> bool:
    """Whether a JSON description has its keys on lines of their own: more than `": {"` stands between a path and its method."""
    return first.path_span is not None and first.span.start - first.path_span.end > 6
