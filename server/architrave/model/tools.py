"""Files that no service runs: what a person or a pipeline starts, watches and ends; and tests."""

from __future__ import annotations

import re

_ANYWHERE = frozenset(["scripts", "script", "codegen", "code-generation", "benchmarks", "benches", "devtools", "dev-tools", "hack"])
_ABOVE = frozenset(["bin", "tools", "tool", "dev", "ci", "docs", "doc", "website", ".github"])  # Deeper, `tools` may be those of a service.
_NAMES = re.compile(
    r"(build|gulpfile|gruntfile|setup|noxfile|fabfile|manage|conftest|knexfile|jakefile|[\w.-]+\.config|\.\w+rc)\.(py|js|ts|mjs|cjs|mts|cts)"
    r"|build\.rs|[Mm]akefile|Rakefile"
)
_TESTS = re.compile(
    r"(^|/)(tests?|__tests__|testing|spec|e2e|testdata|fixtures|([\w.-]+[-_])?test[-_]?utils)/|_test\.(go|py)$|(^|/)test_[^/]*\.py$|\.(test|spec)\.\w+$|Tests?\.java$"
)


def is_tool(path: str) -> bool:
    """Whether a file is a script, a build step, a generator or the like, which may wait, block and ask for what is set by hand."""
    *folders, name = path.split("/")
    return any(part in _ANYWHERE for part in folders) or bool(folders and folders[0] in _ABOVE) or _NAMES.fullmatch(name) is not None


def is_test(path: str) -> bool:
    return _TESTS.search(path) is not None
