"""Wait for a server to have done what it does on its own, such as reading the workspace for the first time."""

import asyncio
import time
from dataclasses import dataclass

from benchmarks.lsp_client import Client
from benchmarks.process import processor_seconds, resident_bytes

_QUIET = 1.0
_AT_LATEST = 300.0
# Clocks tick every 10 ms: one tick may be a timer, two are work.
_WORK = 0.015


@dataclass(frozen=True, slots=True)
class Settled:
    """When the server began to be idle, and the most memory it had until then."""

    since: float
    peak: int


async def settled(client: Client) -> Settled:
    started = quiet_since = time.perf_counter()
    used = processor_seconds(client.pid)
    peak = resident_bytes(client.pid)
    while time.perf_counter() - started < _AT_LATEST:
        await asyncio.sleep(0.1)
        before, used = used, processor_seconds(client.pid)
        peak = max(peak, resident_bytes(client.pid))
        # Less time than before means that a worker has ended.
        if abs(used - before) > _WORK:
            quiet_since = time.perf_counter()
        if time.perf_counter() - max(quiet_since, client.last_message) > _QUIET:
            break
    return Settled(max(quiet_since, client.last_message), peak)


async def idle_load(client: Client, seconds: float) -> float:
    """Return the share of one processor that the server uses while nobody asks it anything."""
    before, started = processor_seconds(client.pid), time.perf_counter()
    await asyncio.sleep(seconds)
    return (processor_seconds(client.pid) - before) / (time.perf_counter() - started)
