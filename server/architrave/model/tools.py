"""Files that no service runs: what a person or a pipeline starts, watches and ends; and tests."""

from __future__ import annotations

from architrave.model.graph import Model
from architrave.model.pages import is_in, terminals
from architrave.purpose import purpose
from architrave.regexes import regex

_ANYWHERE = frozenset(["scripts", "script", "codegen", "code-generation", "benchmarks", "benches", "devtools", "dev-tools", "hack"])
_ABOVE = frozenset(["bin", "tools", "tool", "dev", "ci", "docs", "doc", "website", ".github"])  # Deeper, `tools` may be those of a service.
_NAMES = regex(
    r"(build|gulpfile|gruntfile|setup|noxfile|fabfile|manage|conftest|cli|knexfile|jakefile|[\w.-]+\.config|\.\w+rc)\.(py|js|ts|mjs|cjs|mts|cts)"
    r"|build\.rs|[Mm]akefile|Rakefile"
)
_SCRIPTS = ("-scripts", "_scripts")
_COMMANDS = frozenset({"commands", "cli"})


def is_tool(model: Model, path: str) -> bool:
    """Whether a file is a script, a build step, a generator, a command for a terminal or the like, which may wait, block and ask for what
    is set by hand."""
    *folders, name = path.split("/")
    if any(part in _ANYWHERE or part.endswith(_SCRIPTS) for part in folders):
        return True
    if (folders and folders[0] in _ABOVE) or _NAMES.fullmatch(name) is not None:
        return True
    if "cli" in folders and name.endswith(".py"):  # A package of Python that serves requests has no such part.
        return True
    return not _COMMANDS.isdisjoint(folders) and is_in(model, path, terminals)


def is_test(path: str) -> bool:
    """Whether a file is of tests; one of code is read where they are asked for, others always."""
    return purpose(path) in ("test", "fixture")
