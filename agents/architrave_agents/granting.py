"""Which tools an agent has in a run, and what comes of a call: whatever a model asks for, a text; a result, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from architrave_agents.bench import Workbench
from architrave_agents.card import AgentCard
from architrave_agents.edits import WrongEditError
from architrave_agents.settings import Settings
from architrave_agents.snapshot import DeniedError
from architrave_agents.tool import JSON, Tool, problem
from architrave_agents.tools import TOOLS
from architrave_agents.tools.commands import COMMANDS
from architrave_agents.tools.web import WEB

_LONGEST = 60_000  # Characters of a result.


@dataclass(frozen=True)
class Granted:
    """What an agent may use in a run, and what its card asks for in vain, with the reason."""

    tools: Mapping[str, Tool]
    of_server: tuple[JSON, ...]
    refused: Mapping[str, str]

    @property
    def definitions(self) -> list[JSON]:
        return [*(tool.definition for tool in self.tools.values()), *self.of_server]

    @property
    def names(self) -> tuple[str, ...]:
        by_type = {definition["type"]: name for name, definition in WEB.items()}
        return (*self.tools, *(by_type[item["type"]] for item in self.of_server))


def granted(card: AgentCard, settings: Settings, *, is_editing: bool) -> Granted:
    """Return what a card grants: what it names, as far as the user's settings allow; our own tools of facts always."""
    asked = card.tools if card.tools is not None else tuple(name for name, tool in TOOLS.items() if not tool.is_ours)
    wanted = [name.partition("(")[0] for name in asked]
    refused: dict[str, str] = {}
    given: dict[str, Tool] = {name: tool for name, tool in TOOLS.items() if tool.is_ours and (is_editing or not tool.is_editing)}
    of_server: list[JSON] = []
    for name in wanted:
        if name in WEB:
            if settings.web:
                of_server.append(WEB[name])
            else:
                refused[name] = "the user's settings do not turn the web on"
        elif name not in TOOLS:
            refused[name] = "there is no such tool here"
        elif TOOLS[name] in COMMANDS and not settings.commands:
            refused[name] = "the user's settings list no commands"
        elif TOOLS[name].is_editing and not is_editing:
            continue
        else:
            given[name] = TOOLS[name]
    return Granted(dict(sorted(given.items())), tuple(of_server), refused)


@dataclass(frozen=True)
class Result:
    text: str
    is_error: bool = False


def call(bench: Workbench, tools: Granted, name: str, given: Any) -> Result:
    """Return what a tool gives for an input, whatever a model has made of both. Nothing leaves with a secret in it."""
    tool = tools.tools.get(name)
    if tool is None:
        why = tools.refused.get(name, "it is not granted")
        return Result(f"There is no tool `{name}` for you: {why}. You have: {', '.join(tools.names)}.", True)
    wrong = problem(tool, given)
    if wrong:
        return Result(f"{name}: {wrong}.", True)
    try:
        text = tool.run(bench, given)
    except (DeniedError, WrongEditError) as error:
        return Result(bench.redact(f"{name}: {error}."), True)
    text = bench.redact(text)
    return Result(text if len(text) <= _LONGEST else text[:_LONGEST] + "\n(cut: ask for less)")
