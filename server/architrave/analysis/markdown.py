"""Text of the workspace made safe for Markdown."""

from __future__ import annotations

import re

from architrave.regexes import regex

_SPACE = regex(r"\s+")
# What would act, and nothing else, for not every editor hides the backslashes: links, code, emphasis, HTML, entities, and at the start
# headings, lists and quotes. What looks like an address or a mail is one to some editors.
_ACTIVE = regex(r"[\\`*\[\]<~$]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)|:(?=//)|(?<=www)\.|@(?=\w)|^(?:[#+>=-]|\d+(?=[.)]))", re.ASCII | re.IGNORECASE)


def escaped(text: str) -> str:
    """Return text on one line that Markdown shows as it is: no markup, no link, no HTML, no command."""
    return _ACTIVE.sub(lambda match: match[0] + "\\" if match[0].isdigit() else "\\" + match[0], _SPACE.sub(" ", text))


def code(text: str) -> str:
    """Return text on one line as inline code, whatever backticks it has."""
    text = _SPACE.sub(" ", text).strip()
    if not text:
        return ""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def sentence(text: str) -> str:
    """Return a sentence of a rule or of ours, whose names stand in backticks, with everything else escaped.

    A name may itself hold backticks; then the pairs cannot be told, and the whole is escaped.
    """
    parts = text.split("`")
    if len(parts) % 2 == 0 or any(not part.strip() for part in parts[1::2]):
        return escaped(text)
    return "".join(code(part) if index % 2 else escaped(part) for index, part in enumerate(parts))


def plain(markdown: str) -> str:
    """Return Markdown that we have written as plain text, for clients that show no Markdown."""
    text = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown)
    text = re.sub(r"\[([^\]]*)\]\(([^)]*)\)", r"\1 (\2)", text)
    text = re.sub(r"^#+\s*", "", text, flags=re.MULTILINE)
    text = re.sub(r"^```\w*\n?", "", text, flags=re.MULTILINE)
    return re.sub(r"(\*\*|(?<!\w)_(?=\S)|(?<=\S)_(?!\w))", "", text)
