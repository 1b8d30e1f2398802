"""`architrave facts`: what Architrave understands of files, before any rule."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from architrave.errors import ArchitraveError

HELP = "show what is understood of files"
_LONGEST = 100  # Characters of a value in text.


def register(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="PATH", help="files or folders")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print them (default: text)")
    parser.add_argument("--kind", metavar="KINDS", help="only these kinds, separated by commas: Route,Table")


def run(arguments: argparse.Namespace) -> int:
    from architrave.analysis.filefacts import KINDS
    from architrave.analysis.files import EVERYTHING, discover
    from architrave.analysis.workspace import Workspace
    from architrave.cli.sources import Sources
    from architrave.cli.targets import project_of
    from architrave.errors import nearest

    kinds = {kind for kind in (arguments.kind or "").split(",") if kind}
    for kind in kinds - KINDS.keys():
        like = nearest(kind, KINDS)
        raise ArchitraveError(
            f"There is no kind of fact `{kind}`; " + (f"the nearest is `{like}`." if like else f"there are: {', '.join(KINDS)}.")
        )
    listed: list[dict[str, Any]] = []
    for given in arguments.paths:
        path = Path(given)
        if path.is_dir():
            root, paths = path, list(discover(path, reach=EVERYTHING).files)
        elif path.exists():
            root = project_of(path)
            paths = [path.resolve().relative_to(root).as_posix()]
        else:
            raise ArchitraveError(f"There is no file or folder `{given}`.")
        sources = Sources(root)
        for relative in paths:
            workspace = Workspace()
            try:
                workspace.put(relative, (root / relative).read_bytes())
            except OSError as error:
                print(f"architrave: {root / relative}: cannot be read: {error.strerror}", file=sys.stderr)
                continue
            facts = [fact for fact in workspace.facts(relative) if not kinds or type(fact).__name__ in kinds]
            if arguments.format == "json":
                listed.extend(_listed(fact, relative, sources) for fact in facts)
            else:
                _print(relative, facts, sources)
    if arguments.format == "json":
        json.dump({"facts": listed}, sys.stdout, indent=2, ensure_ascii=False)
        sys.stdout.write("\n")
    return 0


def _print(path: str, facts: list[Any], sources: Any) -> None:
    from rich.text import Text

    from architrave.cli.reports.text import console_for
    from architrave.text import Location

    console = console_for(sys.stdout)
    console.print(Text(sources.shown(path), "bold"), soft_wrap=True)
    for fact in facts:
        place = sources.place(Location(path, fact.span))
        values = ", ".join(f"{name}={_cut(_text(value))}" for name, value in _fields(fact).items() if value != "")
        console.print(
            Text.assemble((f"{place.line:>6}:{place.column:<4} ", "blue"), (type(fact).__name__, "green"), f" {values}"), soft_wrap=True
        )


def _listed(fact: Any, path: str, sources: Any) -> dict[str, Any]:
    from architrave.text import Location

    place = sources.place(Location(path, fact.span))
    return {
        "kind": type(fact).__name__,
        "path": sources.shown(path),
        "start": {"line": place.line, "column": place.column},
        "end": {"line": place.end_line, "column": place.end_column},
        **_fields(fact),
    }


def _fields(fact: Any) -> dict[str, Any]:
    """Return the fields of a fact that differ from their defaults, spans left out, values as short as code."""
    found = {}
    required = len(fact.__struct_fields__) - len(fact.__struct_defaults__)
    for index, name in enumerate(fact.__struct_fields__):
        value = getattr(fact, name)
        if name == "span" or name.endswith("_span") or (index >= required and value == fact.__struct_defaults__[index - required]):
            continue
        if name == "value" and getattr(fact, "is_secret", False):
            value = "***"
        found[name] = value if isinstance(value, bool | int | float) or value is None else _short(value)
    return found


def _text(value: Any) -> str:
    """Return a value as it may stand in a line."""
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_text(item)}' for key, item in value.items())}}}"
    return str(value)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _short(value: Any) -> Any:
    from architrave.facts import values

    if isinstance(value, str):
        return value
    if isinstance(value, values.String):
        return repr(value.value)
    if isinstance(value, values.Number | values.Boolean):
        return value.value
    if isinstance(value, values.Name):
        return value.name
    if isinstance(value, values.Template):
        return repr("".join(part.value if isinstance(part, values.String) else f"{{{_text(_short(part))}}}" for part in value.parts))
    if isinstance(value, values.Sequence):
        return [_short(item) for item in value.items]
    if isinstance(value, values.Mapping):
        return {entry.key: _short(entry.value) for entry in value.entries}
    if isinstance(value, values.Function):
        return f"{value.name or 'function'}()"
    if isinstance(value, values.Invocation):
        return f"{value.callee}({', '.join(_text(_short(item)) for item in value.arguments)})"
    if isinstance(value, values.Operation):
        return f"{_text(_short(value.left))} {value.operator} {_text(_short(value.right))}"
    if isinstance(value, values.Argument):
        return f"{value.name}={_text(_short(value.value))}" if value.name else _short(value.value)
    if isinstance(value, values.Null | values.Unknown):
        return "null" if isinstance(value, values.Null) else "?"
    if isinstance(value, tuple):
        return [_short(item) for item in value]
    if hasattr(value, "__struct_fields__"):
        return {
            name: _short(item)
            for name in value.__struct_fields__
            if name != "span" and (item := getattr(value, name)) not in ("", None, ())
        }
    return value
