"""Facts, Callers, Dependencies and Check: what Architrave knows, with the changes of the agent in it. They are always there."""

from __future__ import annotations

from architrave.analysis import architecture
from architrave_agents.bench import Workbench
from architrave_agents.snapshot import DeniedError
from architrave_agents.tool import JSON, PATH, TEXT, Tool

_SECTIONS = {
    "routes": "Routes",
    "tables": "Tables",
    "calls": "Outgoing calls",
    "topics": "Topics and queues",
    "settings": "Settings read",
    "coupling": "Most coupled modules",
}


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


FACTS = (
    Tool(
        "Facts",
        "Ask what is known of the architecture, with your changes in it, each line with its `path:line`. `about` is one of: findings, "
        "metrics, routes, tables, calls (to other services), topics, settings, coupling. `scope` is a file or folder. With `about` "
        "tables, `name` tells all of one table: columns, keys, indexes, readers and writers. With `about` findings, `rule` picks one.",
        {"about": TEXT, "scope": PATH, "name": TEXT, "rule": TEXT},
        ("about",),
        _facts,
        is_ours=True,
    ),
    Tool(
        "Callers",
        "Ask where a function is defined and who calls it, by its name and perhaps its file.",
        {"name": TEXT, "path": PATH},
        ("name",),
        _callers,
        is_ours=True,
    ),
    Tool(
        "Dependencies",
        "Ask what a file imports of the workspace, who imports it, and what it defines.",
        {"path": PATH},
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
