"""Bash, BashOutput and KillBash: what the user's settings allow to be run."""

from __future__ import annotations

from architrave_agents.tool import FLAG, TEXT, Tool

COMMANDS = (
    Tool(
        "Bash",
        "Run one of the commands that the user allows, in a scratch copy of the workspace with your changes in it. No shell reads it.",
        {
            "command": TEXT,
            "timeout": {"type": "integer", "description": "Milliseconds."},
            "description": TEXT,
            "run_in_background": FLAG,
        },
        ("command",),
        lambda bench, given: bench.commands.run(
            given["command"], given.get("timeout", 0) / 1000, in_background=given.get("run_in_background", False)
        ),
    ),
    Tool(
        "BashOutput",
        "Read what a command in the background has written since.",
        {"bash_id": TEXT, "filter": TEXT},
        ("bash_id",),
        lambda bench, given: bench.commands.output(given["bash_id"]),
    ),
    Tool(
        "KillBash",
        "End a command in the background.",
        {"shell_id": TEXT},
        ("shell_id",),
        lambda bench, given: bench.commands.kill(given["shell_id"]),
    ),
)
