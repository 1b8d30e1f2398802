"""What code is for that no customer waits for: tools, tests, what runs once, and what works for all customers together."""

from __future__ import annotations

import re

from architrave.facts.code import Block
from architrave.facts.data import Migration
from architrave.facts.deployment import SettingRead
from architrave.model.graph import Model
from architrave.model.pages import is_in, terminals
from architrave.purpose import purpose
from architrave.regexes import regex
from architrave.text import Span

_ANYWHERE = frozenset(
    ["scripts", "script", "scratch", "codegen", "code-generation", "benchmarks", "benches", "devtools", "dev-tools", "hack"]
)
_ABOVE = frozenset(["bin", "tools", "tool", "dev", "ci", "docs", "doc", "website", ".github"])  # Deeper, `tools` may be those of a service.
_NAMES = regex(
    r"(build|gulpfile|gruntfile|setup|noxfile|fabfile|manage|conftest|cli|knexfile|jakefile|[\w.-]+\.config|\.\w+rc)\.(py|js|ts|mjs|cjs|mts|cts)"
    r"|build\.rs|[Mm]akefile|Rakefile"
)
_SCRIPTS = ("-scripts", "_scripts")
_COMMANDS = frozenset({"commands", "cli"})
_ONE_OFF = regex(
    r"(^|[/_.-])(seeds?|seeders?|seeding|populate|backfill|((random|sample|demo|dummy)_?data))([/_.-]|$)"
    r"|(^|/)(management/commands|migrations?|fixtures)/",
    re.IGNORECASE,
)
_FOR_ALL = regex(
    r"(^|[/_.-])(admins?|administration|analytics|backfill|backoffice|batch|cleanup|cli|commands?|consumers?|cron|hooks?|internal|jobs?"
    r"|listeners?|maintenance|migrate|migrations?|reports?|scheduler|scripts?|seeders?|seeds?|superuser|system|tasks?|tests?|webhooks?"
    r"|workers?)([/_.-]|$)"
)
_ENVIRONMENT = regex(r"(NODE_|APP_|GO_|RUST_|FLASK_|DJANGO_)?(ENV|ENVIRONMENT|DEBUG)")
_FOR_DEVELOPMENT = regex(
    r"(^|[-_./])(ci|debug|demo|dev|devcontainer|development|e2e|examples?|gitpod|k3d|kind|local|minikube|override|tests?)([-_./]|$)"
)


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


def is_one_off(model: Model, path: str) -> bool:
    """Whether a file is a migration, fills a database, or is a command of its administration: it runs once, races with nobody and may take
    as long as it needs."""
    return _ONE_OFF.search(path) is not None or bool(model.of(path, Migration))


def is_for_all(path: str, function: str) -> bool:
    """Whether a function, by a name of its own or of what it stands in, is for administration, jobs, reports and the like, which go through
    what all customers have."""
    return _FOR_ALL.search(f"{path}.{function}".lower()) is not None


def is_for_development(path: str) -> bool:
    """Whether a file that describes containers says by its name that they run on the machine of a developer, in tests or as an example."""
    return _FOR_DEVELOPMENT.search(path.lower()) is not None


def is_of_one_environment(model: Model, path: str, span: Span) -> bool:
    """Whether code stands in a branch that asks in which environment it runs: `if (process.env.NODE_ENV === "development")`."""
    asked = [read.span for read in model.of(path, SettingRead) if _ENVIRONMENT.fullmatch(read.key)]
    return any(
        block.kind == "branch"
        and block.span.contains(span)
        and block.subject is not None
        and any(block.subject.span.contains(condition) for condition in asked)
        for block in (model.of(path, Block) if asked else ())
    )


def is_test(path: str) -> bool:
    """Whether a file is of tests; one of code is read where they are asked for, others always."""
    return purpose(path) in ("test", "fixture")
