"""What a server keeps in memory for a folder once it has read it, what it needed on the way, and what it does when left alone."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from benchmarks import table
from benchmarks.document import Document
from benchmarks.idle import idle_load, settled
from benchmarks.lsp_client import Client, ServerGoneError
from benchmarks.process import resident_bytes
from benchmarks.servers import Server, fresh_folder, servers
from benchmarks.sources import copy_sources, counted, source_files
from benchmarks.table import Table

_COLUMNS = ("server", "open to idle", "peak", "resident", "resident/MLOC", "idle CPU", "version")


@dataclass(frozen=True, slots=True)
class Memory:
    idle: float
    peak: int
    resident: int
    load: float


def memory_table(folder: Path, watch: float) -> Table:
    with fresh_folder() as (workspace, _):
        copy_sources(folder, workspace)
        seen = counted(workspace)
    rows = []
    failures = []
    for name, server in servers().items():
        result = _of_server(server, folder, watch) if server else "not installed"
        if isinstance(result, str) or server is None:
            rows.append(table.absent(name, len(_COLUMNS), "failed" if server else "not installed"))
            failures += [f"{name}: {result}"] if server else []
            continue
        rows.append(
            (
                name,
                table.seconds(result.idle),
                table.megabytes(result.peak),
                table.megabytes(result.resident),
                table.per_million_lines(result.resident, seen.lines),
                f"{result.load:.1%}",
                server.version,
            )
        )
    title = f"memory with {folder.resolve().name} open: {seen.files:,} files, {seen.size / 1e6:.1f} MB, {seen.lines:,} lines"
    note = "A server that does not read the whole folder needs little: compare with care."
    return Table(title, _COLUMNS, tuple(rows), (note,), tuple(failures))


def _of_server(server: Server, folder: Path, watch: float) -> Memory | str:
    with fresh_folder() as (workspace, environment):
        copy_sources(folder, workspace)
        files = source_files(workspace)
        if not files:
            return "no files"
        try:
            return asyncio.run(_measure(server, workspace, files[0], environment, watch))
        except (ServerGoneError, TimeoutError) as error:
            return str(error) or "no answer in time"


async def _measure(server: Server, workspace: Path, file: Path, environment: dict[str, str], watch: float) -> Memory:
    async with asyncio.timeout(900), Client(server.command, workspace, environment) as client:
        await client.initialize()
        before = Document(client, file).show()
        reached = await settled(client)
        load = await idle_load(client, watch)
        return Memory(reached.since - before, reached.peak, resident_bytes(client.pid), load)
