"""Parse every source file of a folder with tree-sitter and do nothing else: the floor under any analysis.

`python -m benchmarks.bare_parse FOLDER` reads and parses in one process and prints the seconds of the two without the start of Python.
"""

import json
import sys
import time
from importlib import import_module
from pathlib import Path

from tree_sitter import Language, Parser

from benchmarks.sources import GRAMMARS, source_files


def parse_all(root: Path) -> dict[str, float]:
    files = source_files(root)
    parsers = {grammar: Parser(_language(grammar)) for grammar in {GRAMMARS[path.suffix] for path in files}}
    read = parsed = 0.0
    size = 0
    for path in files:
        started = time.perf_counter()
        content = path.read_bytes()
        had = time.perf_counter()
        parsers[GRAMMARS[path.suffix]].parse(content)
        parsed += time.perf_counter() - had
        read += had - started
        size += len(content)
    return {"files": len(files), "bytes": size, "read": read, "parse": parsed}


def _language(grammar: str) -> Language:
    if grammar in {"typescript", "tsx"}:
        return Language(getattr(import_module("tree_sitter_typescript"), f"language_{grammar}")())
    return Language(import_module(f"tree_sitter_{grammar}").language())


if __name__ == "__main__":
    print(json.dumps(parse_all(Path(sys.argv[1]))))
