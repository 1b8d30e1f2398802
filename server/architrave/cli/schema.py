"""`architrave schema`: the JSON schema of the configuration, or its page for the manual, made from `Config` and the rules."""

from __future__ import annotations

import argparse
import ast
import inspect
import json
import sys
import textwrap
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints

HELP = "print the JSON schema of the configuration"


def register(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--markdown", action="store_true", help="print the page for the manual instead")


def run(arguments: argparse.Namespace) -> int:
    sys.stdout.write(markdown() if arguments.markdown else json.dumps(schema(), indent=2, ensure_ascii=False) + "\n")
    return 0


def schema() -> dict[str, Any]:
    """Return the JSON schema of `architrave.toml`."""
    from architrave.config import Config
    from architrave.findings import SEVERITIES
    from architrave.rule import known_rules

    result = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Architrave",
        "description": "The settings of Architrave: architrave.toml, or [tool.architrave] of pyproject.toml.",
        **_object(Config),
    }
    severity = {"enum": [*SEVERITIES, "off"], "description": "How severe the rule's findings are; `off` does not run it."}
    result["properties"]["rules"] = {
        "type": "object",
        "description": _docs(Config)["rules"],
        "additionalProperties": False,
        "properties": {
            rule.id: {
                "type": "object",
                "description": rule.summary,
                "additionalProperties": False,
                "properties": {
                    "severity": severity | {"default": rule.severity},
                    **{
                        item.name.replace("_", "-"): {**_type(item.type), "default": item.default, "description": item.doc}
                        for item in rule.options
                    },
                },
            }
            for rule in known_rules().values()
        },
    }
    return result


def _object(kind: type) -> dict[str, Any]:
    from architrave.config import key_of

    hints, docs = get_type_hints(kind), _docs(kind)
    properties = {}
    for item in fields(kind):
        properties[key_of(item.name)] = {**_type(hints[item.name]), "description": docs[item.name]}
        if item.default is not MISSING:
            properties[key_of(item.name)]["default"] = item.default
    required = [key_of(item.name) for item in fields(kind) if item.default is MISSING and item.default_factory is MISSING]
    return {"type": "object", "additionalProperties": False, "properties": properties, **({"required": required} if required else {})}


def _type(hint: Any) -> dict[str, Any]:
    if is_dataclass(hint) and isinstance(hint, type):
        return _object(hint)
    if get_origin(hint) in (tuple, list, frozenset):
        return {"type": "array", "items": _type(get_args(hint)[0])}
    if get_args(hint) and all(isinstance(value, str) for value in get_args(hint)):
        return {"enum": list(get_args(hint))}
    names = {bool: "boolean", int: "integer", float: "number", str: "string"}
    return {"type": names[hint]} if hint in names else {"type": "object"}


def _docs(kind: type) -> dict[str, str]:
    """Return the text below each field of a dataclass."""
    [definition] = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(definition, ast.ClassDef)
    found = {}
    for statement, following in zip(definition.body, definition.body[1:], strict=False):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and isinstance(following, ast.Expr):
            found[statement.target.id] = " ".join(str(ast.literal_eval(following.value)).split())
    return found


def markdown() -> str:
    """Return `docs/configuration.md`."""
    from architrave.config import Config
    from architrave.rule import known_rules

    lines = [
        "# Configuration",
        "",
        "<!-- Made by `architrave schema --markdown`; do not edit. -->",
        "",
        "Architrave reads the nearest `architrave.toml`, or `[tool.architrave]` of a `pyproject.toml`, in or above the folder that it is",
        "given or that an editor opens; the folder of that file is then the workspace, and what is found in the given folder is shown.",
        "`--isolated` reads none. A JSON schema for editors is `docs/architrave.schema.json`.",
        "",
        "```toml",
        'ignore = ["perf-"]',
        'exclude = ["legacy/"]',
        "",
        "[[layers]]",
        'name = "orders"',
        'modules = ["orders.api", "orders.services", "orders.repositories"]',
        "",
        "[rules.sys-layer-violation]",
        'severity = "error"',
        "```",
        "",
        "## Settings",
        "",
    ]
    lines += _settings(Config, "")
    lines += ["", "## Options of rules", "", "Every rule takes `severity`. These take more:", ""]
    for rule in known_rules().values():
        for item in rule.options:
            default = json.dumps(item.default, ensure_ascii=False)
            lines.append(f"- `{item.name.replace('_', '-')}` of `{rule.id}` (default `{default}`): {item.doc}")
    return "\n".join(lines) + "\n"


def _settings(kind: type, indent: str) -> list[str]:
    from architrave.config import key_of

    hints, docs = get_type_hints(kind), _docs(kind)
    lines = []
    for item in fields(kind):
        hint = hints[item.name]
        element = get_args(hint)[0] if get_origin(hint) is tuple else None
        default = "" if item.default is MISSING or is_dataclass(element) else f", default `{json.dumps(item.default)}`"
        lines.append(f"{indent}- `{key_of(item.name)}` ({_shown(hint)}{default}): {docs[item.name]}")
        if isinstance(element, type) and is_dataclass(element):
            lines += _settings(element, indent + "  ")
    return lines


def _shown(hint: Any) -> str:
    if get_origin(hint) is tuple:
        return "tables" if is_dataclass(get_args(hint)[0]) else "list of strings"
    return {bool: "true or false", str: "string", int: "number", float: "number"}.get(hint, "table")
