"""Claims of a model held to their evidence: each says `[path:line `code`]`, and what it quotes must stand there.

Text is taken block by block (a paragraph, an item of a list, a row of a table, a fence), so that a claim is shown only after it was
checked. A reference without a quotation holds when its line is there and not empty; a quotation that stands on another line of the
file moves the reference there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from architrave_agents.safe import safe

# `[services/orders/src/main.py:12 `app = FastAPI()`]`, also with several of them in one pair of brackets, or as `path:line` in backticks.
_REFERENCE = re.compile(
    r"\[(?P<path>[^\s`\[\]]+(?:\[[^\s`\[\]]*\][^\s`\[\]]*)*):(?P<line>\d+)(?:[-–]\d+)?"
    r"(?:,?[ \t]+(?P<ticks>`+)(?P<quote>.+?)(?P=ticks))?[ \t]*\]"
    r"|`(?P<bare>[\w./@+\[\]()$-]*[\w)\]]\.\w+|[\w./@+-]*(?:Dockerfile|Containerfile|Makefile)[\w.-]*):(?P<at>\d+)(?:[-–]\d+)?`"
)
_FENCE = re.compile(r"^[ \t>]*(?:[-*+]|\d+[.)])?[ \t]*(`{3,}|~{3,})")
_ITEM = re.compile(r"^[ \t]*(?:[-*+]|\d+[.)])[ \t]+")
_HEADING = re.compile(r"^#{1,6}[ \t]")
_RULER = re.compile(r"^[ \t]*(?:\|?[ \t]*:?-{3,}:?[ \t]*)+\|?[ \t]*$")

Policy = Literal["dropped", "marked", "free"]  # What becomes of a claim without any reference.
UNTIED = " _(not tied to a place)_"


@dataclass(frozen=True)
class Reference:
    path: str
    line: int
    quote: str = ""


@dataclass
class Evidence:
    """Checks references against the texts of a workspace. `read` gives the text of a file, None for one that is not there to be read."""

    read: Callable[[str], str | None]
    link: Callable[[str, int], str]
    _lines: dict[str, list[str]] = field(default_factory=dict)

    def holds(self, reference: Reference) -> int | None:
        """Return the line on which what a reference says is true; None when it is on none."""
        lines = self._of(reference.path)
        if not 0 < reference.line <= len(lines):
            return self._elsewhere(lines, reference)
        if reference.quote:
            return self._elsewhere(lines, reference)
        return reference.line if lines[reference.line - 1].strip() else None

    @staticmethod
    def _elsewhere(lines: list[str], reference: Reference) -> int | None:
        """Return the line that has the quotation and is nearest to the one that was said."""
        wanted = _flat(reference.quote).removesuffix("…").removesuffix("...").strip()
        if len(wanted) < 3:
            return None
        found = [number for number, line in enumerate(lines, 1) if wanted in _flat(line)]
        return min(found, key=lambda number: abs(number - reference.line), default=None)

    def _of(self, path: str) -> list[str]:
        path = path.removeprefix("./")
        if path not in self._lines:
            text = self.read(path)
            self._lines[path] = text.split("\n") if text is not None else []
        return self._lines[path]

    def checked(self, block: str) -> tuple[str, int, int]:
        """Return a block with its references as links, how many hold, and how many do not."""
        good = bad = 0
        parts: list[str] = []
        at = 0
        for match in _REFERENCE.finditer(block):
            reference = Reference(match["path"] or match["bare"], int(match["line"] or match["at"]), match["quote"] or "")
            line = self.holds(reference)
            parts.append(safe(block[at : match.start()]))
            if line is None:
                bad += 1
            else:
                good += 1
                parts.append(self.link(reference.path.removeprefix("./"), line))
            at = match.end()
        parts.append(safe(block[at:]))
        return "".join(parts), good, bad


def _flat(text: str) -> str:
    return " ".join(text.split())


@dataclass
class Claims:
    """Takes text as it comes and hands on the blocks whose evidence holds. `end` hands on what is left."""

    evidence: Evidence
    policy: Policy
    emit: Callable[[str], None] = lambda text: None
    dropped: int = 0
    kept: list[str] = field(default_factory=list)
    _pending: str = ""
    _open: list[str] = field(default_factory=list)  # The lines of the block that is not done yet.
    _fence: str = ""

    @property
    def text(self) -> str:
        return "".join(self.kept)

    def reset(self) -> None:
        """Forget all: another try begins."""
        self._pending, self._fence, self.dropped = "", "", 0
        self._open.clear()
        self.kept.clear()

    def take(self, text: str) -> None:
        self._pending += text
        *lines, self._pending = self._pending.split("\n")
        for line in lines:
            self._line(line)

    def end(self) -> None:
        if self._pending:
            self._line(self._pending)
        self._pending = ""
        self._close()
        self._fence = ""

    def _line(self, line: str) -> None:
        match = _FENCE.match(line)
        if self._fence:
            self._open.append(line)
            if match is not None and match[1].startswith(self._fence) and not line.strip().strip(self._fence[0]):
                self._fence = ""
                self._close()
            return
        if match is not None:
            self._close()
            self._fence = match[1]
            self._open.append(line)
            return
        is_whole = _HEADING.match(line) or line.lstrip().startswith("|") or _RULER.match(line)
        if not line.strip() or _ITEM.match(line) or is_whole:
            self._close()
        if not line.strip():
            self._hand_on("\n")
            return
        self._open.append(line)
        if is_whole:
            self._close()

    def _close(self) -> None:
        if not self._open:
            return
        block = "\n".join(self._open) + "\n"
        self._open.clear()
        self._judge(block)

    def _judge(self, block: str) -> None:
        if _FENCE.match(block):
            self._hand_on(safe(block.rstrip("\n")) + "\n")
            return
        if _HEADING.match(block) or _RULER.match(block):
            self._hand_on(safe(block))
            return
        shown, good, bad = self.evidence.checked(block)
        if bad or (not good and self.policy == "dropped" and not _is_frame(block)):
            self.dropped += 1
            return
        if not good and self.policy == "marked" and not _is_frame(block):
            shown = shown.rstrip("\n") + UNTIED + "\n"
        self._hand_on(shown)

    def _hand_on(self, text: str) -> None:
        if text == "\n" and (not self.kept or self.kept[-1] == "\n"):
            return  # What stood between was dropped.
        self.kept.append(text)
        self.emit(text)


def _is_frame(block: str) -> bool:
    """Whether a block claims nothing: the head of a table, or a line that leads to what follows."""
    stripped = block.strip()
    return stripped.endswith(":") or (stripped.startswith("|") and not re.search(r"[.`\d]", stripped))


def references(text: str) -> Iterator[Reference]:
    for match in _REFERENCE.finditer(text):
        yield Reference(match["path"] or match["bare"], int(match["line"] or match["at"]), match["quote"] or "")
