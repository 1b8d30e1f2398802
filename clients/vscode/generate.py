"""Write what the extension has of the server: the settings into `package.json`, the files that its languages read into `languages.json`.

`make docs` runs this; a test holds both equal to what it would write.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec

from architrave.cli.schema import schema
from architrave.language import known_languages
from architrave.lsp.preferences import PLAIN
from architrave_agents.settings import Settings

HERE = Path(__file__).parent
PACKAGE = HERE / "package.json"
LANGUAGES = HERE / "src" / "languages.json"


def package(text: str) -> str:
    """Return a `package.json` with the settings as they are now; the rest of it stays."""
    document = json.loads(text)
    for section in document["contributes"]["configuration"]:
        if section["title"] == "Rules":
            section["properties"] = settings()
        elif section["title"] == "Agents":
            section["properties"] = {"architrave.agents": agents()}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def settings() -> dict[str, Any]:
    """Return the settings that an editor may make; the client sends only those that were made, so that else the workspace's file counts."""
    known = {name: value for name, value in schema()["properties"].items() if name.replace("-", "_") in PLAIN}
    return {f"architrave.{_camel_case(name)}": _setting(value) for name, value in known.items()}


def agents() -> dict[str, Any]:
    """Return the setting of the agents: of the user alone, for no workspace may choose where its code is sent or what is spent."""
    told = "What the agents use and may spend; docs/agents.md says what each field means. It comes before the user's `agents.toml`."
    definitions = msgspec.json.schema(Settings)["$defs"]
    properties = _inlined(definitions["Settings"], definitions)["properties"]
    known = {name: value for name, value in properties.items() if name not in ("key", "token", "isTrusted")}
    common = {"type": "object", "scope": "application", "default": {}, "additionalProperties": False}
    return {**common, "markdownDescription": told, "properties": known}


def _inlined(value: Any, definitions: dict[str, Any]) -> Any:
    """Return a schema without references, for the editor follows none, its names as settings write them."""
    if isinstance(value, list):
        return [_inlined(item, definitions) for item in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value:
        more = {name: item for name, item in value.items() if name != "$ref"}
        return _inlined({**definitions[value["$ref"].rpartition("/")[2]], **more}, definitions)
    shown = {name: _inlined(item, definitions) for name, item in value.items() if name not in ("title", "description")}
    if "properties" in value:
        shown["properties"] = {_camel_case(name): item for name, item in shown["properties"].items()}
        shown["required"] = [_camel_case(name) for name in value.get("required", ())]
    return shown


def languages() -> str:
    """Return the patterns of the files that the server reads."""
    known = known_languages()
    names = sorted({name for language in known for name in language.filenames})
    suffixes = sorted({suffix.lstrip(".") for language in known for suffix in language.suffixes})
    patterns = [f"**/*.{{{','.join(suffixes)}}}", f"**/{{{','.join(names)}}}"]
    return json.dumps({"patterns": patterns}, indent=2) + "\n"


def _setting(value: dict[str, Any]) -> dict[str, Any]:
    defaults = {"array": [], "boolean": False, "object": {}, "string": ""}
    return {**_with_markdown(value), "default": defaults[value["type"]], "scope": "resource"}


def _with_markdown(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    renamed = {"description": "markdownDescription"}
    return {(renamed.get(name, name) if isinstance(item, str) else name): _with_markdown(item) for name, item in value.items()}


def _camel_case(name: str) -> str:
    return re.sub(r"-([a-z])", lambda match: match[1].upper(), name)


if __name__ == "__main__":
    PACKAGE.write_text(package(PACKAGE.read_text(encoding="utf-8")), encoding="utf-8")
    LANGUAGES.write_text(languages(), encoding="utf-8")
