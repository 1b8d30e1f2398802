"""What a user sets for the agents: `agents.toml` in the user's settings folder, the environment, and what an editor hands over.

Nothing of it is ever read from a workspace: a repository must not choose where code is sent, with whose key, or how much is spent.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from architrave.config import line_of, unknown_key
from architrave_agents.folders import config_folder
from architrave_agents.models import Override

NAME = "agents.toml"
PUBLIC = "https://api.anthropic.com"
Effort = Literal["", "low", "medium", "high", "xhigh", "max"]


class Tests(msgspec.Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """A command that an edit of a folder has to pass before it is offered."""

    folder: str
    command: str
    seconds: float = 300.0


class Limits(msgspec.Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """How much one run may use; money is in dollars."""

    turns: int = 40
    tokens: int = 1_000_000
    seconds: float = 600.0
    money: float = 2.0


class Settings(msgspec.Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """Everything that can be set. `docs/agents.md` says what each field means."""

    enabled: bool = True
    is_trusted: bool = True
    key: str = ""
    token: str = ""
    base_url: str = PUBLIC
    model: str = "sonnet"
    agent: str = ""
    effort: Effort = ""
    thinking: bool = True
    caching: bool = True
    patience: float = 90.0  # Seconds without a sign of the model.
    longest_wait: float = 20.0  # Seconds to wait when the service asks for it.
    limits: Limits = Limits()
    day_money: float = 20.0
    web: bool = False
    commands: tuple[str, ...] = ()
    command_seconds: float = 120.0
    tests: tuple[Tests, ...] = ()
    models: dict[str, Override] = {}
    key_command: str = ""  # What the editor calls its command that sets the key.

    @property
    def host(self) -> str:
        parts = urlsplit(self.base_url)
        return parts.netloc.rpartition("@")[2] or self.base_url

    @property
    def is_local(self) -> bool:
        return (urlsplit(self.base_url).hostname or "") in ("localhost", "127.0.0.1", "::1")

    @property
    def has_credentials(self) -> bool:
        return bool(self.key or self.token) or self.is_local


@dataclass(frozen=True)
class Loaded:
    settings: Settings
    problems: tuple[str, ...] = ()


def load(of_editor: Mapping[str, Any] | None = None, environment: Mapping[str, str] | None = None) -> Loaded:
    """Return the settings: what an editor hands over comes before the environment, that before the file, that before the defaults."""
    environment = os.environ if environment is None else environment
    problems: list[str] = []
    values = _of_file(config_folder() / NAME, problems)
    values |= _of_environment(environment)
    given = {_kebab(key): value for key, value in (of_editor or {}).items() if value is not None}
    values |= _valid(given, "the editor's settings", problems)
    return Loaded(msgspec.convert(values, Settings), tuple(problems))


def mistakes_of(text: str) -> tuple[str, ...]:
    """Return what is wrong in the text of an `agents.toml`."""
    problems: list[str] = []
    _of_text(text, NAME, problems)
    return tuple(problems)


def _of_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    names = {
        "key": "ANTHROPIC_API_KEY",
        "token": "ANTHROPIC_AUTH_TOKEN",
        "base-url": "ANTHROPIC_BASE_URL",
        "model": "ARCHITRAVE_MODEL",
    }
    return {key: environment[name].strip() for key, name in names.items() if environment.get(name, "").strip()}


def _of_file(path: Path, problems: list[str]) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
        mode = path.stat().st_mode
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{path}: cannot be read: {error}")
        return {}
    values = _of_text(text, str(path), problems)
    if ("key" in values or "token" in values) and os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        problems.append(f"{path}: others can read the key in it; `chmod 600 {path}` keeps it to you.")
    return values


def _of_text(text: str, source: str, problems: list[str]) -> dict[str, Any]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+)", str(error))
        problems.append(f"{source}:{at[1] if at else 1}: This is no TOML: {error}")
        return {}
    return _valid(document, source, problems, text)


def _valid(given: Mapping[str, Any], source: str, problems: list[str], text: str = "") -> dict[str, Any]:
    """Return what is right of some settings, and note what is not."""
    known = {field.encode_name: field for field in msgspec.structs.fields(Settings)}
    values: dict[str, Any] = {}
    for key, value in given.items():
        where = f"{source}:{line_of(text, key)}" if text and line_of(text, key) else source
        if key not in known:
            problems.append(f"{where}: {unknown_key(key, known)}")
            continue
        try:
            msgspec.convert(_kebab_keys(value), known[key].type)
        except msgspec.ValidationError as error:
            problems.append(f"{where}: `{key}` is not right: {str(error)[0].lower()}{str(error)[1:]}.")
            continue
        if key == "base-url" and urlsplit(str(value)).scheme not in ("http", "https"):
            problems.append(f"{where}: `base-url` must begin with http:// or https://.")
            continue
        values[key] = _kebab_keys(value)
    return values


def _kebab_keys(value: Any) -> Any:
    """Return tables with their keys as they are written in TOML; names of models stay as they are, for they have no capitals."""
    if isinstance(value, dict):
        return {_kebab(key): _kebab_keys(item) for key, item in value.items()}
    return [_kebab_keys(item) for item in value] if isinstance(value, list) else value


def _kebab(key: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z])", r"-\1", str(key)).lower().replace("_", "-")
