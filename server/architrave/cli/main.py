"""The entry point: finds the commands, reads the arguments, runs one.

A command is a module of this package with `HELP`, `register(parser)` and `run(arguments) -> exit code`; its file name is its name.
All of them are imported at every start, so they import what is heavy inside `run`.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from io import TextIOWrapper
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from architrave import __version__, cli
from architrave.errors import ArchitraveError

COULD_NOT_RUN = 2


class _OneLine(logging.Formatter):
    """Shows what was raised without where, unless `ARCHITRAVE_DEBUG` is set."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 -- the name is logging's
        return super().formatException(ei) if os.environ.get("ARCHITRAVE_DEBUG") else ""

    def format(self, record: logging.LogRecord) -> str:
        shown = super().format(record)
        raised = record.exc_info[1] if record.exc_info else None
        if raised is None or os.environ.get("ARCHITRAVE_DEBUG"):
            return shown
        return f"{shown.rstrip()} ({type(raised).__name__}: {raised}; set ARCHITRAVE_DEBUG=1 to see where)"


def commands(only: str = "") -> dict[str, ModuleType]:
    """Return the commands by name; when `only` is one of them, it alone, so that no other is imported."""
    names = [item.name for item in iter_modules(cli.__path__) if not item.ispkg and item.name != "main"]
    for wanted in ([name for name in names if name.replace("_", "-") == only], names):
        modules = [import_module(f"{cli.__name__}.{name}") for name in wanted]
        found = {module.__name__.rpartition(".")[2].replace("_", "-"): module for module in modules if hasattr(module, "register")}
        if found:
            break
    return found


def parser(only: str = "") -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(prog="architrave", description="A backend architect for the terminal, the editor and CI.")
    result.add_argument("--version", action="version", version=f"architrave {__version__}")
    subparsers = result.add_subparsers(title="commands", metavar="COMMAND")
    for name, module in commands(only).items():
        summary = f"{module.HELP[0].upper()}{module.HELP[1:]}."
        subparser = subparsers.add_parser(name, help=module.HELP, description=summary, epilog=getattr(module, "EPILOG", None))
        subparser.set_defaults(run=module.run)
        module.register(subparser)
    return result


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0 clean, 1 findings, 2 could not run."""
    if sys.stdout is None or sys.stderr is None:  # Closed by who started it.
        sys.stdout, sys.stderr = (stream or open(os.devnull, "w") for stream in (sys.stdout, sys.stderr))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # A terminal of another encoding, or text that is none, must not end a report.
            stream.reconfigure(encoding="utf-8", errors="replace")
    given = sys.argv[1:] if argv is None else argv
    if not given:
        parser().print_help(sys.stderr)
        return COULD_NOT_RUN
    arguments = parser(given[0]).parse_args(given)
    log = logging.StreamHandler(sys.stderr)
    log.setFormatter(_OneLine("architrave: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[log])
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()
        return code
    except ArchitraveError as error:
        print(f"architrave: {error}", file=sys.stderr)
        return COULD_NOT_RUN
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `architrave check | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return COULD_NOT_RUN
    except OSError as error:  # A full disk, a current folder that is gone, a name that is too long.
        print(f"architrave: {f'`{error.filename}`: ' if error.filename else ''}{error.strerror or error}", file=sys.stderr)
        with suppress(OSError):  # What could not be written would be tried again at the end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return COULD_NOT_RUN


if __name__ == "__main__":
    sys.exit(main())
