"""Agent cards: who an agent is, in Markdown with YAML front matter, as coding agents write their sub-agents.

Descriptions in the wild are one long line with colons and tags in it, which strict YAML refuses; so the front matter is read by what it
is: names, each with a text, a list, or an indented block. What cannot be read is told with its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path

from architrave.errors import nearest
from architrave_agents.folders import config_folder

FIRST = "backend-system-architect"
FIELDS = ("name", "description", "tools", "model", "color")
# In the order in which they are looked for; the first card of a name counts.
_OF_WORKSPACE = (".architrave/agents", ".claude/agents")
_MOST_BYTES = 200_000


@dataclass(frozen=True)
class AgentCard:
    """`tools` is None where the card does not limit them. `is_own` is False for a card that a workspace brings."""

    name: str
    description: str
    prompt: str
    tools: tuple[str, ...] | None = None
    model: str = ""
    color: str = ""
    source: str = ""
    is_own: bool = True
    problems: tuple[str, ...] = ()


def known_cards(root: Path | None) -> dict[str, AgentCard]:
    """Return the cards by name: those of the workspace come before the user's, and these before ours.

    A card of the workspace has no tool that the card of that name would not have without it; a new one, none that our first has not.
    """
    found: dict[str, AgentCard] = {}
    own: dict[str, AgentCard] = {}
    for card in _all(root):
        found.setdefault(card.name, card)
        if card.is_own:
            own.setdefault(card.name, card)
    return {name: card if card.is_own else _narrowed(card, own.get(name) or own[FIRST]) for name, card in found.items()}


def _narrowed(card: AgentCard, own: AgentCard) -> AgentCard:
    if own.tools is None or card.tools is None:
        return replace(card, tools=own.tools if card.tools is None else card.tools)
    wider = [name for name in card.tools if name.partition("(")[0] not in own.tools]
    if not wider:
        return card
    problem = f"{card.source}: a card of the workspace has no more tools than `{own.name}` has without it; left out: {', '.join(wider)}"
    return replace(card, tools=tuple(name for name in card.tools if name not in wider), problems=(*card.problems, problem))


def _all(root: Path | None) -> Iterator[AgentCard]:
    if root is not None:
        for folder in _OF_WORKSPACE:
            yield from _in_folder(root / folder, folder, is_own=False, within=root)
    own = config_folder() / "agents"
    yield from _in_folder(own, str(own), is_own=True, within=None)
    for resource in sorted(files("architrave_agents").joinpath("cards").iterdir(), key=lambda item: item.name):
        if resource.name.endswith(".md"):
            yield parsed(resource.read_text(encoding="utf-8"), f"architrave:{resource.name}", resource.name.removesuffix(".md"))


def _in_folder(folder: Path, shown: str, *, is_own: bool, within: Path | None) -> Iterator[AgentCard]:
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".md")
    except OSError:
        return
    for path in paths:
        source = f"{shown}/{path.name}"
        try:
            if within is not None and within.resolve() not in path.resolve().parents:
                yield _broken(path.stem, source, "it leads out of the workspace", is_own)
                continue
            if path.stat().st_size > _MOST_BYTES:
                yield _broken(path.stem, source, "it is too long for a card", is_own)
                continue
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            yield _broken(path.stem, source, f"it cannot be read: {error}", is_own)
            continue
        yield parsed(text, source, path.stem, is_own=is_own)


def _broken(name: str, source: str, why: str, is_own: bool) -> AgentCard:
    return AgentCard(name, "", "", source=source, is_own=is_own, problems=(f"{source}: {why}",))


def is_broken(card: AgentCard) -> bool:
    return not card.prompt


def parsed(text: str, source: str, stem: str, *, is_own: bool = True) -> AgentCard:
    """Return the card that a text is. One that cannot be used has problems and no prompt."""
    reader = _Reader(source)
    values, body, start = reader.front_matter(text.removeprefix("\ufeff").replace("\r\n", "\n"))
    prompt = body.strip()
    name = values.get("name", "").strip()
    if values and not re.fullmatch(r"[\w.-]{1,80}", name):
        reader.note(reader.lines.get("name", 1), f"`name` is {f'`{name}`' if name else 'missing'}; it is a word such as `{stem}`")
    if values and not values.get("description", "").strip():
        reader.note(reader.lines.get("description", 1), "`description` is missing: it says when this agent is to be used")
    if values and not prompt:
        reader.note(start, "there is no text below the front matter: it is what the agent is told")
    is_good = not reader.problems
    for key in values:
        if key not in FIELDS:
            like = nearest(key, FIELDS)
            reader.note(reader.lines[key], f"there is no field `{key}`" + (f"; the nearest is `{like}`" if like else "; it is left out"))
    return AgentCard(
        name=name if is_good else stem,
        description=values.get("description", "").replace("\\n", "\n").strip(),
        prompt=prompt if is_good else "",
        tools=_listed(values["tools"]) if "tools" in values else None,
        model=values.get("model", "").strip(),
        color=values.get("color", "").strip(),
        source=source,
        is_own=is_own,
        problems=tuple(reader.problems),
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip().strip("'\"") for part in re.split(r"[,\n]", text.strip("[] \n")) if part.strip()))


@dataclass
class _Reader:
    source: str
    problems: list[str] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)  # Of each field, from 1.

    def note(self, line: int, message: str) -> None:
        self.problems.append(f"{self.source}:{line}: {message}")

    def front_matter(self, text: str) -> tuple[dict[str, str], str, int]:
        """Return the fields, the text below them, and the line on which that starts."""
        lines = text.split("\n")
        if lines[0].rstrip() != "---":
            self.note(1, "a card begins with `---` and its `name` and `description`")
            return {}, text, 1
        end = next((index for index, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
        if end is None:
            self.note(1, "the front matter has no end: a second `---` is missing")
            return {}, "", 1
        values: dict[str, str] = {}
        at = 1
        while at < end:
            line = lines[at]
            match = re.match(r"([A-Za-z][\w-]*)[ \t]*:(?:[ \t]+(.*)|$)", line)
            if match is None:
                if line.strip() and not line.lstrip().startswith("#"):
                    self.note(at + 1, f"this is no `name: value`: {line.strip()[:60]}")
                at += 1
                continue
            key = match[1].lower()
            following = at + 1
            while following < end and (not lines[following].strip() or lines[following][0] in " \t" or lines[following].startswith("- ")):
                following += 1
            if key in values:
                self.note(at + 1, f"`{key}` is there twice; the first counts")
            else:
                self.lines[key] = at + 1
                values[key] = self._value(at + 1, match[2] or "", lines[at + 1 : following])
            at = following
        return values, "\n".join(lines[end + 1 :]), end + 2

    def _value(self, line: int, first: str, more: list[str]) -> str:
        first = first.strip()
        body = [item.strip() for item in more]
        if re.fullmatch(r"[|>][+-]?\d*", first):
            indent = min((len(item) - len(item.lstrip()) for item in more if item.strip()), default=0)
            cut = [item[indent:].rstrip() for item in more]
            return "\n".join(cut).strip() if first[0] == "|" else re.sub(r"(?<!\n)\n(?!\n)", " ", "\n".join(cut)).strip()
        if not first and any(item.startswith("- ") for item in body):
            return "\n".join(item.removeprefix("- ").strip() for item in body if item)
        whole = " ".join([first, *body]).strip() if body else first
        if whole[:1] in ("'", '"') and (len(whole) < 2 or whole[-1] != whole[0]):
            self.note(line, f"a quotation that begins with {whole[0]} has no end")
            return whole[1:]
        if len(whole) >= 2 and whole[0] == whole[-1] and whole[0] in "'\"":
            return whole[1:-1].replace("''", "'") if whole[0] == "'" else whole[1:-1].replace('\\"', '"')
        if whole.startswith("[") and not whole.endswith("]"):
            self.note(line, "a list that begins with [ has no end")
        return re.sub(r"\s+#.*$", "", whole) if len(whole) < 80 else whole
