"""The tools that a card may name: what the model is told of each, whether it is granted, and what it does.

Whatever a model asks for, the answer is a text: a result, or why there is none. Nothing here can touch more than the overlay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from architrave.analysis import architecture
from architrave.analysis.frozen import Frozen
from architrave.analysis.snapshot import Snapshot
from architrave.text import LineIndex, Location
from architrave_agents import reading
from architrave_agents.card import AgentCard
from architrave_agents.commands import Commands
from architrave_agents.edits import Overlay, Replacement, WrongEditError
from architrave_agents.redact import Redactor
from architrave_agents.settings import Settings
from architrave_agents.snapshot import DeniedError, View

JSON = dict[str, Any]
_LONGEST = 60_000  # Characters of a result.
_SECTIONS = {
    "routes": "Routes",
    "tables": "Tables",
    "calls": "Outgoing calls",
    "topics": "Topics and queues",
    "settings": "Settings read",
    "coupling": "Most coupled modules",
}
WEB: Mapping[str, JSON] = {
    "WebSearch": {"type": "web_search_20260318", "name": "web_search", "max_uses": 8},
    "WebFetch": {"type": "web_fetch_20260318", "name": "web_fetch", "max_uses": 8, "max_content_tokens": 20_000},
}


@dataclass
class Workbench:
    """What the tools of one run work on. One call at a time."""

    state: Frozen
    settings: Settings
    overlay: Overlay
    redact: Redactor
    commands: Commands
    on_todo: Callable[[str], None] = lambda text: None
    check: Callable[[], str] | None = None  # Tells what the change set would not stand, where one is made.
    _known: tuple[tuple[tuple[str, bytes], ...], Snapshot] | None = field(default=None, repr=False)

    @classmethod
    def of(cls, state: Frozen, settings: Settings) -> Workbench:
        overlay = Overlay(View(state))
        return cls(state, settings, overlay, Redactor(), Commands(overlay, settings))

    def snapshot(self) -> Snapshot:
        """Return the state of the workspace with what was changed so far."""
        changed = self.overlay.changed
        if not changed:
            return self.state.before
        key = tuple(sorted(changed.items()))
        if self._known is None or self._known[0] != key:
            self._known = (key, self.state.after(changed))
        return self._known[1]

    def where(self, location: Location) -> str:
        """Return `path:line` of a place."""
        try:
            content = self.overlay.content(location.path) or b""
        except DeniedError:
            content = b""
        return f"{location.path}:{LineIndex(content).position(location.span.start)[0] + 1}"


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
        elif name in ("Bash", "BashOutput", "KillBash") and not settings.commands:
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
    problem = _problem(tool, given)
    if problem:
        return Result(f"{name}: {problem}.", True)
    try:
        text = tool.run(bench, given)
    except (DeniedError, WrongEditError) as error:
        return Result(bench.redact(f"{name}: {error}."), True)
    text = bench.redact(text)
    return Result(text if len(text) <= _LONGEST else text[:_LONGEST] + "\n(cut: ask for less)")


def _problem(tool: Tool, given: Any) -> str | None:
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


def _edits(given: list[Any]) -> list[Replacement]:
    found = []
    for item in given:
        if not isinstance(item, dict) or not isinstance(item.get("old_string"), str) or not isinstance(item.get("new_string"), str):
            raise WrongEditError("each edit has an `old_string` and a `new_string`")
        found.append(Replacement(item["old_string"], item["new_string"], bool(item.get("replace_all"))))
    if not found:
        raise WrongEditError("`edits` is empty")
    return found


def _todo(bench: Workbench, given: JSON) -> str:
    signs = {"completed": "x", "in_progress": "~"}
    lines = []
    for item in given["todos"]:
        if isinstance(item, dict) and isinstance(item.get("content"), str):
            lines.append(f"[{signs.get(str(item.get('status')), ' ')}] {' '.join(item['content'].split())}")
    bench.on_todo("\n".join(lines))
    return "Noted."


def _check(bench: Workbench, _: JSON) -> str:
    if bench.check is None:
        return "Nothing is changed in this task, so there is nothing to check."
    return bench.check()


def _facts(bench: Workbench, given: JSON) -> str:
    snapshot, where = bench.snapshot(), bench.where
    about, scope = given["about"], given.get("scope", "")
    if about == "findings":
        lines = list(architecture.findings(snapshot, where, scope, given.get("rule", "")))
    elif about == "metrics":
        lines = list(architecture.metrics(snapshot, scope))
    elif about == "tables" and given.get("name"):
        lines = list(architecture.table(snapshot, where, given["name"]))
    elif about in _SECTIONS:
        lines = list(architecture.section(snapshot, where, _SECTIONS[about], scope))
    else:
        raise DeniedError(f"nothing is known about `{about}`; `about` is one of findings, metrics, {', '.join(_SECTIONS)}")
    return "\n".join(lines) or "Nothing."


def _callers(bench: Workbench, given: JSON) -> str:
    return "\n".join(architecture.callers(bench.snapshot(), bench.where, given["name"], given.get("path", ""))) or "Nothing is so called."


def _dependencies(bench: Workbench, given: JSON) -> str:
    path = bench.overlay.view.place(given["path"])
    return "\n".join(architecture.dependencies(bench.snapshot(), bench.where, path)) or "Nothing."


_TEXT = {"type": "string"}
_NUMBER = {"type": "integer"}
_FLAG = {"type": "boolean"}
_PATH = {"type": "string", "description": "A path below the workspace."}
_EDIT = {
    "type": "object",
    "properties": {"old_string": _TEXT, "new_string": _TEXT, "replace_all": _FLAG},
    "required": ["old_string", "new_string"],
}

TOOLS: Mapping[str, Tool] = {
    tool.name: tool
    for tool in (
        Tool(
            "Read",
            "Read a file. Each line comes with its number and a tab, which are no part of the file.",
            {"file_path": _PATH, "offset": {"type": "integer", "description": "The first line, from 1."}, "limit": _NUMBER},
            ("file_path",),
            lambda bench, given: reading.read(
                bench.overlay, bench.redact, given["file_path"], given.get("offset", 1), given.get("limit", 0)
            ),
        ),
        Tool(
            "LS",
            "List what lies directly in a folder.",
            {"path": _PATH, "ignore": {"type": "array"}},
            ("path",),
            lambda bench, given: reading.list_folder(bench.overlay, given["path"]),
        ),
        Tool(
            "Glob",
            "Find files by a pattern such as `services/**/*.sql`.",
            {"pattern": _TEXT, "path": _PATH},
            ("pattern",),
            lambda bench, given: reading.glob(bench.overlay, given["pattern"], given.get("path", "")),
        ),
        Tool(
            "Grep",
            "Search the files for a regular expression, line by line.",
            {
                "pattern": _TEXT,
                "path": _PATH,
                "glob": _TEXT,
                "output_mode": {"type": "string", "enum": ["content", "files_with_matches", "count"]},
                "-i": _FLAG,
                "-n": _FLAG,
                "-A": _NUMBER,
                "-B": _NUMBER,
                "-C": _NUMBER,
                "head_limit": _NUMBER,
            },
            ("pattern",),
            lambda bench, given: reading.grep(bench.overlay, bench.redact, given),
        ),
        Tool(
            "Edit",
            "Replace a text in a file by another. `old_string` is in the file exactly once, letter for letter, without line numbers.",
            {"file_path": _PATH, "old_string": _TEXT, "new_string": _TEXT, "replace_all": _FLAG},
            ("file_path", "old_string", "new_string"),
            lambda bench, given: bench.overlay.replace(given["file_path"], _edits([given])),
            is_editing=True,
        ),
        Tool(
            "MultiEdit",
            "Make several replacements in one file, one after the other: all of them or none.",
            {"file_path": _PATH, "edits": {"type": "array", "items": _EDIT}},
            ("file_path", "edits"),
            lambda bench, given: bench.overlay.replace(given["file_path"], _edits(given["edits"])),
            is_editing=True,
        ),
        Tool(
            "Write",
            "Write a new file.",
            {"file_path": _PATH, "content": _TEXT},
            ("file_path", "content"),
            lambda bench, given: bench.overlay.create(given["file_path"], given["content"]),
            is_editing=True,
        ),
        Tool(
            "NotebookEdit",
            "Replace, insert or delete a cell of a Jupyter notebook.",
            {
                "notebook_path": _PATH,
                "cell_id": {"type": "string", "description": "An id, or a number from 0."},
                "new_source": _TEXT,
                "edit_mode": {"type": "string", "enum": ["replace", "insert", "delete"]},
                "cell_type": {"type": "string", "enum": ["code", "markdown"]},
            },
            ("notebook_path", "new_source"),
            lambda bench, given: bench.overlay.edit_notebook(
                given["notebook_path"],
                given.get("cell_id", ""),
                given["new_source"],
                given.get("edit_mode", "replace"),
                given.get("cell_type", ""),
            ),
            is_editing=True,
        ),
        Tool(
            "TodoWrite",
            "Tell the user what you are going to do, what you are doing and what is done.",
            {"todos": {"type": "array", "items": {"type": "object", "properties": {"content": _TEXT, "status": _TEXT}}}},
            ("todos",),
            _todo,
        ),
        Tool(
            "Bash",
            "Run one of the commands that the user allows, in a scratch copy of the workspace with your changes in it. No shell reads it.",
            {
                "command": _TEXT,
                "timeout": {"type": "integer", "description": "Milliseconds."},
                "description": _TEXT,
                "run_in_background": _FLAG,
            },
            ("command",),
            lambda bench, given: bench.commands.run(
                given["command"], given.get("timeout", 0) / 1000, in_background=given.get("run_in_background", False)
            ),
        ),
        Tool(
            "BashOutput",
            "Read what a command in the background has written since.",
            {"bash_id": _TEXT, "filter": _TEXT},
            ("bash_id",),
            lambda bench, given: bench.commands.output(given["bash_id"]),
        ),
        Tool(
            "KillBash",
            "End a command in the background.",
            {"shell_id": _TEXT},
            ("shell_id",),
            lambda bench, given: bench.commands.kill(given["shell_id"]),
        ),
        Tool(
            "Facts",
            "Ask what is known of the architecture, with your changes in it, each line with its `path:line`. `about` is one of: findings, "
            "metrics, routes, tables, calls (to other services), topics, settings, coupling. `scope` is a file or folder. With `about` "
            "tables, `name` tells all of one table: columns, keys, indexes, readers and writers. With `about` findings, `rule` picks one.",
            {"about": _TEXT, "scope": _PATH, "name": _TEXT, "rule": _TEXT},
            ("about",),
            _facts,
            is_ours=True,
        ),
        Tool(
            "Callers",
            "Ask where a function is defined and who calls it, by its name and perhaps its file.",
            {"name": _TEXT, "path": _PATH},
            ("name",),
            _callers,
            is_ours=True,
        ),
        Tool(
            "Dependencies",
            "Ask what a file imports of the workspace, who imports it, and what it defines.",
            {"path": _PATH},
            ("path",),
            _dependencies,
            is_ours=True,
        ),
        Tool(
            "Check",
            "Have your changes checked as they will be before they are offered: the rules are run again over the whole workspace. "
            "Use it before you end.",
            {},
            (),
            _check,
            is_editing=True,
            is_ours=True,
        ),
    )
}
