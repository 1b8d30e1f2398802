"""Longer texts shown to the user: a review, an explanation. Everything of the workspace in them is escaped."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from architrave.lsp import markdown
from architrave.lsp.hover import link
from architrave.lsp.pages import written

if TYPE_CHECKING:
    from architrave.analysis.review import Review
    from architrave.lsp.folder import Folder
    from architrave.lsp.session import Session

log = logging.getLogger(__name__)

_RESPONSIBILITIES = {
    "api": "API design",
    "data": "Data",
    "system": "System design",
    "security": "Security",
    "performance": "Performance",
    "devops": "Operations",
    "suppressions": "Suppressions",
}


def review_text(folder: Folder, review: Review) -> str:
    """Return a review as Markdown."""
    subject = review.scope or folder.name
    lines = [f"# Review of {markdown.escaped(subject)}", "", "| | |", "|---|---|"]
    lines += [f"| {label} | {markdown.escaped(value)} |" for label, value in review.metrics]
    for section in review.sections:
        lines += ["", f"## {section.heading}", ""]
        for line in section.lines:
            place = f" {link(folder, line.mention.location)}" if line.mention.location is not None else ""
            remark = f": {markdown.escaped(line.remark)}" if line.remark else ""
            lines.append(f"- {markdown.code(line.mention.text)}{place}{remark}")
    lines += ["", "## Findings", ""]
    if not review.findings:
        lines.append("Nothing was found.")
    for responsibility, findings in review.findings:
        lines += ["", f"### {_RESPONSIBILITIES.get(responsibility, responsibility)}", ""]
        for finding in findings:
            place = link(folder, finding.location)
            lines.append(f"- {finding.severity} {markdown.code(finding.rule)} {place}: {markdown.message(finding.message)}")
    return "\n".join(lines) + "\n"


def show_text(session: Session, name: str, text: str) -> None:
    """Write a text to the user's cache folder and have the client show it, if it can."""
    from architrave.analysis.cache import user_cache_folder

    if not session.client.has_show_document:
        return
    path = user_cache_folder() / "shown" / f"{name}.md"
    try:
        written(path, text)
    except OSError as error:
        log.warning("`%s` cannot be written: %s", path, error)
        return
    show(session, path.as_uri())


def show(session: Session, uri: str | None) -> None:
    """Have the client show a file, if it can."""
    if uri is not None and session.client.has_show_document:
        session.protocol.ask("window/showDocument", {"uri": uri, "takeFocus": True})
