"""Markdown of a model made safe to be shown: no links that a click could run, no pictures from elsewhere, no HTML.

What counts as code is decided so that no renderer can see it differently: fences are moved to the first column, and a backtick without
its partner on the same line is escaped. So text that stands as code here is code everywhere, and all other text is escaped.
"""

from __future__ import annotations

import re

_FENCE = re.compile(r"^[ \t>]*(?:[-*+]|\d+[.)])?[ \t]*(`{3,}|~{3,})([^`]*)$")
_RUN = re.compile(r"(?<!\\)`+")
_LONGEST = 400_000


def safe(text: str) -> str:
    """Return Markdown without anything that acts or loads; an open fence is closed."""
    lines: list[str] = []
    fence = ""
    for line in text[:_LONGEST].replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        line = printable(line)
        match = _FENCE.match(line)
        if fence:
            if match is not None and match[1].startswith(fence) and not match[2].strip():
                lines.append(fence)
                fence = ""
            else:
                lines.append(line)
        elif match is not None:
            fence = match[1]
            lines.append(fence + re.sub(r"[^\w+#.-]", "", match[2].strip().split(" ")[0]))
        else:
            lines.append(_safe_line(line))
    if fence:
        lines.append(fence)
    return "\n".join(lines)


def _safe_line(line: str) -> str:
    parts: list[str] = []
    at = 0
    runs = [(match.start(), match.end()) for match in _RUN.finditer(line)]
    index = 0
    while index < len(runs):
        start, end = runs[index]
        partner = next((other for other in range(index + 1, len(runs)) if runs[other][1] - runs[other][0] == end - start), None)
        if partner is None:
            parts += (_escaped(line[at:start]), "\\`" * (end - start))
            at = end
            index += 1
        else:
            parts += (_escaped(line[at:start]), line[start : runs[partner][1]])
            at = runs[partner][1]
            index = partner + 1
    parts.append(_escaped(line[at:]))
    return "".join(parts)


def _escaped(text: str) -> str:
    """Return text outside of code in which nothing links, loads or is a tag. Emphasis, lists and tables stay."""
    text = text.replace("![", "!\\[").replace("](", "]\\(").replace("][", "]\\[").replace("]:", "]\\:")
    return re.sub(r"<(?=[A-Za-z/!?])", "&lt;", text)


def printable(text: str) -> str:
    """Return text that cannot steer a terminal nor turn the direction of text."""
    return "".join(sign if sign.isprintable() or sign in "\t\n" else "\ufffd" for sign in text)
