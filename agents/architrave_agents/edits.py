"""What an agent writes: an overlay of the frozen texts, changed by exact replacements. Nothing of it is on disk."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches, unified_diff
from typing import Any

from architrave_agents.redact import PLACEHOLDER, secrets
from architrave_agents.snapshot import DeniedError, View, text_of

_PROTECTED = ("architrave.toml", "architrave-baseline.json", ".gitignore")
_PROTECTED_FOLDERS = (".architrave/", ".claude/", ".vscode/", ".idea/")
_MOST_BYTES = 1_000_000
_MOST_FILES = 200


class WrongEditError(Exception):
    """An edit that cannot be made, with the reason as the agent is told it."""


@dataclass(frozen=True)
class Replacement:
    old: str
    new: str
    is_everywhere: bool = False


class Overlay:
    """The texts that the agent has changed, over those of the view."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.texts: dict[str, bytes] = {}
        self.base: dict[str, bytes | None] = {}
        self.only_below = ""  # A folder with `/`, when nothing else may be written.

    def content(self, path: str) -> bytes | None:
        return self.texts[path] if path in self.texts else self.view.content(path)

    def text(self, path: str) -> str:
        """Return a file as the agent sees it: with lines that end in a line feed."""
        content = self.content(path)
        if content is None:
            raise DeniedError(f"there is no file `{path}`")
        return text_of(content, path).removeprefix("\ufeff").replace("\r\n", "\n")

    @property
    def changed(self) -> Mapping[str, bytes]:
        return {path: text for path, text in self.texts.items() if text != self.base[path]}

    def paths(self) -> list[str]:
        return sorted({*self.view.paths, *self.texts})

    def replace(self, given: str, replacements: list[Replacement]) -> str:
        """Make replacements in a file one after the other, all or none, and return what was done."""
        path = self._existing(given)
        text = self.text(path)
        for index, item in enumerate(replacements, 1):
            where = f"edit {index}: " if len(replacements) > 1 else ""
            text = _replaced(text, item, where)
        self._put(path, text)
        count = len(replacements)
        return f"{path}: {count} {'replacement' if count == 1 else 'replacements'} made"

    def create(self, given: str, text: str) -> str:
        """Write a new file."""
        path = self.view.place(given)
        self._guard(path)
        if self.content(path) is not None and not (path in self.texts and self.base[path] is None):
            raise WrongEditError(f"`{path}` is there already: change it with Edit; Write is for new files")
        if (self.view.root / path).is_dir():
            raise WrongEditError(f"`{path}` is a folder")
        _refuse_placeholder(text)
        self._put(path, text)
        return f"{path}: written, {text.count(chr(10)) + (not text.endswith(chr(10)))} lines"

    def take(self, path: str, content: bytes) -> None:
        """Take a text that a rule's own fix has made."""
        self._guard(self.view.place(path))
        self._put(path, content.decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n"))

    def edit_notebook(self, given: str, cell: str, source: str, mode: str, kind: str) -> str:
        """Replace, insert or delete a cell of a Jupyter notebook. `cell` is an id, or a number from 0."""
        path = self._existing(given)
        _refuse_placeholder(source)
        try:
            notebook = json.loads(self.text(path))
            cells = notebook["cells"]
        except (ValueError, KeyError, TypeError):
            raise WrongEditError(f"`{path}` is no notebook") from None
        at = next((index for index, item in enumerate(cells) if item.get("id") == cell or str(index) == cell), None)
        if at is None and not (mode == "insert" and not cell):
            raise WrongEditError(f"`{path}` has no cell `{cell}`")
        if mode == "delete":
            del cells[at]
        elif mode == "insert":
            fresh: dict[str, Any] = {"cell_type": kind or "code", "metadata": {}, "source": source.splitlines(keepends=True)}
            if fresh["cell_type"] == "code":
                fresh |= {"execution_count": None, "outputs": []}
            cells.insert(0 if at is None else at + 1, fresh)
        else:
            cells[at]["source"] = source.splitlines(keepends=True)
            if kind:
                cells[at]["cell_type"] = kind
        self._put(path, json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")
        return f"{path}: cell {cell or 0}: {mode}"

    def _existing(self, given: str) -> str:
        """Return the path of a file that may be changed."""
        path = self.view.place(given)
        if path not in self.texts:
            path = self.view.path(given)
        self._guard(path)
        return path

    def _guard(self, path: str) -> None:
        if not path.startswith(self.only_below):
            raise WrongEditError(f"in this task only what lies in `{self.only_below}` is written, and `{path}` does not")
        if path in _PROTECTED or path.rpartition("/")[2] in _PROTECTED or path.startswith(_PROTECTED_FOLDERS):
            raise WrongEditError(f"`{path}` decides what is looked at; agents do not change it")

    def _put(self, path: str, text: str) -> None:
        old = self.view.content(path)
        content = text.encode("utf-8", "surrogatepass")
        if old is not None:
            if b"\r\n" in old:
                content = content.replace(b"\n", b"\r\n")
            if old.startswith(b"\xef\xbb\xbf"):
                content = b"\xef\xbb\xbf" + content
            missing = Counter(secrets(old.decode("utf-8", "replace").replace("\r\n", "\n"))) - Counter(secrets(text))
            if missing:
                raise WrongEditError(f"this touches a redacted secret in `{path}`; only a person may change that line")
        if len(content) > _MOST_BYTES:
            raise WrongEditError(f"`{path}` would have more than {_MOST_BYTES // 1_000_000} MB")
        if path not in self.base and len(self.base) >= _MOST_FILES:
            raise WrongEditError(f"more than {_MOST_FILES} files are not changed at once")
        self.base.setdefault(path, old)
        self.texts[path] = content


def _replaced(text: str, item: Replacement, where: str) -> str:
    old, new = item.old.replace("\r\n", "\n"), item.new.replace("\r\n", "\n")
    _refuse_placeholder(old + new)
    if not old:
        raise WrongEditError(f"{where}`old_string` is empty; Write makes new files")
    if old == new:
        raise WrongEditError(f"{where}`old_string` and `new_string` are the same")
    count = text.count(old)
    if count == 0:
        raise WrongEditError(f"{where}`old_string` is not in the file, letter for letter{_nearest(text, old)}")
    if count > 1 and not item.is_everywhere:
        lines = ", ".join(str(line) for line in _lines_of(text, old)[:5])
        raise WrongEditError(f"{where}`old_string` is there {count} times (lines {lines}): give more of what is around it")
    return text.replace(old, new)


def _refuse_placeholder(text: str) -> None:
    if PLACEHOLDER.search(text):
        raise WrongEditError("a placeholder stands for a secret that you do not have; edits must not touch it")


def _nearest(text: str, old: str) -> str:
    first = old.strip().split("\n")[0].strip()
    lines = text.split("\n")
    like = get_close_matches(first, {line.strip() for line in lines if line.strip()}, n=1, cutoff=0.75)
    if not like:
        return ""
    number = next(number for number, line in enumerate(lines, 1) if line.strip() == like[0])
    return f"; the nearest is line {number}: {lines[number - 1]}"


def _lines_of(text: str, old: str) -> list[int]:
    found = []
    at = text.find(old)
    while at >= 0:
        found.append(text.count("\n", 0, at) + 1)
        at = text.find(old, at + len(old))
    return found


def diff(base: Mapping[str, bytes | None], new: Mapping[str, bytes]) -> str:
    """Return a unified diff of texts."""
    parts: list[str] = []
    for path in sorted(new):
        old = base.get(path)
        before, after = (_lines(content) for content in (old or b"", new[path]))
        source = f"a/{path}" if old is not None else "/dev/null"
        for line in unified_diff(before, after, source, f"b/{path}"):
            parts.append(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n")
    return "".join(parts)


def _lines(content: bytes) -> list[str]:
    """Return lines with their ends; only a line feed ends one."""
    *whole, last = content.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    return [f"{line}\n" for line in whole] + ([last] if last else [])
