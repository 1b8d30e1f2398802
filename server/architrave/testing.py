"""Annotated fixtures: files in Markdown with marks for what is expected. Public, for authors of rules.

A heading begins a case; a path in backticks on its own line names the fenced block below it. Marks are comments in the file's own
syntax (`//` also in JSON, where the mark is taken out before the file is read):

    x = call()  # finding: sys-no-timeout      a finding of this rule starts on this line
    #   ^^^^^^                                 and covers these columns (the mark before it on the line above)
    @app.get("/orders")  # fact: Route(GET /orders)   a fact of this kind whose values include these
    @cached  # no fact: Route                         no such fact

`# finding` alone, in a rule's own page, means that rule. A path with `at the base` behind it names what the file was there.
After a line `Use instead:` the blocks show the files as they should be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import unified_diff

from architrave.analysis.baseline import entry_of
from architrave.analysis.extraction import extract
from architrave.analysis.filefacts import FileFacts
from architrave.analysis.files import Reach
from architrave.analysis.fixing import errors
from architrave.analysis.snapshot import Snapshot
from architrave.analysis.workspace import Workspace
from architrave.config import Config, parsed
from architrave.facts.values import Replacement
from architrave.findings import Edit, Finding
from architrave.regexes import regex
from architrave.text import LineIndex

_MARK = regex(
    r"[ \t]*(?:#|//|--|<!--|/\*)[ \t]*(finding|(?:no )?fact)\b:?[ \t]*((?:(?!(?:#|//|--)[ \t]*(?:no )?fact\b).)*?)[ \t]*(?:-->|\*/)?$"
)
_CARETS = regex(r"^[ \t]*(?:#|//|--|<!--|/\*)[ \t]*(\^+)[ \t]*(?:-->|\*/)?$")
_PATH = regex(r"^`([^`]+)`( at the base)?:?$")
_FENCE = regex(r"^(`{3,})(\w*)")


@dataclass(frozen=True)
class Expectation:
    """A mark: `finding` with a rule's id, or `fact` or `no fact` with its text. Lines count from 0; columns are bytes."""

    kind: str
    path: str
    line: int
    text: str
    columns: tuple[int, int] | None = None


@dataclass
class Case:
    """One heading of a fixture."""

    name: str
    files: dict[str, str] = field(default_factory=dict)
    base: dict[str, str] = field(default_factory=dict)  # What files were at the base, where that is something else.
    instead: dict[str, str] = field(default_factory=dict)
    expected: list[Expectation] = field(default_factory=list)


def cases(markdown: str) -> list[Case]:
    """Return the cases of a fixture that have files."""
    found = [Case("")]
    path, is_after, is_base = "", False, False
    lines = iter(markdown.splitlines())
    for line in lines:
        if line.startswith("#"):
            found.append(Case(line.lstrip("# ").strip()))
            path, is_after, is_base = "", False, False
        elif match := _PATH.match(line.strip()):
            path, is_base = match[1], bool(match[2])
            if is_after is False and found[-1].instead:
                found.append(Case(found[-1].name))
        elif line.strip().rstrip(":").lower() == "use instead":
            is_after = True
        elif match := _FENCE.match(line):
            body = "\n".join(_block(lines, match[1])) + "\n"
            if is_base and path:
                found[-1].base[path] = body
            elif is_after:
                found[-1].instead[path or next(iter(found[-1].files))] = body
            elif path:
                text, expected = _unmarked(path, body)
                found[-1].files[path] = text
                found[-1].expected.extend(expected)
            path, is_base = "", False
    return [case for case in found if case.files]


def _block(lines: Iterator[str], fence: str) -> Iterator[str]:
    for line in lines:
        if line.startswith(fence):
            return
        yield line


def _unmarked(path: str, body: str) -> tuple[str, list[Expectation]]:
    kept: list[str] = []
    expected: list[Expectation] = []
    for line in body.splitlines():
        carets = _CARETS.match(line)
        if carets and expected:
            last = expected.pop()
            expected.append(Expectation(last.kind, path, last.line, last.text, (carets.start(1), carets.end(1))))
            continue
        while mark := _MARK.search(line):
            for text in mark[2].split(", ") if mark[1] == "finding" else [mark[2]]:
                expected.append(Expectation(mark[1], path, len(kept), text))
            line = line[: mark.start()]
        kept.append(line)
    return "\n".join(kept) + "\n", expected


def snapshot(
    files: dict[str, str], config: Config | None = None, base: dict[str, str] | None = None, *, is_scanned: bool = False
) -> Snapshot:
    """Return the state of a workspace that has just these files; an `architrave.toml` among them is its configuration.

    `base` are the files that were something else at its base, where it has one. `is_scanned`: the files come packed, as a scan of the disk
    hands them over, and are not open.
    """
    if config is None and "architrave.toml" in files:
        config, mistakes = parsed(files["architrave.toml"])
        assert not mistakes, mistakes
    workspace = Workspace(config, reach=Reach(explicit=frozenset(files)))
    for path, text in files.items():
        if is_scanned:
            workspace.load(FileFacts.unpack(path, extract(path, text.encode()).pack()))
        else:
            workspace.put(path, text.encode())
    if base:
        known = {path: extract(path, text.encode()) for path, text in base.items()}
        workspace.compare_with(lambda paths, edited: known)
    return workspace.snapshot()


