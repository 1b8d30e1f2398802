"""What comes of a run, at a terminal: an answer that is shown or kept, a proposal that is written when a person agrees."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from architrave.cli.terminal import confirmed, show
from architrave.errors import ArchitraveError

if TYPE_CHECKING:
    from architrave.analysis.agents import Outcome, Proposal


def answered(outcome: Outcome, arguments: argparse.Namespace) -> int:
    """Show an outcome, or write it to the file that was named, and return the exit code."""
    from architrave.analysis.agents import Answer

    if isinstance(outcome, Answer) and arguments.output:
        try:
            Path(arguments.output).write_text(outcome.text, encoding="utf-8")
        except OSError as error:
            raise ArchitraveError(f"`{arguments.output}` cannot be written: {error.strerror}") from None
        print(arguments.output, file=sys.stderr)
        return 0
    text = outcome.text
    streamed = getattr(arguments, "streamed", "")
    show(text.removeprefix(streamed) if streamed and text.startswith(streamed) else text)
    return exit_code(outcome)


def offered(proposal: Proposal, root: Path, *, is_agreed: bool, is_only_shown: bool = False) -> int:
    """Show a proposal, and write it if a person agrees."""
    show(proposal.text)
    if is_only_shown:
        return 0
    files = f"{len(proposal.texts)} {'file' if len(proposal.texts) == 1 else 'files'}"
    if not is_agreed and not confirmed(f"Write {files}?"):
        print("Nothing was written." + ("" if sys.stdin.isatty() else " `--yes` writes it."), file=sys.stderr)
        return 1
    apply(root, proposal.texts, proposal.base)
    print(f"{files} written.", file=sys.stderr)
    return 0


def exit_code(outcome: Outcome) -> int:
    """Return 0 for what is done, 1 for what came to nothing, 2 for what could not run."""
    from architrave.analysis.agents import Answer, Cancelled, Failed, OverBudget, Proposal

    if isinstance(outcome, Answer | Proposal):
        return 0
    if isinstance(outcome, Cancelled):
        return 130
    return 2 if isinstance(outcome, Failed | OverBudget) else 1


def apply(root: Path, texts: Mapping[str, bytes], base: Mapping[str, bytes | None]) -> None:
    """Write the files of a proposal, if each is still as it was when the agent saw it; else raise `ArchitraveError` and write nothing."""
    from architrave.cli.fix import write

    changed = [path for path in texts if _content(root / path) != base.get(path)]
    if changed:
        raise ArchitraveError(f"Changed meanwhile: {', '.join(changed)}. Nothing was written; ask again.")
    done: list[str] = []
    try:
        for path, text in texts.items():
            write(root, path, text)
            done.append(path)
    except ArchitraveError:
        for path in done:  # All or nothing.
            old = base.get(path)
            if old is None:
                (root / path).unlink(missing_ok=True)
            else:
                write(root, path, old)
        raise


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
