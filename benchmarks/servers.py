"""The language servers that are measured, and how one is started so that nothing it remembers from before helps it."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import tools

OURS = "architrave"
_QUERY_IN_LOOP = ('session.execute(select(Base).where(Base.id == row["id"])).all()', "perf-n-plus-one")
_UNUSED_VARIABLE = ('unused = row["id"]', "F841")


@dataclass(frozen=True, slots=True)
class Server:
    """`probe` is a line in which this server finds `code`, "" for one that finds nothing; it stands in a loop over `rows`."""

    name: str
    command: tuple[str, ...]
    version: str
    probe: str = ""
    code: str = ""


def servers() -> dict[str, Server | None]:
    """Return the servers by name in the order of the tables, None for one that is not installed."""
    architrave, ruff, pygls = tools.command("architrave"), tools.command("ruff"), tools.package_version("pygls")
    empty = (sys.executable, "-m", "benchmarks.empty_server")
    return {
        OURS: Server(OURS, (architrave, "server"), tools.version(architrave), *_QUERY_IN_LOOP) if architrave else None,
        "ruff": Server("ruff", (ruff, "server"), tools.version(ruff), *_UNUSED_VARIABLE) if ruff else None,
        "empty pygls": Server("empty pygls", empty, pygls) if pygls else None,
    }


@contextmanager
def fresh_folder() -> Iterator[tuple[Path, dict[str, str]]]:
    """Give an empty workspace folder, and an environment with an empty cache beside it."""
    with TemporaryDirectory(prefix="architrave-bench-") as name:
        root = Path(name).resolve()
        workspace = root / "workspace"
        workspace.mkdir()
        modules = os.pathsep.join(filter(None, (str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH"))))
        yield workspace, {**os.environ, "XDG_CACHE_HOME": str(root / "cache"), "PYTHONPATH": modules}
