"""A tool that a card may name: what the model is told of it, what an input has to be, and what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from architrave_agents.bench import Workbench

JSON = dict[str, Any]
TEXT: JSON = {"type": "string"}
NUMBER: JSON = {"type": "integer"}
FLAG: JSON = {"type": "boolean"}
PATH: JSON = {"type": "string", "description": "A path below the workspace."}


@dataclass(frozen=True)
class Tool:
    """`run` gets an input that has what is required, of the right kinds."""

    name: str
    description: str
    properties: Mapping[str, JSON]
    required: tuple[str, ...]
    run: Callable[[Workbench, JSON], str]
    is_editing: bool = False
    is_ours: bool = False

    @property
    def definition(self) -> JSON:
        schema = {"type": "object", "properties": dict(self.properties), "required": list(self.required), "additionalProperties": False}
        return {"name": self.name, "description": self.description, "input_schema": schema}


def problem(tool: Tool, given: Any) -> str | None:
    if not isinstance(given, dict):
        return "the input is an object"
    for key in tool.required:
        if key not in given:
            return f"`{key}` is missing"
    kinds: dict[str, tuple[type, ...]] = {"string": (str,), "integer": (int,), "boolean": (bool,), "array": (list,), "number": (int, float)}
    for key, value in given.items():
        if key not in tool.properties:
            return f"there is no `{key}`; there are: {', '.join(tool.properties)}"
        kind = tool.properties[key].get("type", "string")
        if not isinstance(value, kinds[kind]) or (kind == "integer" and isinstance(value, bool)):
            return f"`{key}` is of type {kind}"
    return None
