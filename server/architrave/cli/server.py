"""`architrave server`: the language server."""

from __future__ import annotations

import argparse
import sys

from architrave.errors import ArchitraveError

HELP = "run the language server"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def register(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stdio", action="store_true", help="speak over standard input and output (the default)")
    parser.add_argument("--tcp", metavar="HOST:PORT", help="listen on this address of the loopback instead")


def run(arguments: argparse.Namespace) -> int:
    if arguments.tcp is None:
        from architrave.lsp.server import serve_stdio

        if sys.stdin.isatty():
            print("architrave: this speaks to an editor, over standard input; docs/editors.md says how to connect one.", file=sys.stderr)
        serve_stdio()
        return 0
    host, port = _address(arguments.tcp)
    from architrave.lsp.server import serve_tcp

    serve_tcp(host, port)
    return 0


def _address(given: str) -> tuple[str, int]:
    host, _, port = given.rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if host not in _LOOPBACK:
        raise ArchitraveError(
            f"`{host}` is no address of the loopback: the server speaks without a password, so only {', '.join(_LOOPBACK)}."
        )
    if not port.isdigit() or not 0 <= int(port) < 65536:
        raise ArchitraveError(f"`{given}` is no HOST:PORT.")
    return host, int(port)
