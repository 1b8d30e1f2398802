"""Clients that Python code constructs."""

from __future__ import annotations

from architrave.facts.code import Call, Import
from architrave.facts.values import Replacement
from architrave.framework import File

# One connection serves one thread at a time, and aiohttp wants a running event loop: neither may stand at the top of a module.
_BOUND = ("connect", "connect_robust", "create_pool", "BlockingConnection", "ClientSession")


def hoisted(call: Call, file: File) -> tuple[Replacement, ...]:
    """Move the statement `name = call` below the imports."""
    assignment = file.assigned(call)
    top = [item.span for item in file.all(Import) if item.span.start == 0 and not item.function]
    if assignment is None or not assignment.function or not top or call.is_awaited or not file.is_constant(call):
        return ()
    if call.callee.rpartition(".")[2] in _BOUND or file.is_set_up(assignment):
        return ()
    return Replacement(top[-1], "\n{}", "after", assignment.span), Replacement(assignment.span, "", "whole")
