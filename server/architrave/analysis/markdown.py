"""Text of the workspace made safe for Markdown."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"[\\`*_{}\[\]()<>#+\-.!|~&$@:/]")
_SPACE = re.compile(r"\s+")


def escaped(text: str) -> str:
    """Return text on one line that Markdown shows as it is: no markup, no link, no HTML, no command."""
    return _SPECIAL.sub(_sign, _SPACE.sub(" ", text))


def _sign(match: re.Match[str]) -> str:
    sign = match[0]
    return f"&#{ord(sign)};" if sign in "<>&:@/" else "\\" + sign


def code(text: str) -> str:
    """Return text on one line as inline code, whatever backticks it has."""
    text = _SPACE.sub(" ", text).strip()
    if not text:
        return ""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def message(text: str) -> str:
    """Return a finding's message, whose names stand in backticks, with everything else escaped.

    A name may itself hold backticks; then the pairs cannot be told, and the whole is escaped.
    """
    parts = text.split("`")
    if len(parts) % 2 == 0 or any(not part.strip() for part in parts[1::2]):
        return escaped(text)
    return "".join(code(part) if index % 2 else escaped(part) for index, part in enumerate(parts))


_ACTIVE = re.compile(r"[\\`*_\[\]<>&|~$@]|:(?=//)|(?<=\bwww)\.|^(?:[#+-]|\d+(?=[.)]))")


def sentence(text: str) -> str:
    """Return a sentence of ours or of a rule, whose names stand in backticks. Only what would act is escaped, so that it reads well raw."""
    parts = _SPACE.sub(" ", text).split("`")
    if len(parts) % 2 == 0 or any(not part.strip() for part in parts[1::2]):
        parts = ["`".join(parts)]
    return "".join(code(part) if index % 2 else _ACTIVE.sub(_sign_or_number, part) for index, part in enumerate(parts))


def _sign_or_number(match: re.Match[str]) -> str:
    return match[0] + "\\" if match[0].isdigit() else "&#46;" if match[0] == "." else _sign(match)


def plain(markdown: str) -> str:
    """Return Markdown that we have written as plain text, for clients that show no Markdown."""
    text = re.sub(r"\\([\\`*_{}\[\]()#+\-.!|~$])", r"\1", markdown)
    text = re.sub(r"&#(\d+);", lambda match: chr(int(match[1])), text)
    text = re.sub(r"\[([^\]]*)\]\(([^)]*)\)", r"\1 (\2)", text)
    text = re.sub(r"^#+\s*", "", text, flags=re.MULTILINE)
    text = re.sub(r"^```\w*\n?", "", text, flags=re.MULTILINE)
    return re.sub(r"(\*\*|(?<!\w)_(?=\S)|(?<=\S)_(?!\w))", "", text)
