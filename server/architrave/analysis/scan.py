"""All files of a listing read into a workspace: from the cache what has not changed, the rest by a pool of processes.

Parsing holds the interpreter's lock, so threads do not help. A worker reads a batch of files and hands their packed facts over.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait as wait_for
from pathlib import Path

import msgspec

from architrave.analysis.cache import Cache, key_of
from architrave.analysis.extraction import extract
from architrave.analysis.filefacts import FileFacts
from architrave.analysis.files import Listing, Stat
from architrave.analysis.statistics import Statistics
from architrave.analysis.workspace import Workspace
from architrave.language import known_languages

log = logging.getLogger(__name__)

_BATCH = 192 * 1024  # Bytes of source a task: long enough to be worth a message, short enough to be cancelled.
_WORTH_A_POOL = 600 * 1024  # Less is read sooner than processes start.
_COMMIT = 500  # Files between two commits to the cache, so that a killed scan is resumed.


class Cancelled(Exception):  # noqa: N818 -- it is no error
    """The scan was stopped; what it had read so far is in the workspace and in the cache."""


class _Read(msgspec.Struct, array_like=True):
    """What a worker hands over for a file: its key and packed facts, or why it could not be read."""

    path: str
    key: bytes
    packed: msgspec.Raw
    problem: str = ""


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(list[_Read])


def scan(
    workspace: Workspace,
    listing: Listing,
    *,
    cache: Cache | None = None,
    jobs: int = 0,
    version: bytes = b"",
    progress: Callable[[int, int], None] = lambda done, total: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Statistics:
    """Read the files of a listing into a workspace. Files that cannot be read are added to the listing's problems.

    `jobs` are the processes, 0 for as many as there are cores. `progress` and `is_cancelled` are called between batches, on the thread
    that called `scan`; a cancelled scan raises `Cancelled`.
    """
    statistics = Statistics(len(listing.files), sum(stat.size for stat in listing.files.values()))
    total = statistics.files
    keys: dict[str, bytes] = {}
    with without_collector():
        with statistics.phase("cache"):
            if cache is not None:
                keys = _from_cache(workspace, listing, cache)
                statistics.from_cache = len(keys)
        rest = {path: stat for path, stat in listing.files.items() if path not in keys}
        progress(total - len(rest), total)
        rows: list[tuple[str, Stat, bytes, bytes | None]] = []

        def commit() -> None:
            if cache is not None and rows:
                with statistics.phase("cache"):
                    cache.store(rows)
            rows.clear()

        done = total - len(rest)
        reads: dict[str, bytes] = {}
        with statistics.phase("parse and facts"):
            try:
                for batch in _results(listing.root, rest, jobs, version, statistics):
                    if is_cancelled():
                        raise Cancelled
                    for read in batch:
                        if read.problem:
                            listing.problems.append(f"{read.path}: cannot be read: {read.problem}")
                            continue
                        packed = bytes(read.packed)
                        workspace.load(FileFacts.unpack(read.path, packed))
                        reads[read.path] = read.key
                        rows.append((read.path, rest[read.path], read.key, packed))
                    done += len(batch)
                    progress(done, total)
                    if len(rows) >= _COMMIT:
                        commit()
            finally:
                commit()
        keys.update(reads)
        if cache is not None and not is_cancelled():
            with statistics.phase("cache"):
                cache.tidy(keys.values(), listing.files)
    workspace.keys = keys
    return statistics


def _from_cache(workspace: Workspace, listing: Listing, cache: Cache) -> dict[str, bytes]:
    """Load what the cache knows: by time and size, else by content. Return the keys of what was loaded."""
    if cache.is_empty:
        return {}
    keys = cache.unchanged(listing.files)
    again: list[tuple[str, Stat, bytes, bytes | None]] = []
    for path, stat in listing.files.items():
        if path in keys:
            continue
        try:
            text = (listing.root / path).read_bytes()
        except OSError:
            continue
        keys[path] = key_of(path, text, cache.version)
        again.append((path, stat, keys[path], None))
    values = cache.values(keys.values())
    loaded = {}
    for path, key in keys.items():
        value = values.get(key)
        if value is None:
            continue
        try:
            workspace.load(FileFacts.unpack(path, value))
        except msgspec.MsgspecError:
            continue
        loaded[path] = key
    again = [row for row in again if row[0] in loaded]
    if again:
        cache.store(again)
    return loaded


def _results(root: Path, files: Mapping[str, Stat], jobs: int, version: bytes, statistics: Statistics) -> Iterator[list[_Read]]:
    batches = list(_batches(files))
    jobs = min(jobs or os.cpu_count() or 1, len(batches))
    if jobs > 1 and sum(stat.size for stat in files.values()) >= _WORTH_A_POOL:
        left = dict.fromkeys(range(len(batches)))
        try:
            statistics.processes = jobs
            with _pool(jobs) as pool:
                waiting: dict[Future[bytes], int] = {}
                numbers = iter(range(len(batches)))
                try:
                    while left:
                        while len(waiting) < jobs * 3 and (number := next(numbers, None)) is not None:
                            waiting[pool.submit(_read_batch, str(root), batches[number], version)] = number
                        ready, _ = wait(waiting, return_when=FIRST_COMPLETED)
                        for future in ready:
                            number = waiting.pop(future)
                            result = future.result()
                            del left[number]
                            yield _DECODER.decode(result)
                finally:
                    pool.shutdown(wait=False, cancel_futures=True)
            return
        except (BrokenProcessPool, OSError, PermissionError) as error:
            log.warning("the pool of processes is of no use (%s); going on in one", error)
            statistics.processes = 1
            batches = [batches[number] for number in left]
    for batch in batches:
        yield _DECODER.decode(_read_batch(str(root), batch, version))


def _batches(files: Mapping[str, Stat]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for path, stat in files.items():
        batch.append(path)
        size += stat.size
        if size >= _BATCH or len(batch) >= 64:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _pool(jobs: int) -> ProcessPoolExecutor:
    """Forking a process of one thread is safe and a second quicker than starting new ones."""
    can_fork = sys.platform == "linux" and threading.active_count() == 1
    if can_fork:
        known_languages()
    return ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("fork" if can_fork else "spawn"), initializer=_start_worker)


def _start_worker() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    known_languages()
    gc.disable()
    gc.freeze()


def _end_with(sentinel: int) -> None:
    """End this worker when the process that wants its results was killed; it would wait for work for ever."""
    wait_for([sentinel])
    os._exit(1)


def _read_batch(root: str, paths: list[str], version: bytes) -> bytes:
    """Return the packed facts of files; runs in a worker."""
    found: list[_Read] = []
    for path in paths:
        try:
            text = Path(root, path).read_bytes()
        except OSError as error:
            found.append(_Read(path, b"", msgspec.Raw(b"\xc0"), error.strerror or str(error)))
            continue
        found.append(_Read(path, key_of(path, text, version), msgspec.Raw(extract(path, text).pack())))
    return _ENCODER.encode(found)


@contextmanager
def without_collector() -> Iterator[None]:
    """Hold the garbage collector off: a scan makes millions of values and no garbage, and would be searched again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.freeze()
            gc.enable()
