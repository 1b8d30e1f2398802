"""Settings: `architrave.toml`, or `[tool.architrave]` of `pyproject.toml`.

The fields of `Config` and the texts below them are all that is written of a setting: the check of a file, the JSON schema and
`docs/configuration.md` are made from them. Reading is pure: text goes in, a `Config` and its mistakes come out, so that an editor
goes on with what is right. Tables of rules are checked by `analysis.settings`, which knows the rules.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from architrave.errors import nearest


@dataclass(frozen=True)
class Layers:
    """Layers of one part of the code, the highest first: a module may import lower layers, never higher ones."""

    name: str
    """What this part of the code is called in messages."""

    modules: tuple[str, ...]
    """Folders or dotted module names, the highest layer first."""


@dataclass(frozen=True)
class Service:
    """A deployable that Architrave cannot see by itself in manifests, Dockerfiles or compose files."""

    name: str
    """The name of the service."""

    root: str
    """Its folder, relative to the workspace; `.` is the workspace itself."""

    hosts: tuple[str, ...] = ()
    """The host names under which others call it."""


@dataclass(frozen=True)
class Config:
    """Everything a user can set."""

    select: tuple[str, ...] = ()
    """Run only these rules: ids such as `data-fk-without-index`, or prefixes such as `data-`. All rules when empty."""

    ignore: tuple[str, ...] = ()
    """Do not run these rules: ids or prefixes."""

    exclude: tuple[str, ...] = ()
    """Do not read these paths: patterns as in `.gitignore`, relative to the workspace. They come on top of the usual ones
    (`node_modules`, `.venv`, `dist`, `build`, `target` …) and of the workspace's own `.gitignore` files."""

    include_tests: bool = False
    """Also read the code of tests, fixtures, examples and what others wrote or tools made, and report what is found there."""

    baseline: str = ""
    """The file of known findings, relative to the configuration file. `architrave-baseline.json` beside it when not set."""

    layers: tuple[Layers, ...] = ()
    """The layers of the code, for `sys-layer-violation`."""

    services: tuple[Service, ...] = ()
    """Services that are not found by themselves."""

    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """One table a rule: `severity` (`error`, `warning`, `information`, `hint` or `off`) and the rule's own options."""


@dataclass(frozen=True)
class Mistake:
    """Something wrong in a configuration file. `line` counts from 1; 0 means the whole file."""

    message: str
    line: int = 0


def parsed(text: str, *, in_pyproject: bool = False) -> tuple[Config, tuple[Mistake, ...]]:
    """Return the settings of a file's text, and its mistakes; a setting with a mistake keeps its default."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+)", str(error))
        return Config(), (Mistake(f"This is no TOML: {error}", int(at[1]) if at else text.count("\n") + 1),)
    prefix: tuple[str, ...] = ("tool", "architrave") if in_pyproject else ()
    for key in prefix:
        document = document.get(key, {})
        if not isinstance(document, dict):
            return Config(), (Mistake("`[tool.architrave]` must be a table."),)
    mistakes: list[Mistake] = []
    values = _values(Config, document, prefix, text, mistakes)
    return Config(**values), tuple(mistakes)


def has_settings(pyproject: str) -> bool:
    """Whether the text of a `pyproject.toml` has `[tool.architrave]`."""
    return re.search(r"^\s*\[+\s*tool\s*\.\s*architrave\b", pyproject, flags=re.MULTILINE) is not None


def key_of(field_name: str) -> str:
    """Return how a field is written in TOML."""
    return field_name.replace("_", "-")


def line_of(text: str, *keys: str | int) -> int:
    """Return the line, from 1, on which a key is set (`"rules", "sys-no-timeout", "severity"`; a number picks the table of an array).

    `tomllib` keeps no positions, so the text is scanned for table headers and keys; 0 when the key is written in an unusual way.
    """
    table: tuple[str | int, ...] = ()
    counts: dict[tuple[str, ...], int] = {}
    best = 0
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(#.*)?$", line)
        if header:
            names = _names(header[2])
            table = names
            if header[1] == "[[":
                counts[names] = counts.get(names, -1) + 1
                table = (*names, counts[names])
        elif match := re.match(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""", line):
            here = (*table, *_names(match[1]))
            if here == keys:
                return number
            if keys[: len(here)] == here:
                best = number
            continue
        else:
            continue
        if table == keys:
            return number
        if keys[: len(table)] == table:
            best = number
    return best


def _names(dotted: str) -> tuple[str, ...]:
    return tuple(part[0] or part[1] or part[2] for part in re.findall(r"""([\w-]+)|"([^"]*)"|'([^']*)'""", dotted))


def _values(kind: type, table: Mapping[str, Any], at: tuple[str | int, ...], text: str, mistakes: list[Mistake]) -> dict[str, Any]:
    """Return the values of a dataclass's fields that are right, and note what is wrong."""
    hints = get_type_hints(kind)
    known = {key_of(item.name): item for item in fields(kind)}
    values: dict[str, Any] = {}
    for key, value in table.items():
        item = known.get(key) or known.get(key_of(key))
        here = (*at, key)
        if item is None:
            mistakes.append(Mistake(unknown_key(key, known), line_of(text, *here)))
            continue
        hint = hints[item.name]
        element = get_args(hint)[0] if get_origin(hint) is tuple else None
        if isinstance(element, type) and is_dataclass(element):
            values[item.name] = _tables(element, value, here, text, mistakes)
            continue
        try:
            values[item.name] = msgspec.convert(value, hint)
        except msgspec.ValidationError as error:
            mistakes.append(Mistake(f"`{key}` is not right: {str(error)[0].lower()}{str(error)[1:]}.", line_of(text, *here)))
    return values


def _tables(kind: type, value: Any, at: tuple[str | int, ...], text: str, mistakes: list[Mistake]) -> tuple[Any, ...]:
    key = at[-1]
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        mistakes.append(Mistake(f"`{key}` must be tables: write `[[{key}]]`.", line_of(text, *at)))
        return ()
    found = []
    for index, table in enumerate(value):
        values = _values(kind, table, (*at, index), text, mistakes)
        missing = [key_of(item.name) for item in fields(kind) if item.default is MISSING and item.name not in values]
        if missing:
            if not any(key_of(name) in map(key_of, table) for name in missing):
                mistakes.append(Mistake(f"`[[{key}]]` lacks `{'`, `'.join(missing)}`.", line_of(text, *at, index)))
            continue
        found.append(kind(**values))
    return tuple(found)


def unknown_key(key: str, known: Mapping[str, object], what: str = "setting") -> str:
    """Say that there is no such key, and which is the nearest right one."""
    like = nearest(key, known) or next((name for name in known if key and name.startswith(key)), None)
    if like is not None:
        return f"There is no {what} `{key}`; the nearest is `{like}`."
    return f"There is no {what} `{key}`; " + (
        "`architrave rules` lists them." if what == "rule" else f"there are: {', '.join(known) or 'none'}."
    )
