"""The texts of a workspace as an agent may see them: as they were when the run began, and only those that may be sent.

Nothing outside of the workspace is read, whatever leads there; nor repositories' insides, ignored files, keys, or `.env` files.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath

from architrave.analysis.files import EVERYTHING, Listing, Names, discover
from architrave.analysis.frozen import Frozen
from architrave.config import Config
from architrave.errors import ArchitraveError

MOST_BYTES = 2_000_000
_EVERY_NAME = Names(("",), frozenset(), (), ())

_SECRET_FOLDERS = frozenset([".git", ".hg", ".svn", ".jj", ".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".gcloud"])
_SECRET_NAMES = re.compile(
    r"(?i)^(?:\.env.*|.*\.env|\.envrc|\.netrc|_netrc|\.pgpass|\.npmrc|\.pypirc|\.htpasswd|\.git-credentials|\.dockercfg|\.vault[-_]token|"
    r"id_(?:rsa|dsa|ecdsa|ed25519).*|.*\.(?:pem|key|p12|pfx|p8|jks|keystore|truststore|ppk|kdbx|kdb|asc|gpg|age|der|csr)|"
    r".*\.tfstate(?:\..*)?|.*\.tfvars(?:\.json)?|credentials?(?:\.(?:json|ya?ml|toml|ini|xml|csv))?|"
    r".*secrets?\.(?:json|ya?ml|toml|ini|properties)|service[-_]?account.*\.json|.*[-_]credentials?\.json|master\.key|vault\.ya?ml)$"
)


class DeniedError(Exception):
    """A path or text that an agent may not have, with the reason as the agent is told it."""


class View:
    """Not safe for threads. A file of the disk is read once; what changes on it later is not seen."""

    def __init__(self, state: Frozen) -> None:
        self.state = state
        self.root = state.root.resolve()
        self.seen: set[str] = set()  # The files whose text was asked for.
        self._texts: dict[str, bytes] = {}

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Every file that may be read, sorted."""
        return tuple(sorted(path for path in {*self._listing.files, *self.state.opened} if self._why_not(path) is None))

    @cached_property
    def kept(self) -> Mapping[str, int]:
        """How many of the files that are not ignored are never sent, by why."""
        return Counter(why for path in self._listing.files if (why := self._why_not(path)) is not None)

    @cached_property
    def _listing(self) -> Listing:
        return listed(self.root, self.state.config)

    def path(self, given: str) -> str:
        """Return the path below the root that is meant, of a file that may be read; anything else raises `DeniedError`."""
        path = self.place(given)
        if path in self.state.opened:
            return path
        if path not in self._listing.files:
            if (self.root / path).is_dir():
                raise DeniedError(f"`{path}` is a folder; LS shows what is in it")
            raise DeniedError(
                f"`{path}` is ignored here, so it is not read" if (self.root / path).exists() else f"there is no file `{path}`"
            )
        return path

    def place(self, given: str) -> str:
        """Return the path below the root that is meant, whether or not there is such a file."""
        if "\0" in given or not given.strip():
            raise DeniedError("that is no path")
        path = Path(given)
        absolute = path if path.is_absolute() else self.root / path
        try:
            relative = PurePosixPath(Path(os.path.normpath(absolute)).relative_to(self.root)).as_posix()
        except ValueError:
            try:  # The root as its user calls it may lead through links.
                relative = PurePosixPath(Path(os.path.normpath(absolute)).relative_to(self.state.root)).as_posix()
            except ValueError:
                raise DeniedError(f"`{given}` is outside of the workspace") from None
        why = self._why_not(relative)
        if why is not None:
            raise DeniedError(f"`{relative}` is not for agents: {why}")
        return relative

    def _why_not(self, path: str) -> str | None:
        why = forbidden(path)
        if why is not None:
            return why
        try:
            target = (self.root / path).resolve()
        except (OSError, RuntimeError):
            return "its place cannot be told"
        if target != self.root and self.root not in target.parents:
            return "it leads out of the workspace"
        return forbidden(target.relative_to(self.root).as_posix())

    def content(self, path: str) -> bytes | None:
        """Return the bytes of a file, None where there is none. `path` is one that `place` gave."""
        self.seen.add(path)
        if path in self.state.opened:
            return self.state.opened[path]
        if path not in self._texts:
            file = self.root / path
            try:
                if file.stat().st_size > MOST_BYTES:
                    raise DeniedError(f"`{path}` is too large: more than {MOST_BYTES // 1_000_000} MB")
                self._texts[path] = file.read_bytes()
            except FileNotFoundError:
                return None
            except OSError as error:
                raise DeniedError(f"`{path}` cannot be read: {error.strerror}") from None
        return self._texts[path]


def listed(root: Path, config: Config) -> Listing:
    """Return every file of a workspace that is not ignored, whatever language it is in."""
    try:
        return discover(root, config.exclude, EVERYTHING, names=_EVERY_NAME)
    except ArchitraveError:
        return Listing(root)


def forbidden(path: str) -> str | None:
    """Return why a path is never sent nor written, judged by its name; None when its name says nothing against it."""
    *folders, name = path.split("/")
    if any(folder.lower() in _SECRET_FOLDERS for folder in folders) or name.lower() in _SECRET_FOLDERS:
        return "it belongs to a tool that keeps history or credentials there"
    if _SECRET_NAMES.match(name):
        return "such files hold secrets"
    return None


def text_of(content: bytes, path: str) -> str:
    """Return the text of a file; what is none raises `DeniedError`."""
    if b"\0" in content[:8192]:
        raise DeniedError(f"`{path}` is no text")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise DeniedError(f"`{path}` is no UTF-8 text") from None


def numbered(text: str, first: int, last: int) -> Iterator[str]:
    """Yield lines `first` to `last`, from 1, each with its number."""
    for number, line in enumerate(text.split("\n")[first - 1 : last], first):
        yield f"{number:>6}\t{line}"