def mismatches(case: Case, rule: str = "", config: Config | None = None, *, is_scanned: bool = False) -> list[str]:
    """Return in words how the findings (of one rule, or of all) and facts differ from the marks; empty when they agree."""
    state = snapshot(case.files, config, case.base, is_scanned=is_scanned)
    lines = {path: LineIndex(text.encode()) for path, text in case.files.items()}
    found = [item for item in state.findings if not rule or item.rule == rule]
    problems = []
    for mark in case.expected:
        if mark.kind != "finding":
            is_there = any(_shows(fact, mark.text, lines[mark.path], mark.line) for fact in state.facts(mark.path))
            if is_there != (mark.kind == "fact"):
                problems.append(f"{mark.path}:{mark.line + 1}: {'not ' if is_there else ''}expected fact {mark.text}")
            continue
        wanted = mark.text or rule
        match = next((item for item in found if item.rule == wanted and _is_at(item, mark, lines)), None)
        if match is None:
            problems.append(f"{mark.path}:{mark.line + 1}: expected {wanted}{f' at columns {mark.columns}' if mark.columns else ''}")
        else:
            found.remove(match)
    if rule or any(mark.kind == "finding" for mark in case.expected) or not case.expected:
        for item in found:
            line, column = lines[item.location.path].position(item.location.span.start)
            end = lines[item.location.path].position(item.location.span.end)
            problems.append(f"{item.location.path}:{line + 1}:{column}-{end[0] + 1}:{end[1]}: not expected: {item.rule}: {item.message}")
    return problems


def fix_mismatches(case: Case, rule: str) -> list[str]:
    """Return in words what is wrong with the fixes of a rule in a case: they write something else than what to use instead, leave their
    findings, bring others, or break a file; empty when all is well."""
    found = [item for item in snapshot(case.files, base=case.base).findings if item.rule == rule and item.fix is not None]
    edits = tuple(dict.fromkeys(edit for item in found if item.fix is not None for edit in item.fix.edits))
    after = applied(case.files, edits)
    wanted = {**case.files, **case.instead}
    problems = [
        "\n".join(
            unified_diff(wanted.get(path, "").splitlines(), text.splitlines(), f"{path} as on the page", f"{path} as fixed", lineterm="")
        )
        for path, text in after.items()
        if text != wanted.get(path)
    ]
    problems += [
        f"{path} no longer parses"
        for path, text in after.items()
        if errors(path, text.encode()) > errors(path, case.files.get(path, "").encode())
    ]
    left = Counter(map(entry_of, snapshot(after, base=case.base).findings))
    problems += [f"still found: {item.message}" for item in found if left[entry_of(item)]]
    new = left - Counter(map(entry_of, snapshot(case.files, base=case.base).findings))
    return problems + [f"found now: {entry}" for entry in new]


def _is_at(finding: Finding, mark: Expectation, lines: dict[str, LineIndex]) -> bool:
    if finding.location.path != mark.path:
        return False
    line, column = lines[mark.path].position(finding.location.span.start)
    end_line, end = lines[mark.path].position(finding.location.span.end)
    return line == mark.line and (mark.columns is None or ((column, end) == mark.columns and end_line == line))


def _shows(fact: object, text: str, lines: LineIndex, line: int) -> bool:
    """Whether `Route(GET /orders)` describes a fact: its kind, and each word among the texts of its values, starting on the line."""
    kind, _, words = text.partition("(")
    if type(fact).__name__ != kind.strip():
        return False
    if lines.position(fact.span.start)[0] != line:  # type: ignore[attr-defined]
        return False
    shown = shown_fields(fact)
    return all(_has_word(shown, word) for word in words.removesuffix(")").split())


def _has_word(shown: dict[str, str], word: str) -> bool:
    name, equals, value = word.partition("=")
    if equals and name in shown:
        return shown[name] == value
    return word in shown.values()


def shown_fields(fact: object) -> dict[str, str]:
    """Return the plain fields of a fact as texts; tuples of texts, and the texts of edits, joined by commas."""
    found = {}
    for name in fact.__struct_fields__:  # type: ignore[attr-defined]
        value = getattr(fact, name)
        if isinstance(value, str | int | float | bool) or value is None:
            found[name] = str(value)
        elif isinstance(value, tuple) and all(isinstance(item, str | int | Replacement) for item in value):
            found[name] = ",".join(item.text if isinstance(item, Replacement) else str(item) for item in value)
    return found


def applied(files: dict[str, str], edits: tuple[Edit, ...]) -> dict[str, str]:
    """Return the files after the edits of a fix."""
    from architrave.analysis.edits import apply

    texts = {path: text.encode() for path, text in files.items()}
    return {path: text.decode() for path, text in apply(texts, edits).items()}
