"""Read, LS, Glob and Grep on the overlay: what the agent has changed counts, then the frozen texts."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from re import _constants as opcodes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from pathspec import GitIgnoreSpec

from architrave_agents.edits import Overlay
from architrave_agents.snapshot import DeniedError, numbered

_MOST_LINES = 2000
_LONGEST_LINE = 2000  # Characters; of what is longer the beginning is shown.
_MOST_PATHS = 300
_MOST_HITS = 200
_PATIENCE = 10.0  # Seconds for one search.
_LONGEST_SEARCHED = 1000  # Characters of a line that a pattern is tried on.


def read(overlay: Overlay, redact: Callable[[str], str], path: str, offset: int, limit: int) -> str:
    """Return lines of a file, each with its number."""
    place = overlay.view.place(path)
    if place not in overlay.texts:
        place = overlay.view.path(path)
    text = redact(overlay.text(place))
    count = text.count("\n") + (not text.endswith("\n") and bool(text))
    if not text:
        return f"{place} is empty."
    first = max(1, offset)
    last = min(count, first + min(limit or _MOST_LINES, _MOST_LINES) - 1)
    if first > count:
        return f"{place} has {count} lines."
    lines = [line if len(line) <= _LONGEST_LINE else line[:_LONGEST_LINE] + " …" for line in numbered(text, first, last)]
    more = f"\n({place} has {count} lines; `offset` {last + 1} goes on.)" if last < count else ""
    return "\n".join(lines) + more


def list_folder(overlay: Overlay, path: str) -> str:
    """Return what lies directly in a folder."""
    place = overlay.view.place(path or ".")
    prefix = "" if place == "." else f"{place}/"
    here: dict[str, int] = {}
    for file in overlay.paths():
        if file.startswith(prefix):
            name, slash, _ = file[len(prefix) :].partition("/")
            here[name + slash] = here.get(name + slash, 0) + 1
    if not here:
        return f"Nothing that can be read is in `{place}`."
    return "\n".join(f"{name} ({count} files)" if name.endswith("/") else name for name, count in sorted(here.items()))


def glob(overlay: Overlay, pattern: str, path: str) -> str:
    """Return the files whose path matches a pattern such as `src/**/*.py`."""
    found = list(_matching(overlay, pattern, path))
    if not found:
        return "No file matches."
    more = f"\n(and {len(found) - _MOST_PATHS} more)" if len(found) > _MOST_PATHS else ""
    return "\n".join(found[:_MOST_PATHS]) + more


def _matching(overlay: Overlay, pattern: str, path: str) -> Iterator[str]:
    place = overlay.view.place(path or ".")
    prefix = "" if place == "." else f"{place}/"
    if place in overlay.paths():
        yield place
        return
    spec = GitIgnoreSpec.from_lines([pattern.removeprefix("./").removeprefix(f"{overlay.view.root}/")]) if pattern else None
    for file in overlay.paths():
        if file.startswith(prefix) and (spec is None or spec.match_file(file[len(prefix) :])):
            yield file


def grep(overlay: Overlay, redact: Callable[[str], str], wanted: dict[str, Any]) -> str:
    """Return the lines that match a regular expression, with what is around them when that is asked for."""
    try:
        compiled = re.compile(wanted["pattern"], re.IGNORECASE if wanted.get("-i") else 0)
    except (re.error, RecursionError, OverflowError) as error:
        raise DeniedError(f"`{wanted['pattern']}` is no regular expression: {error}") from None
    if _is_costly(wanted["pattern"]):
        raise DeniedError("this pattern repeats what repeats, which may take for ever; write it without")
    mode = wanted.get("output_mode") or "content"
    around = int(wanted.get("-C") or 0)
    before, after = int(wanted.get("-B") or around), int(wanted.get("-A") or around)
    limit = int(wanted.get("head_limit") or _MOST_HITS)
    started = time.monotonic()
    shown: list[str] = []
    hits = 0
    for path in _matching(overlay, wanted.get("glob") or "", wanted.get("path") or ""):
        if time.monotonic() - started > _PATIENCE or hits >= limit:
            shown.append("(there may be more)")
            break
        try:
            text = overlay.text(path)
        except DeniedError:
            continue
        if not any(compiled.search(line[:_LONGEST_SEARCHED]) for line in text.split("\n")):
            continue  # What stands for a secret is not worth finding, so there is no need to take any out.
        lines = redact(text).split("\n")
        found = [index for index, line in enumerate(lines) if compiled.search(line[:_LONGEST_SEARCHED])]
        if not found:  # Else a search would tell what a secret looks like.
            continue
        hits += 1 if mode == "files_with_matches" else len(found)
        if mode == "files_with_matches":
            shown.append(path)
        elif mode == "count":
            shown.append(f"{path}:{len(found)}")
        else:
            shown += _excerpts(path, lines, found[:limit], before, after)
    return "\n".join(shown) or "Nothing matches."


def _excerpts(path: str, lines: list[str], found: list[int], before: int, after: int) -> Iterator[str]:
    told = -1
    for index in found:
        for number in range(max(told + 1, index - before), min(len(lines), index + after + 1)):
            sign = ":" if number in found else "-"
            yield f"{path}{sign}{number + 1}{sign}{lines[number][:_LONGEST_LINE]}"
            told = number


def _is_costly(pattern: str) -> bool:
    """Whether a pattern has an unbounded repetition in another, or more than three of them."""
    count = 0

    def walk(items: Any, is_inside: bool) -> bool:
        nonlocal count
        for operation, argument in items:
            if operation in (opcodes.MAX_REPEAT, opcodes.MIN_REPEAT):
                _, most, body = argument
                is_unbounded = most == opcodes.MAXREPEAT or most > 100
                count += is_unbounded
                if (is_unbounded and is_inside) or walk(body, is_inside or is_unbounded):
                    return True
            elif operation is opcodes.SUBPATTERN:
                if walk(argument[-1], is_inside):
                    return True
            elif operation is opcodes.BRANCH:
                if any(walk(branch, is_inside) for branch in argument[1]):
                    return True
            elif operation in (opcodes.ASSERT, opcodes.ASSERT_NOT) and walk(argument[1], is_inside):
                return True
        return False

    return walk(parser.parse(pattern), False) or count > 6
