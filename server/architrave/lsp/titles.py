"""Text of the workspace in what is no Markdown, but is not always shown as it is: messages, titles, labels."""

from __future__ import annotations


def plain(text: str) -> str:
    """Return text on one line that no editor takes for a link, `[…](command:…)`, or an icon, `$(…)`, as VS Code does."""
    return " ".join(text.split()).replace("](", "] (").replace("$(", "$ (")
