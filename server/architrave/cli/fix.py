"""`architrave fix`: apply the fixes of findings."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from difflib import unified_diff
from pathlib import Path

from architrave.cli.progress import shown_progress
from architrave.cli.sources import counted
from architrave.cli.targets import add_workspace_options, orders
from architrave.errors import ArchitraveError

HELP = "apply the fixes that change nothing but what is wrong"


def register(parser: argparse.ArgumentParser) -> None:
    add_workspace_options(parser)
    parser.add_argument("--diff", action="store_true", help="print what would change, and change nothing; exit 1 if anything would")
    parser.add_argument("--unsafe", action="store_true", help="also apply fixes that somebody should look at")


def run(arguments: argparse.Namespace) -> int:
    from architrave.analysis.check import Order, loaded
    from architrave.analysis.fixing import fixed
    from architrave.findings import Finding

    mended = changed = 0
    for order in orders(arguments):
        with shown_progress() as progress:
            workspace, root = loaded(replace(order, progress=progress))

        def is_wanted(finding: Finding, order: Order = order) -> bool:
            return order.wants(finding) and finding.fix is not None and (finding.fix.is_safe or arguments.unsafe)

        result = fixed(workspace, lambda path, root=root: _text(root, path), is_wanted)  # type: ignore[misc]
        for path, content in sorted(result.texts.items()):
            if arguments.diff:
                sys.stdout.writelines(_diff(path, _text(root, path) or b"", content))
            else:
                write(root, path, content)
        for finding, reason in result.refused:
            print(f"architrave: {finding.location.path}: the fix of `{finding.rule}` was not applied: {reason}", file=sys.stderr)
        mended += len(result.mended)
        changed += len(result.texts)
    print(_summary(mended, changed, arguments), file=sys.stderr if arguments.diff else sys.stdout)
    return 1 if arguments.diff and changed else 0


def _summary(mended: int, changed: int, arguments: argparse.Namespace) -> str:
    if not mended:
        return "Nothing to mend" + (
            "." if arguments.unsafe else " that is safe; `--unsafe` applies the fixes that somebody should look at."
        )
    would = "would be " if arguments.diff else ""
    return f"{counted(mended, 'finding')} {would}mended in {counted(changed, 'file')}."


def _text(root: Path, path: str) -> bytes | None:
    try:
        return (root / path).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ArchitraveError(f"`{root / path}` cannot be read: {error.strerror}") from None


def _diff(path: str, old: bytes, new: bytes) -> Iterator[str]:
    before, after = (text.decode("utf-8", "replace").splitlines(keepends=True) for text in (old, new))
    for line in unified_diff(before, after, f"a/{path}", f"b/{path}"):
        yield line if line.endswith("\n") else line + "\n\\ No newline at end of file\n"


def write(root: Path, path: str, content: bytes) -> None:
    """Put a text in the place of a file's at once, with the permissions that it had; nothing outside the workspace is written."""
    target = (root / path).resolve()
    if root.resolve() not in target.parents:
        raise ArchitraveError(f"`{path}` leads out of the workspace; it is not written.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(content)
            os.chmod(name, target.stat().st_mode & 0o7777 if target.exists() else 0o644)
            os.replace(name, target)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(name)
            raise
    except OSError as error:
        raise ArchitraveError(f"`{target}` cannot be written: {error.strerror}") from None
