"""TodoWrite: what the user is told of the work."""

from __future__ import annotations

from architrave_agents.bench import Workbench
from architrave_agents.tool import JSON, TEXT, Tool


def _todo(bench: Workbench, given: JSON) -> str:
    signs = {"completed": "x", "in_progress": "~"}
    lines = []
    for item in given["todos"]:
        if isinstance(item, dict) and isinstance(item.get("content"), str):
            lines.append(f"[{signs.get(str(item.get('status')), ' ')}] {' '.join(item['content'].split())}")
    bench.on_todo("\n".join(lines))
    return "Noted."


TELLING = (
    Tool(
        "TodoWrite",
        "Tell the user what you are going to do, what you are doing and what is done.",
        {"todos": {"type": "array", "items": {"type": "object", "properties": {"content": TEXT, "status": TEXT}}}},
        ("todos",),
        _todo,
    ),
)
