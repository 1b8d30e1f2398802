"""Statements that wait one after another although none needs what another gives, in JavaScript, Python, Rust and Java."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import Waits
from architrave.facts.code import Assignment, Call, Import, Wait
from architrave.facts.values import Function, Name, Operation, Replacement, Unknown, walk
from architrave.framework import File, Framework
from architrave.text import Span

framework = Framework("waiting", languages=("python", "javascript", "typescript", "tsx", "rust", "java"))

_WAITING = frozenset({"join", "get", "block"})  # On futures of Java.


@framework.chunk(Wait)
def waits(found: list[Wait], file: File) -> Iterator[Fact]:
    run: list[Span] = []
    for wait in sorted(found, key=lambda item: item.span.start):
        if run and run[-1] != wait.previous:
            yield from _split(run, wait.function, file)
            run = []
        run = [*(run or [wait.previous]), wait.span]
        function = wait.function
    yield from _split(run, function, file)


def _split(statements: list[Span], function: str, file: File) -> Iterator[Fact]:
    """Yield the longest stretches of statements of which none uses what another gave."""
    run: list[tuple[Span, Call]] = []
    given: set[str] = set()
    whole = statements[0].until(statements[-1])
    near = [call for call in file.near(Call, whole) if call.function == function and whole.contains(call.span)]
    assigned = [item for item in file.near(Assignment, whole) if item.function == function and whole.contains(item.span)]
    for statement in statements:
        inside = [call for call in near if statement.contains(call.span)]
        call = _waited(statement, inside, file)
        used = _used(inside) if call is not None else None
        if call is None or used is None or used & given:
            yield from _reported(run, function, file)
            run, given = [], set()
        if call is not None and used is not None:
            run.append((statement, call))
            given.update(item.target.partition(".")[0] for item in assigned if statement.contains(item.span))
    yield from _reported(run, function, file)


def _waited(statement: Span, inside: list[Call], file: File) -> Call | None:
    """Return the one call that a statement waits for; None where it waits for several, or for more than a call."""
    if file.language == "java":
        waiting = [call for call in inside if call.callee.rpartition(".")[2] in _WAITING and call.span.end >= statement.end - 1]
    else:
        waiting = [call for call in inside if call.is_awaited]
    return waiting[0] if len(waiting) == 1 else None


def _used(inside: list[Call]) -> set[str] | None:
    """Return the names that a statement uses; None where that is not known."""
    found: set[str] = set()
    for call in inside:
        found.add(call.written.partition(".")[0].removesuffix("()"))
        values = [argument.value for argument in call.arguments]
        while values:
            for part in walk(values.pop()):
                if isinstance(part, Unknown | Function):
                    return None
                if isinstance(part, Operation):
                    values.extend((part.left, part.right))
                elif isinstance(part, Name):
                    found.add(part.written.partition(".")[0])
    return found


def _reported(run: list[tuple[Span, Call]], function: str, file: File) -> Iterator[Fact]:
    if len(run) > 1:
        first, last = run[0][0], run[-1][0]
        yield Waits(first.until(last), function, tuple(call.span for _, call in run), tuple(_together(run, file)))


def _together(run: list[tuple[Span, Call]], file: File) -> Iterator[Replacement]:
    """Yield the edits that wait for all calls at once, where each statement is but `const name = await call();`."""
    names = [next((item for item in file.near(Assignment, statement) if item.span == statement), None) for statement, _ in run]
    targets = [item.target for item in names if item is not None and not item.type and "." not in item.target]
    if len(targets) != len(run) or len(set(targets)) != len(run):
        return
    listed = ", ".join(targets)
    opened = {call.span.start - statement.start - len(name) for (statement, call), name in zip(run, targets, strict=True)}
    closed = {statement.end - call.span.end for statement, call in run}
    if len(opened) != 1 or len(closed) != 1:
        return
    before, after = opened.pop(), closed.pop()
    if file.language == "python" and before == len(" = await ") and after == 0:
        name, imports = _gather(file)
        if not name:
            return
        opening, closing = f"{listed} = await {name}(", ")"
        yield from imports
    elif file.language in ("javascript", "typescript", "tsx") and before in (len("const  = await "), len("let  = await ")) and after < 2:
        word = "const" if before == len("const  = await ") else "let"
        opening, closing = f"{word} [{listed}] = await Promise.all([", "])"
    else:
        return
    for index, (statement, call) in enumerate(run):
        if index == 0:
            yield Replacement(Span(statement.start, call.span.start, statement.chunk), opening)
        else:
            yield Replacement(Span(run[index - 1][1].span.end, call.span.start, statement.chunk), ", ")
    yield Replacement(run[-1][1].span.after, closing)


def _gather(file: File) -> tuple[str, tuple[Replacement, ...]]:
    """Return what `asyncio.gather` is called in a file, and the edit that imports it."""
    for item in file.all(Import):
        if not item.function and item.module == "asyncio" and item.name in ("", "gather"):
            return (f"{item.alias}.gather" if not item.name else item.alias), ()
        if item.module.partition(".")[0] in ("anyio", "trio"):
            return "", ()
    last = file.last_import
    return "asyncio.gather", (Replacement(last, "import asyncio", "after"),) if last is not None else ()
