"""Run one command and note its wall time and the peak memory of it and its children.

Memory is sampled as the sum over the process tree, pages shared by forked workers counted in each. The kernel's own exact peak of
the largest process in the tree is the lower bound, for peaks between two samples.
"""

import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

_SAMPLE_EVERY = 0.05
_SAMPLE_EVERY_AT_FIRST = 0.005
_MAX_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True)
class Run:
    seconds: float
    peak_bytes: int
    exit_code: int
    output: str
    last_error: str


def run(command: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> Run:
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        child = subprocess.Popen(
            command, cwd=cwd, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=output, stderr=errors
        )
        ended = threading.Event()
        peak = [0]
        sampler = threading.Thread(target=_sample, args=(child.pid, ended, peak))
        sampler.start()
        _, status, usage = os.wait4(child.pid, 0)
        elapsed = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        ended.set()
        sampler.join()
        output.seek(0)
        errors.seek(0)
        said = errors.read().decode(errors="replace").strip().splitlines()
        return Run(
            seconds=elapsed,
            peak_bytes=max(peak[0], _largest_child(usage)),
            exit_code=child.returncode,
            output=output.read().decode(errors="replace"),
            last_error=said[-1] if said else "",
        )


def resident_bytes(pid: int) -> int:
    """Return the memory of a process and its descendants, as far as they still live."""
    return sum(_resident(process) for process in _tree(pid))


def processor_seconds(pid: int) -> float:
    """Return the processor time that a process and its living descendants have used."""
    return sum(_processor(process) for process in _tree(pid))


def _largest_child(usage: resource.struct_rusage) -> int:
    # A child begins as a copy of this process, whose size is then its peak until it has grown beyond.
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return usage.ru_maxrss * _MAX_RSS_UNIT if usage.ru_maxrss > own else 0


def _sample(pid: int, ended: threading.Event, peak: list[int]) -> None:
    started = time.perf_counter()
    while not ended.is_set():
        peak[0] = max(peak[0], resident_bytes(pid))
        ended.wait(_SAMPLE_EVERY if time.perf_counter() - started > 0.5 else _SAMPLE_EVERY_AT_FIRST)


def _tree(pid: int) -> list[psutil.Process]:
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.Error:
        return []


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _processor(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
        return float(times.user + times.system)
    except psutil.Error:
        return 0.0
