"""The files that every tool is given: a copy of a folder without what nobody wrote.

Tools differ in what they skip (ignore files, tests, vendored folders). A copy that has neither ignore files nor such folders gives all of
them the same bytes, and a place to put a cache that can be emptied.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

GRAMMARS: dict[str, str] = {
    ".py": "python", ".js": "javascript", ".jsx": "javascript", ".mjs": "javascript", ".cjs": "javascript",
    ".ts": "typescript", ".tsx": "tsx", ".go": "go", ".java": "java", ".rs": "rust",
}  # fmt: skip
_SETTINGS = frozenset({".yaml", ".yml", ".sql", ".toml", ".json", ".tf", ".xml", ".gradle", ".kts", ".mod", ".prisma"})
_SKIPPED_FOLDERS = frozenset(
    {"node_modules", "vendor", "dist", "build", "target", "generated", "__pycache__", "venv", "site-packages", "htmlcov"}
)
_LARGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Sources:
    """What is in a folder in the six languages that have a grammar in every peer."""

    files: int
    size: int
    lines: int


def copy_sources(origin: Path, target: Path) -> None:
    """Copy what is analysed: source, configuration, schemas and deployment files."""
    for path in _walk(origin):
        if path.suffix in GRAMMARS or path.suffix in _SETTINGS or path.name.startswith((".env", "Dockerfile", "requirements")):
            copy = target / path.relative_to(origin)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    # Without a file of this name semgrep skips tests by a list of its own.
    (target / ".semgrepignore").write_text("# nothing\n")


def source_files(root: Path, suffixes: frozenset[str] = frozenset(GRAMMARS)) -> list[Path]:
    return sorted(path for path in _walk(root) if path.suffix in suffixes)


def counted(root: Path, suffixes: frozenset[str] = frozenset(GRAMMARS)) -> Sources:
    contents = [path.read_bytes() for path in source_files(root, suffixes)]
    return Sources(len(contents), sum(map(len, contents)), sum(content.count(b"\n") for content in contents))


def _walk(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED_FOLDERS and (name == ".github" or name[0] != "."))
        for name in sorted(names):
            path = Path(folder, name)
            if not path.is_symlink() and path.stat().st_size <= _LARGEST:
                yield path
