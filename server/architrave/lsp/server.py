"""The server: finds the modules that answer messages, and serves one connection over standard input and output, or over TCP."""

from __future__ import annotations

import logging
import os
import socket
import sys
import threading
import time
from importlib import import_module
from itertools import count
from pkgutil import iter_modules
from types import ModuleType
from typing import BinaryIO

from lsprotocol.converters import get_converter
from pygls.lsp.server import LanguageServer

from architrave import __version__, lsp
from architrave.lsp.protocol import INVALID_REQUEST, PARSE_ERROR, ExitError, Protocol, protect_stdout
from architrave.lsp.session import Session
from architrave.lsp.transport import FramingError, Writer, messages

log = logging.getLogger(__name__)

_GOODBYE = 0.4  # Seconds that work may take to end after `shutdown`.
_PARENT_EVERY = 3.0  # Seconds between two looks whether the editor still lives.


class ArchitraveServer(LanguageServer):
    """A language server for one client."""

    protocol: Protocol

    def __init__(self) -> None:
        self.ids = count(1)
        super().__init__("architrave", __version__, protocol_cls=Protocol, converter_factory=get_converter)
        self.session = Session(self.protocol)
        self.is_lost = False
        for module in methods():
            module.register(self)

    def run(self, stream: BinaryIO, output: BinaryIO) -> int:
        """Answer messages until the client says goodbye or is gone, and return the exit code: 0 after `shutdown`, else 1."""
        self.protocol.set_writer(Writer(output))
        try:
            for body in messages(stream):
                if isinstance(body, FramingError):
                    log.warning("%s", body)
                    code = PARSE_ERROR if "text" in str(body) else INVALID_REQUEST
                    self.protocol._refuse(None, code, f"No message of the protocol: {body}.")
                    continue
                self.protocol.receive(body)
                if self.is_lost:
                    break
        except (ExitError, KeyboardInterrupt):
            pass
        except (OSError, ValueError) as error:
            log.info("the client is gone: %s", error)
        self.end_work()
        return 0 if self.protocol.state == "ending" else 1

    def end_work(self) -> None:
        """End what runs in the background; it keeps what it has done so far."""
        for end in self.session.on_end:
            end()
        worker = self.session.worker
        worker.stop(0 if worker.is_stopped else _GOODBYE)

    def lose_client(self) -> None:
        self.is_lost = True

    def watch_parent(self, process_id: int | None) -> None:
        """End with the editor, even when it was killed and its end of the pipe is held open by something else."""
        if process_id is None or sys.platform == "win32":
            return

        def watch() -> None:
            while True:
                time.sleep(_PARENT_EVERY)
                try:
                    os.kill(process_id, 0)
                except ProcessLookupError:
                    log.warning("the editor (process %d) is gone", process_id)
                    for end in self.session.on_end:
                        end()
                    os._exit(1)
                except OSError:
                    pass

        threading.Thread(target=watch, name="parent", daemon=True).start()


def methods() -> list[ModuleType]:
    """Return the modules of this package that answer messages."""
    names = sorted(item.name for item in iter_modules(lsp.__path__) if item.name != "server")
    modules = [import_module(f"{lsp.__name__}.{name}") for name in names]
    return [module for module in modules if hasattr(module, "register")]


def serve_stdio() -> int:
    """Serve one client over standard input and output, then end the process: nothing that still runs may hold it up."""
    output = protect_stdout()
    sys.setswitchinterval(0.001)  # A key must not wait long for the analysis thread to let go of the interpreter.
    code = ArchitraveServer().run(sys.stdin.buffer, output)
    _leave(code)
    return code


def serve_tcp(host: str, port: int) -> int:
    """Serve one client that connects to a port; says on standard error which, for port 0 picks a free one."""
    sys.setswitchinterval(0.001)
    with socket.create_server((host, port)) as listener:
        print(f"architrave: listening on {host}:{listener.getsockname()[1]}", file=sys.stderr, flush=True)
        connection, _ = listener.accept()
    with connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection.makefile("rb") as stream, connection.makefile("wb") as output:
            code = ArchitraveServer().run(stream, output)
    _leave(code)
    return code


def _leave(code: int) -> None:
    logging.shutdown()
    sys.stderr.flush()
    os._exit(code)
