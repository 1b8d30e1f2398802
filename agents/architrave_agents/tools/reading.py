"""Read, LS, Glob and Grep."""

from __future__ import annotations

from architrave_agents import reading
from architrave_agents.tool import FLAG, NUMBER, PATH, TEXT, Tool

READING = (
    Tool(
        "Read",
        "Read a file. Each line comes with its number and a tab, which are no part of the file.",
        {"file_path": PATH, "offset": {"type": "integer", "description": "The first line, from 1."}, "limit": NUMBER},
        ("file_path",),
        lambda bench, given: reading.read(bench.overlay, bench.redact, given["file_path"], given.get("offset", 1), given.get("limit", 0)),
    ),
    Tool(
        "LS",
        "List what lies directly in a folder.",
        {"path": PATH, "ignore": {"type": "array"}},
        ("path",),
        lambda bench, given: reading.list_folder(bench.overlay, given["path"]),
    ),
    Tool(
        "Glob",
        "Find files by a pattern such as `services/**/*.sql`.",
        {"pattern": TEXT, "path": PATH},
        ("pattern",),
        lambda bench, given: reading.glob(bench.overlay, given["pattern"], given.get("path", "")),
    ),
    Tool(
        "Grep",
        "Search the files for a regular expression, line by line.",
        {
            "pattern": TEXT,
            "path": PATH,
            "glob": TEXT,
            "output_mode": {"type": "string", "enum": ["content", "files_with_matches", "count"]},
            "-i": FLAG,
            "-n": FLAG,
            "-A": NUMBER,
            "-B": NUMBER,
            "-C": NUMBER,
            "head_limit": NUMBER,
        },
        ("pattern",),
        lambda bench, given: reading.grep(bench.overlay, bench.redact, given),
    ),
)
