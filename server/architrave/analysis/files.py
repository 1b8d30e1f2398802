"""The files of a workspace on disk."""

from __future__ import annotations

import os
from pathlib import Path

from architrave.language import language_for

EXCLUDED = frozenset(
    "node_modules bower_components jspm_packages vendor third_party dist build out target bin obj .git .hg .svn .venv venv env "
    "__pycache__ .tox .nox .mypy_cache .ruff_cache .pytest_cache .eggs site-packages coverage htmlcov .nyc_output .terraform .next "
    ".nuxt .output .svelte-kit .turbo .parcel-cache .cache .gradle .idea .vscode .serverless .aws-sam cdk.out generated __generated__ "
    "Pods DerivedData .dart_tool .pnpm-store .yarn".split()
)


def discover(root: Path) -> list[str]:
    """Return the paths of the files that Architrave can read, relative to `root`, with `/`."""
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in EXCLUDED)
        relative = os.path.relpath(folder, root).replace(os.sep, "/")
        for name in sorted(names):
            path = name if relative == "." else f"{relative}/{name}"
            if language_for(path) is not None:
                found.append(path)
    return found
