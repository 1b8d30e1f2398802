"""Edit, MultiEdit, Write and NotebookEdit, on the overlay."""

from __future__ import annotations

from typing import Any

from architrave_agents.edits import Replacement, WrongEditError
from architrave_agents.tool import FLAG, PATH, TEXT, Tool

_EDIT = {
    "type": "object",
    "properties": {"old_string": TEXT, "new_string": TEXT, "replace_all": FLAG},
    "required": ["old_string", "new_string"],
}


def _edits(given: list[Any]) -> list[Replacement]:
    found = []
    for item in given:
        if not isinstance(item, dict) or not isinstance(item.get("old_string"), str) or not isinstance(item.get("new_string"), str):
            raise WrongEditError("each edit has an `old_string` and a `new_string`")
        found.append(Replacement(item["old_string"], item["new_string"], bool(item.get("replace_all"))))
    if not found:
        raise WrongEditError("`edits` is empty")
    return found


EDITING = (
    Tool(
        "Edit",
        "Replace a text in a file by another. `old_string` is in the file exactly once, letter for letter, without line numbers.",
        {"file_path": PATH, "old_string": TEXT, "new_string": TEXT, "replace_all": FLAG},
        ("file_path", "old_string", "new_string"),
        lambda bench, given: bench.overlay.replace(given["file_path"], _edits([given])),
        is_editing=True,
    ),
    Tool(
        "MultiEdit",
        "Make several replacements in one file, one after the other: all of them or none.",
        {"file_path": PATH, "edits": {"type": "array", "items": _EDIT}},
        ("file_path", "edits"),
        lambda bench, given: bench.overlay.replace(given["file_path"], _edits(given["edits"])),
        is_editing=True,
    ),
    Tool(
        "Write",
        "Write a new file.",
        {"file_path": PATH, "content": TEXT},
        ("file_path", "content"),
        lambda bench, given: bench.overlay.create(given["file_path"], given["content"]),
        is_editing=True,
    ),
    Tool(
        "NotebookEdit",
        "Replace, insert or delete a cell of a Jupyter notebook.",
        {
            "notebook_path": PATH,
            "cell_id": {"type": "string", "description": "An id, or a number from 0."},
            "new_source": TEXT,
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
)
