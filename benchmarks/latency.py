"""What a person who types feels: from start to the reply to `initialize`, and from each key to the diagnostics of the new text."""

import ast
import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import table
from benchmarks.corpus import write_workspace
from benchmarks.document import Answers, Document, inserted, keystrokes
from benchmarks.idle import settled
from benchmarks.lsp_client import Client, ServerGoneError
from benchmarks.process import resident_bytes
from benchmarks.servers import OURS, Server, fresh_folder, servers
from benchmarks.table import Table

_WARM_UP = 10
_PATIENCE = 10.0  # Seconds for each line.
_REST = 0.4  # Seconds between two lines; a server may do in a pause what it did not at once.


@dataclass(frozen=True, slots=True)
class Key:
    """What followed one key. Where the text does not parse, some servers do less."""

    answers: Answers
    parses: bool


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds. `appeared` and `gone` are from a line that makes a finding, and from its removal, to the diagnostics that say so."""

    starts: tuple[float, ...]
    opened: float
    idle: float
    keys: tuple[Key, ...]
    pulled: tuple[float, ...]  # From each key to the answer to a request for diagnostics, which a server that may guess cannot guess.
    appeared: tuple[float, ...]
    gone: tuple[float, ...]
    resident: int


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
    whole = next((sum(key.parses for key in each.keys) for each in measured.values() if isinstance(each, Latency)), 0)
    late = next(
        (sum(key.answers.right > key.answers.first for key in each.keys) for each in (measured[OURS],) if isinstance(each, Latency)), 0
    )
    notes = (f"The text parses after {whole} of {keys} keys.", f"{OURS}: after {late} keys the first answer was not the last.")
    return Table(title, columns, tuple(rows), notes, failures)


def _of_server(server: Server, files: int, lines: int, keys: int, starts: int) -> Latency | str:
    """Measure in a fresh workspace with empty caches; return a sentence when the server does not play along."""
    with fresh_folder() as (workspace, environment):
        file = write_workspace(workspace, files, lines)
        try:
            return asyncio.run(measure(server, workspace, file, keys, starts, environment))
        except (ServerGoneError, TimeoutError) as error:
            return str(error) or "no answer in time"


async def measure(
    server: Server, workspace: Path, file: Path, keys: int, starts: int, environment: Mapping[str, str] | None = None
) -> Latency:
    started = [await _start(server.command, workspace, environment) for _ in range(starts)]
    async with asyncio.timeout(900), Client(server.command, workspace, environment) as client:
        await client.initialize()
        document = Document(client, file)
        original = document.text
        before = time.perf_counter()
        opened = await document.open()
        idle = (await settled(client)).since - before
        appeared, gone = await _probed(document, server, max(1, keys // 10))
        edits = list(keystrokes(original, keys + _WARM_UP))
        typed = [await document.insert(*edit) for edit in edits]
        resident = resident_bytes(client.pid)
    pulled = await _pulled(server, workspace, file, edits, environment)
    counted = [Key(answers, parses) for answers, parses in zip(typed, _parses(original, edits), strict=True)][_WARM_UP:]
    return Latency(tuple(started), opened, idle, tuple(counted), tuple(pulled[_WARM_UP:]), tuple(appeared), tuple(gone), resident)


async def _probed(document: Document, server: Server, times: int) -> tuple[list[float], list[float]]:
    """Put a line that makes a finding into loops here and there, and take it out again; return how long each took to be seen."""
    appeared: list[float] = []
    gone: list[float] = []
    loops = [number for number, line in enumerate(document.text.split("\n")) if line == "    for row in rows:"]
    if not server.probe or not loops:
        return appeared, gone
    try:
        async with asyncio.timeout(_PATIENCE * times):
            usual = await document.count_of(server.code, document.replace(0, 0, (0, 0), "\n"), None)
            for number in (loops[place * len(loops) // times] + 2 for place in range(times)):
                await document.client.quiet(_REST)
                started = document.replace(number, 0, (number, 0), f"        {server.probe}\n")
                more = await document.count_of(server.code, started, usual.found)
                appeared.append(more.seconds)
                await document.client.quiet(_REST)
                started = document.replace(number, 0, (number + 1, 0), "")
                usual = await document.count_of(server.code, started, more.found)
                gone.append(usual.seconds)
    except TimeoutError:
        raise TimeoutError(f"{server.name} does not find {server.code} where it should") from None
    return appeared, gone


async def _pulled(
    server: Server, workspace: Path, file: Path, edits: Iterable[tuple[int, int, str]], environment: Mapping[str, str] | None
) -> list[float]:
    """Type the same keys for a client that asks for diagnostics after each; nothing for a server that cannot be asked."""
    async with asyncio.timeout(900), Client(server.command, workspace, environment, pulls=True) as client:
        await client.initialize()
        if "diagnosticProvider" not in client.server["capabilities"]:
            return []
        document = Document(client, file)
        await document.open()
        await settled(client)
        return [(await document.insert(*edit)).right for edit in edits]


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


def _p95(values: Sequence[float]) -> float | None:
    return table.quantile(sorted(values), 0.95) if values else None


def _first(latency: Latency) -> list[float]:
    return [key.answers.first for key in latency.keys]


def _right(latency: Latency, parses: bool | None = None) -> list[float]:
    return [key.answers.right for key in latency.keys if parses is None or key.parses is parses]


_ROWS: tuple[tuple[str, Callable[[Latency], float | None], Callable[[float], str]], ...] = (
    ("start to initialize reply, median", lambda latency: _median(latency.starts), table.milliseconds),
    ("open to first diagnostics", lambda latency: latency.opened, table.milliseconds),
    ("open to idle (workspace read)", lambda latency: latency.idle, table.milliseconds),
    ("key to first answer, median", lambda latency: _median(_first(latency)), table.milliseconds),
    ("key to right diagnostics, median", lambda latency: _median(_right(latency)), table.milliseconds),
    ("… where the text parses", lambda latency: _median(_right(latency, True)), table.milliseconds),
    ("… where it does not", lambda latency: _median(_right(latency, False)), table.milliseconds),
    ("key to right diagnostics, p95", lambda latency: _p95(_right(latency)), table.milliseconds),
    ("key to right diagnostics, slowest", lambda latency: max(_right(latency)), table.milliseconds),
    ("key to diagnostics asked for, median", lambda latency: _median(latency.pulled), table.milliseconds),
    (
        "key to diagnostics asked for, p95",
        lambda latency: table.quantile(sorted(latency.pulled), 0.95) if latency.pulled else None,
        table.milliseconds,
    ),
    ("line to a new finding, median", lambda latency: _median(latency.appeared), table.milliseconds),
    ("line removed to finding gone, median", lambda latency: _median(latency.gone), table.milliseconds),
    ("memory after the last key", lambda latency: latency.resident, table.megabytes),
)
