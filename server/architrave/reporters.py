"""Which reporters of the frameworks see something in a file, in which order they are asked, and what they report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, NamedTuple

from architrave import frameworks
from architrave.facts import Fact
from architrave.facts.code import Call, Definition
from architrave.framework import Facts, File, Framework, Reporter


@dataclass
class _Table:
    """The frameworks of one language, merged for look-up."""

    exact: dict[str, list[tuple[str, Reporter]]] = field(default_factory=lambda: defaultdict(list))
    last: dict[str, list[tuple[str, Reporter, Framework]]] = field(default_factory=lambda: defaultdict(list))
    whole: list[Framework] = field(default_factory=list)
    modules: dict[str, tuple[str, ...]] = field(default_factory=dict)  # By framework; empty where any file may use it.


@cache
def known_frameworks() -> tuple[Framework, ...]:
    """Every framework: each module of `architrave.frameworks` that has a `framework` or `FRAMEWORKS`."""
    found: list[Framework] = []
    for module in sorted(item.name for item in iter_modules(frameworks.__path__)):
        loaded = import_module(f"{frameworks.__name__}.{module}")
        if hasattr(loaded, "framework"):
            found.append(loaded.framework)
        found.extend(getattr(loaded, "FRAMEWORKS", ()))
    return tuple(found)


@cache
def _table(language: str) -> _Table:
    table = _Table()
    for framework in known_frameworks():
        if language not in framework.languages:
            continue
        table.modules[framework.name] = framework.modules
        for name, reporters in framework.exact.items():
            table.exact[name].extend(reporters)
        for name, reporters in framework.last.items():
            table.last[name].extend((role, reporter, framework) for role, reporter in reporters)
        if framework.kinds or framework.files:
            table.whole.append(framework)
    return table


def reported(file: File) -> Iterator[Fact]:
    """Yield the facts that the frameworks see in a file's own facts, without repeats."""
    seen: set[Fact] = set()
    for fact in _reported(file):
        if fact not in seen:
            seen.add(fact)
            yield fact


class Step(NamedTuple):
    """What one reporter has to be asked: about each fact of a kind, all of a chunk at once (`is_whole`), or, without a kind, the file."""

    kind: type | None
    report: Callable[[Any, File], Facts]
    is_whole: bool = False


def steps(file: File) -> tuple[Step, ...]:
    """Return what is to be asked about a file, in the order of the facts to come. It depends on the imports of the file alone."""
    table = _table(file.language)
    return _steps(file.language, frozenset(name for name, modules in table.modules.items() if not modules or file.imports(*modules)))


@cache
def _steps(language: str, used: frozenset[str]) -> tuple[Step, ...]:
    """Return the steps for files of a language that use these frameworks; few sets of them occur."""
    table = _table(language)
    last = {
        name: kept
        for name, reporters in table.last.items()
        if (kept := [(role, report) for role, report, of in reporters if of.name in used])
    }
    calls, last_calls = _only("call", table.exact), _only("call", last)
    decorators, last_decorators = _only("decorator", table.exact), _only("decorator", last)
    bases, last_bases = _only("base", table.exact), _only("base", last)

    def called(call: Call, file: File) -> Iterable[Fact]:
        exact, by_last = calls.get(call.callee), last_calls.get(call.callee.rpartition(".")[2])
        if exact is None and by_last is None:  # Nearly all calls: no iterator is made for them.
            return ()
        return (fact for report in (*(exact or ()), *(by_last or ())) for fact in report(call, file) or ())

    def defined(definition: Definition, file: File) -> Iterator[Fact]:
        for decorator in definition.decorators:
            for report in (*decorators.get(decorator.name, ()), *last_decorators.get(decorator.name.rpartition(".")[2], ())):
                yield from report((decorator, definition), file) or ()
        for written in definition.bases:
            base = written.partition("[")[0].partition("<")[0]
            for report in (*bases.get(base, ()), *last_bases.get(base.rpartition(".")[2], ())):
                yield from report(definition, file) or ()

    found = [Step(Call, called), Step(Definition, defined)]
    for framework in table.whole:
        if framework.name in used:
            found.extend(Step(kind, reporter, is_whole) for kind, reporter, is_whole in framework.kinds)
            found.extend(Step(None, _of_file(whole)) for whole in framework.files)
    return tuple(found)


def _only(role: str, reporters: dict[str, list[tuple[str, Reporter]]]) -> dict[str, tuple[Reporter, ...]]:
    found = {name: tuple(report for of, report in some if of == role) for name, some in reporters.items()}
    return {name: some for name, some in found.items() if some}


@cache
def _of_file(reporter: Callable[[File], Facts]) -> Callable[[Any, File], Facts]:
    return lambda _, file: reporter(file)


def _reported(file: File) -> Iterator[Fact]:
    for kind, report, is_whole in steps(file):
        if kind is None:
            yield from report(file, file) or ()
        elif is_whole:
            for facts in file.by_chunk(kind).values():
                yield from report(facts, file) or ()
        else:
            each: list[Any] = file.all(kind)
            for fact in each:
                yield from report(fact, file) or ()
