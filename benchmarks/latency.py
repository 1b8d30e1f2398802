"""What a person who types feels: from start to the reply to `initialize`, and from each key to the diagnostics of the new text."""

import ast
import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import table
from benchmarks.corpus import write_workspace
from benchmarks.document import Document, inserted, keystrokes
from benchmarks.idle import settled
from benchmarks.lsp_client import Client, ServerGoneError
from benchmarks.process import resident_bytes
from benchmarks.servers import OURS, Server, fresh_folder, servers
from benchmarks.table import Table

_WARM_UP = 10


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds. `broken` are the keys after which the text does not parse, when some servers do less."""

    starts: tuple[float, ...]
    opened: float
    idle: float
    whole: tuple[float, ...]
    broken: tuple[float, ...]
    resident: int

    @property
    def keys(self) -> tuple[float, ...]:
        return self.whole + self.broken


def latency_table(files: int, lines: int, keys: int, starts: int) -> Table:
    found = servers()
    measured = {name: _of_server(server, files, lines, keys, starts) if server else "not installed" for name, server in found.items()}
    peers = [name for name in found if name != OURS]
    columns = ("what", *found, *(f"ours ÷ {name}" for name in peers))
    rows = [("version", *(server.version if server else "not installed" for server in found.values()), *("" for _ in peers))]
    for what, value, written in _ROWS:
        values = {name: value(each) if isinstance(each, Latency) else None for name, each in measured.items()}
        cells = [written(each) if each is not None else "-" for each in values.values()]
        rows.append((what, *cells, *(table.ratio(values[OURS], values[name]) for name in peers)))
    failures = tuple(f"{name}: {each}" for name, each in measured.items() if isinstance(each, str) and found[name])
    title = f"server: {files:,} Python files, {keys} keys typed in a file of {lines:,} lines, {starts} starts"
    whole = next((len(each.whole) for each in measured.values() if isinstance(each, Latency)), 0)
    return Table(title, columns, tuple(rows), (f"The text parses after {whole} of {keys} keys.",), failures)


def _of_server(server: Server, files: int, lines: int, keys: int, starts: int) -> Latency | str:
    """Measure in a fresh workspace with empty caches; return a sentence when the server does not play along."""
    with fresh_folder() as (workspace, environment):
        file = write_workspace(workspace, files, lines)
        try:
            return asyncio.run(measure(server.command, workspace, file, keys, starts, environment))
        except (ServerGoneError, TimeoutError) as error:
            return str(error) or "no answer in time"


async def measure(
    command: Sequence[str], workspace: Path, file: Path, keys: int, starts: int, environment: Mapping[str, str] | None = None
) -> Latency:
    started = [await _start(command, workspace, environment) for _ in range(starts)]
    async with asyncio.timeout(900), Client(command, workspace, environment) as client:
        await client.initialize()
        document = Document(client, file)
        original = document.text
        before = time.perf_counter()
        opened = await document.open()
        idle = (await settled(client)).since - before
        edits = list(keystrokes(original, keys + _WARM_UP))
        typed = [await document.insert(*edit) for edit in edits]
        resident = resident_bytes(client.pid)
    counted = list(zip(typed, _parses(original, edits), strict=True))[_WARM_UP:]
    whole = tuple(seconds for seconds, parses in counted if parses)
    broken = tuple(seconds for seconds, parses in counted if not parses)
    return Latency(tuple(started), opened, idle, whole, broken, resident)


async def _start(command: Sequence[str], workspace: Path, environment: Mapping[str, str] | None) -> float:
    before = time.perf_counter()
    async with asyncio.timeout(60), Client(command, workspace, environment) as client:
        await client.initialize()
        return client.last_message - before


def _parses(text: str, edits: Iterable[tuple[int, int, str]]) -> list[bool]:
    """Return for each edit whether the text after it is Python."""
    answers = []
    for edit in edits:
        text = inserted(text, *edit)
        try:
            ast.parse(text)
        except SyntaxError:
            answers.append(False)
        else:
            answers.append(True)
    return answers


def _median(values: Sequence[float]) -> float | None:
    return table.median(values) if values else None


_ROWS: tuple[tuple[str, Callable[[Latency], float | None], Callable[[float], str]], ...] = (
    ("start to initialize reply, median", lambda latency: _median(latency.starts), table.milliseconds),
    ("open to first diagnostics", lambda latency: latency.opened, table.milliseconds),
    ("open to idle (workspace read)", lambda latency: latency.idle, table.milliseconds),
    ("key to first answer, median", lambda latency: _median(latency.keys), table.milliseconds),
    ("… where the text parses", lambda latency: _median(latency.whole), table.milliseconds),
    ("… where it does not", lambda latency: _median(latency.broken), table.milliseconds),
    ("key to first answer, p95", lambda latency: table.quantile(sorted(latency.keys), 0.95), table.milliseconds),
    ("key to first answer, slowest", lambda latency: max(latency.keys), table.milliseconds),
    ("memory after the last key", lambda latency: latency.resident, table.megabytes),
)
