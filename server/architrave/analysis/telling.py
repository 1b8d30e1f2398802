"""Findings, descriptions and reviews told in Markdown. Everything of the workspace in them is escaped.

A `Link` makes of a place what leads there: a link where the reader can follow one, `path:line` where not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from architrave.analysis import markdown
from architrave.analysis.describe import Description, Mention
from architrave.analysis.review import Line, Review
from architrave.analysis.suppressions import OWN_RULES
from architrave.errors import ArchitraveError
from architrave.findings import Finding
from architrave.rule import find_rule
from architrave.text import Location

Link = Callable[[Location], str]

RESPONSIBILITIES = {
    "api": "API design",
    "data": "Data",
    "system": "System design",
    "security": "Security",
    "performance": "Performance",
    "devops": "Operations",
    "suppressions": "Suppressions",
}


def rule_page(id: str, *, has_examples: bool = True) -> str:
    """Return the page of a rule; an unknown one raises `ArchitraveError`."""
    rule = find_rule(id)
    if has_examples:
        return f"# {id}\n\n{rule.doc}\n"
    sections = (f"## {heading}\n{body}" for heading, body in rule.sections.items() if heading not in ("Example", "Options"))
    return "\n\n".join([f"# {id}", rule.summary, *sections]) + "\n"


def finding_text(finding: Finding, link: Link) -> str:
    """Return what is found, with its evidence and the other places that take part."""
    lines = [f"**{markdown.code(finding.rule)}** {markdown.escaped(finding.severity or '')}", "", markdown.sentence(finding.message)]
    if finding.evidence:
        lines += ["", *(f"- {markdown.sentence(evidence)}" for evidence in finding.evidence)]
    if finding.related:
        lines += ["", *(f"- {markdown.sentence(item.message)}: {link(item.location)}" for item in finding.related)]
    return "\n".join(lines)


def explained_text(finding: Finding, link: Link, page: str | None) -> str:
    """Return what is found and why it matters; `page` leads to the whole page of the rule."""
    lines = [finding_text(finding, link)]
    if finding.rule in OWN_RULES:
        return "\n".join([*lines, "", OWN_RULES[finding.rule]])
    try:
        rule = find_rule(finding.rule)
    except ArchitraveError:
        return "\n".join(lines)
    lines += ["", rule.summary]
    why = next((body for heading, body in rule.sections.items() if heading.lower().startswith("why")), "")
    if why:
        lines += ["", why]
    if finding.fix is not None:
        lines += ["", f"_Fix:_ {markdown.sentence(finding.fix.title)}{'' if finding.fix.is_safe else ' (look before you accept it)'}"]
    if page is not None:
        lines += ["", f"[The whole page of {finding.rule}]({page})"]
    return "\n".join(lines)


def description_text(found: Description, link: Link) -> str:
    """Return what is known of a place."""
    return "\n".join([f"**{found.kind}** {markdown.code(found.name)}", "", *_rows(found, link)])


def _rows(found: Description, link: Link) -> Iterator[str]:
    for row in found.rows:
        if not row.mentions:
            yield f"- {row.label}: {row.nothing}"
            continue
        more = f" and {row.left_out} more" if row.left_out else ""
        yield f"- {row.label}: {', '.join(_mention(item, link) for item in row.mentions)}{more}"


def _mention(mention: Mention, link: Link) -> str:
    if mention.location is None:
        return markdown.code(mention.text)
    return f"{markdown.code(mention.text)} {link(mention.location)}"


def line_text(line: Line, link: Link) -> str:
    """Return a line of a review."""
    place = f" {link(line.mention.location)}" if line.mention.location is not None else ""
    remark = f": {markdown.escaped(line.remark)}" if line.remark else ""
    return f"{markdown.code(line.mention.text)}{place}{remark}"


def review_text(review: Review, name: str, link: Link) -> str:
    """Return a review; `name` is what the workspace is called."""
    lines = [f"# Review of {markdown.escaped(review.scope or name)}", "", "| | |", "|---|---|"]
    lines += [f"| {label} | {markdown.escaped(value).replace('|', chr(92) + '|')} |" for label, value in review.metrics]
    for section in review.sections:
        lines += ["", f"## {section.heading}", "", *(f"- {line_text(line, link)}" for line in section.lines)]
    lines += ["", "## Findings", ""]
    if not review.findings:
        lines.append("Nothing was found.")
    for responsibility, findings in review.findings:
        lines += ["", f"### {RESPONSIBILITIES.get(responsibility, responsibility)}", ""]
        for finding in findings:
            place = link(finding.location)
            lines.append(f"- {finding.severity} {markdown.code(finding.rule)} {place}: {markdown.sentence(finding.message)}")
    return "\n".join(lines) + "\n"
