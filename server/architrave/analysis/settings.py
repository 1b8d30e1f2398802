"""The settings of a workspace: the nearest configuration file above it, checked, and what they mean for the rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec

from architrave.analysis.project import NAME, find
from architrave.analysis.runner import Selection
from architrave.config import Config, Mistake, line_of, parsed, unknown_key
from architrave.errors import ArchitraveError, nearest
from architrave.findings import SEVERITIES, Severity
from architrave.rule import Rule, known_rules

BASELINE = "architrave-baseline.json"


@dataclass(frozen=True)
class Settings:
    """The settings, the file that they come from (None: the defaults), and its mistakes as `path:line: message`."""

    config: Config = field(default_factory=Config)
    file: Path | None = None
    mistakes: tuple[str, ...] = ()

    def checked(self) -> Settings:
        """Return self, or raise `ArchitraveError` with every mistake."""
        if self.mistakes:
            raise ArchitraveError("\n".join(self.mistakes))
        return self

    def baseline(self, root: Path) -> Path | None:
        """Return the baseline file: the one that is set, or else the usual name beside the configuration or at `root`."""
        if self.config.baseline:
            return (self.file.parent if self.file is not None else root) / self.config.baseline
        folders = [root] if self.file is None else [self.file.parent, root]
        return next((folder / BASELINE for folder in folders if (folder / BASELINE).is_file()), None)


def load(start: Path, *, check_rules: bool = True) -> Settings:
    """Return the settings for a folder or file. A configuration that cannot be read is a mistake, not an exception."""
    file = find(start)
    if file is None:
        return Settings()
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        return Settings(file=file, mistakes=(f"{file}: cannot be read: {error}",))
    config, mistakes = parsed(text, in_pyproject=file.name != NAME)
    if check_rules:
        _, more = selection(config, text, in_pyproject=file.name != NAME)
        mistakes = (*mistakes, *more)
    shown = (f"{file}:{mistake.line}: {mistake.message}" if mistake.line else f"{file}: {mistake.message}" for mistake in mistakes)
    return Settings(config, file, tuple(shown))


def selection(config: Config, text: str = "", *, in_pyproject: bool = False) -> tuple[Selection, tuple[Mistake, ...]]:
    """Return the rules that run with their severities and options, and what is wrong in the settings of rules."""
    prefix = ("tool", "architrave") if in_pyproject else ()
    known = known_rules()
    mistakes: list[Mistake] = []
    for key, patterns in (("select", config.select), ("ignore", config.ignore)):
        mistakes.extend(Mistake(message, line_of(text, *prefix, key)) for message in unknown_patterns(patterns, known))
    severities: dict[str, Severity] = {}
    options: dict[str, dict[str, Any]] = {}
    off: set[str] = set()
    for id, table in config.rules.items():
        at = (*prefix, "rules", id)
        if id not in known:
            mistakes.append(Mistake(unknown_key(id, known, "rule"), line_of(text, *at)))
            continue
        for key, value in table.items():
            if key == "severity":
                if value == "off":
                    off.add(id)
                elif value in SEVERITIES:
                    severities[id] = value
                else:
                    message = f"`severity` must be one of {', '.join(SEVERITIES)}, off; it is `{value}`."
                    mistakes.append(Mistake(message, line_of(text, *at, key)))
                continue
            try:
                value = option(known[id], key, value)
                options.setdefault(id, {})[key.replace("-", "_")] = value
            except ArchitraveError as error:
                mistakes.append(Mistake(str(error), line_of(text, *at, key)))
    rules = tuple(rule for rule in known.values() if is_selected(rule.id, config) and rule.id not in off)
    return Selection(rules, severities, options), tuple(mistakes)


def option(rule: Rule, key: str, value: Any) -> Any:
    """Return the value of a rule's option in its own type; a wrong name or type raises `ArchitraveError`."""
    known = {item.name: item for item in rule.options}
    item = known.get(key.replace("-", "_"))
    if item is None:
        like = nearest(key, (*known, "severity"))
        hint = f"the nearest is `{like}`" if like else f"it has: {', '.join(('severity', *known))}"
        raise ArchitraveError(f"`{rule.id}` has no option `{key}`; {hint}.")
    try:
        return msgspec.convert(value, item.type)
    except msgspec.ValidationError as error:
        raise ArchitraveError(f"`{key}` of `{rule.id}` is not right: {str(error)[0].lower()}{str(error)[1:]}.") from None


def is_selected(id: str, config: Config) -> bool:
    """Whether a rule runs: `select` names it, or is empty, and `ignore` does not; the longer pattern wins."""
    wanted = max((len(pattern) for pattern in config.select if matches(id, pattern)), default=0 if not config.select else -1)
    unwanted = max((len(pattern) for pattern in config.ignore if matches(id, pattern)), default=-1)
    return wanted >= 0 and wanted > unwanted


def matches(id: str, pattern: str) -> bool:
    """Whether an id is meant by a pattern: itself, a prefix (`data`, `data-`, `data-*`), or `all`."""
    stem = pattern.removesuffix("*").removesuffix("-")
    return id == pattern or pattern in ("all", "ALL", "*") or id.startswith(stem + "-")


def unknown_patterns(patterns: Iterable[str], known: Mapping[str, Rule]) -> list[str]:
    """Say which patterns mean no rule at all."""
    return [unknown_key(pattern, known, "rule") for pattern in patterns if not any(matches(id, pattern) for id in known)]


def with_patterns(config: Config, select: Iterable[str], ignore: Iterable[str]) -> Config:
    """Return the settings with the patterns of a command line: `select` takes the place of the file's, `ignore` adds to it."""
    select, ignore = tuple(select), tuple(ignore)
    problems = unknown_patterns((*select, *ignore), known_rules())
    if problems:
        raise ArchitraveError("\n".join(problems))
    kept = () if select else config.ignore
    return replace(config, select=select or config.select, ignore=(*kept, *ignore))
