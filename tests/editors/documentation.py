"""The configurations of `docs/editors.md`, so that what is written there is what is tested."""

from __future__ import annotations

import re

from tests.editors.conftest import ROOT


def block(heading: str, language: str) -> str:
    """Return the first block of code in this language below a heading."""
    text = (ROOT / "docs/editors.md").read_text(encoding="utf-8")
    section = text[text.index(f"\n## {heading}") :]
    found = re.search(rf"^```{language}\n(.*?)^```", section, flags=re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]
