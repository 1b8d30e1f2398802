"""What a model is told of each task: one Markdown file each, with `${…}` for what differs from run to run."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from string import Template


def prompt(name: str, **values: str) -> str:
    """Return a text with its values filled in; one that is missing raises `KeyError`."""
    return Template(_text(name)).substitute(values)


@cache
def _text(name: str) -> str:
    return files(__name__).joinpath(f"{name}.md").read_text(encoding="utf-8").strip()
