"""Commands that the user's settings allow, run in a scratch copy of the workspace with the overlay in it. Never in the workspace.

No shell reads a command, its environment has nothing of the user's but the path, and its time and output are limited. A test command
runs code of the workspace, and of the agent: that is what the user agrees to by listing it.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Lock
from typing import IO

from architrave_agents.edits import Overlay
from architrave_agents.orphans import end_with_us, has_ended
from architrave_agents.settings import Settings
from architrave_agents.snapshot import DeniedError

_MOST_OUTPUT = 30_000  # Characters.
_MOST_COPIED = 200_000_000  # Bytes.
_STOPPED = "the run was stopped"
_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT", "COMSPEC", "PATHEXT")


@dataclass
class _Running:
    process: subprocess.Popen[bytes]
    file: IO[bytes]
    told: int = 0


@dataclass
class Commands:
    """One thread at a time runs commands; any thread may `stop` them, at once and for good. `close` also removes the copy."""

    overlay: Overlay
    settings: Settings
    _folder: Path | None = None
    _known: dict[str, _Running] = field(default_factory=dict)  # What was started in the background, by id.
    _alive: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _is_stopped: bool = False
    _lock: Lock = field(default_factory=Lock)
    _ids: count[int] = field(default_factory=lambda: count(1))
    _written: dict[str, bytes] = field(default_factory=dict)

    def run(self, command: str, seconds: float = 0.0, *, in_background: bool = False, is_trusted: bool = False) -> str:
        """Run a command and return its exit code and output. One that the user has written himself is trusted."""
        words = self._words(command, is_trusted=is_trusted)
        most = self.settings.command_seconds if not seconds or is_trusted else min(seconds, self.settings.command_seconds)
        if is_trusted and seconds:
            most = seconds
        folder = self._scratch()
        running = self._start(words, folder)
        if in_background:
            id = f"bash_{next(self._ids)}"
            self._known[id] = running
            return f"Started as `{id}`."
        with running.file:
            try:
                state = f"Exit code {running.process.wait(most)}."
            except subprocess.TimeoutExpired:
                state = f"Ended after {most:g} seconds."
            _end(running.process)  # Also what it has left behind.
            return f"{state}\n{_output(running)}"

    def test(self, command: str, seconds: float) -> tuple[bool, str]:
        """Run the user's test command, and return whether it passed, and its output."""
        said = self.run(command, seconds, is_trusted=True)
        return said.startswith("Exit code 0."), said

    def output(self, id: str) -> str:
        running = self._in_background(id)
        code = running.process.poll()
        if code is not None:
            _end(running.process)
        state = "It runs." if code is None else f"Exit code {code}."
        return f"{state}\n{_output(running)}"

    def kill(self, id: str) -> str:
        _end(self._in_background(id).process)
        return f"`{id}` is ended."

    def stop(self) -> None:
        """End what runs, with all that it has started, and start nothing any more."""
        with self._lock:
            self._is_stopped = True
            for process in self._alive:
                if process.returncode is None:
                    _end(process)

    def close(self) -> None:
        self.stop()
        for running in self._known.values():
            running.file.close()
        self._known.clear()
        self._remove()

    def _remove(self) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _in_background(self, id: str) -> _Running:
        if id not in self._known:
            raise DeniedError(f"there is no command `{id}` in the background")
        return self._known[id]

    def _words(self, command: str, *, is_trusted: bool) -> list[str]:
        try:
            words = shlex.split(command)
        except ValueError as error:
            raise DeniedError(f"`{command}` cannot be read: {error}") from None
        if not words:
            raise DeniedError("there is no command")
        if not is_trusted and not any(words[: len(allowed)] == allowed for allowed in map(shlex.split, self.settings.commands) if allowed):
            listed = ", ".join(f"`{item}`" for item in self.settings.commands)
            raise DeniedError(f"`{words[0]}` is not allowed as it is written; what may be run begins with: {listed}")
        return words

    def _scratch(self) -> Path:
        """Return the copy of the workspace, made when first asked for and brought up to date since."""
        if self._folder is None:
            with self._lock:
                if self._is_stopped:
                    raise DeniedError(_STOPPED)
                self._folder = Path(tempfile.mkdtemp(prefix="architrave-"))
            size = 0
            for path in self.overlay.view.paths:
                with suppress(DeniedError):
                    content = self.overlay.view.content(path) or b""
                    size += len(content)
                    if size > _MOST_COPIED:
                        raise DeniedError("this workspace is too large to be copied for a command")
                    self._put(path, content, self.overlay.view.root / path)
        for path, content in self.overlay.texts.items():
            if self._written.get(path) != content:
                self._put(path, content, None)
                self._written[path] = content
        return self._folder / "workspace"

    def _put(self, path: str, content: bytes, like: Path | None) -> None:
        assert self._folder is not None
        if self._is_stopped:
            self._remove()  # Whoever closed it may have come in between.
            raise DeniedError(_STOPPED)
        target = self._folder / "workspace" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        if like is not None:
            with suppress(OSError):
                target.chmod(like.stat().st_mode & 0o777)

    def _start(self, words: list[str], folder: Path) -> _Running:
        assert self._folder is not None
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        home = self._folder / "home"
        environment |= {"HOME": str(home), "USERPROFILE": str(home), "TMPDIR": str(home), "TEMP": str(home), "CI": "1"}
        with self._lock:
            if self._is_stopped:
                raise DeniedError(_STOPPED)
            file = tempfile.TemporaryFile()  # noqa: SIM115 -- it lives as long as the command
            try:
                home.mkdir(exist_ok=True)
                process = subprocess.Popen(
                    words,
                    cwd=folder,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            except OSError as error:
                file.close()
                raise DeniedError(f"`{words[0]}` cannot be run: {error.strerror}") from None
            end_with_us(process.pid)
            self._alive = [item for item in self._alive if item.returncode is None] + [process]
        return _Running(process, file)


def _output(running: _Running) -> str:
    running.file.flush()
    running.file.seek(running.told)
    new = running.file.read(4 * _MOST_OUTPUT)
    running.told += len(new)
    text = new.decode("utf-8", "replace")
    if len(text) <= _MOST_OUTPUT:
        return text
    half = _MOST_OUTPUT // 2
    return f"{text[:half]}\n(… {len(text) - _MOST_OUTPUT:,} characters are left out …)\n{text[-half:]}"


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a command and all that it has started, at once: it works on a copy, so there is nothing to be saved."""
    if os.name == "posix":
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    with suppress(subprocess.TimeoutExpired):
        process.wait(2)
        has_ended(process.pid)
