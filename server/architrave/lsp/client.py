"""What the client says it can do, read once from `initialize`. A client that says nothing can do nothing optional."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lsprotocol import types

from architrave.lsp.positions import Encoding


@dataclass(frozen=True)
class Client:
    """Booleans are named as statements: what is not said is False."""

    encoding: Encoding = "utf-16"
    has_configuration: bool = False
    has_progress: bool = False
    has_show_document: bool = False
    has_markdown: bool = False
    pulls_diagnostics: bool = False
    refreshes_lenses: bool = False
    registers_watchers: bool = False
    watches_elsewhere: bool = False  # Also outside of what it has opened.
    registers_configuration: bool = False
    sees_versions: bool = False
    sees_related: bool = False
    sees_code_description: bool = False
    sees_data: bool = False
    sees_tags: bool = False
    has_action_literals: bool = False
    has_preferred: bool = False
    resolves_edits: bool = False
    has_document_changes: bool = False
    creates_files: bool = False
    has_annotations: bool = False
    applies_edits: bool = False
    knows_agents: bool = False  # docs/lsp-extensions.md
    shows_streams: bool = False
    shows_status: bool = False
    shows_proposals: bool = False
    key_command: str = ""  # What it calls its command that sets the key of the agents.


def read(capabilities: types.ClientCapabilities) -> Client:
    extensions = capabilities.experimental.get("architrave") if isinstance(capabilities.experimental, dict) else None
    known = extensions if isinstance(extensions, dict) else {}
    return Client(
        encoding=_encoding(_at(capabilities, "general", "position_encodings") or ()),
        has_configuration=bool(_at(capabilities, "workspace", "configuration")),
        has_progress=bool(_at(capabilities, "window", "work_done_progress")),
        has_show_document=bool(_at(capabilities, "window", "show_document", "support")),
        has_markdown="markdown" in (_at(capabilities, "text_document", "hover", "content_format") or ()),
        # One that cannot be told to ask again would show old findings in a file whenever another one is edited: it is sent them.
        pulls_diagnostics=_at(capabilities, "text_document", "diagnostic") is not None
        and bool(_at(capabilities, "workspace", "diagnostics", "refresh_support")),
        refreshes_lenses=bool(_at(capabilities, "workspace", "code_lens", "refresh_support")),
        registers_watchers=bool(_at(capabilities, "workspace", "did_change_watched_files", "dynamic_registration")),
        watches_elsewhere=bool(_at(capabilities, "workspace", "did_change_watched_files", "relative_pattern_support")),
        registers_configuration=bool(_at(capabilities, "workspace", "did_change_configuration", "dynamic_registration")),
        sees_versions=bool(_at(capabilities, "text_document", "publish_diagnostics", "version_support")),
        sees_related=_either(capabilities, "related_information"),
        sees_code_description=_either(capabilities, "code_description_support"),
        sees_data=_either(capabilities, "data_support"),
        sees_tags=bool(
            _at(capabilities, "text_document", "publish_diagnostics", "tag_support")
            or _at(capabilities, "text_document", "diagnostic", "tag_support")
        ),
        has_action_literals=_at(capabilities, "text_document", "code_action", "code_action_literal_support") is not None,
        has_preferred=bool(_at(capabilities, "text_document", "code_action", "is_preferred_support")),
        resolves_edits="edit" in (_at(capabilities, "text_document", "code_action", "resolve_support", "properties") or ()),
        has_document_changes=bool(_at(capabilities, "workspace", "workspace_edit", "document_changes")),
        creates_files="create" in (_at(capabilities, "workspace", "workspace_edit", "resource_operations") or ()),
        has_annotations=_at(capabilities, "workspace", "workspace_edit", "change_annotation_support") is not None,
        applies_edits=bool(_at(capabilities, "workspace", "apply_edit")),
        knows_agents=isinstance(extensions, dict),
        shows_streams=known.get("stream") is True,
        shows_status=known.get("status") is True,
        shows_proposals=known.get("proposals") is True,
        key_command=command if isinstance(command := known.get("keyCommand"), str) else "",
    )


def _either(capabilities: types.ClientCapabilities, name: str) -> bool:
    """A client that pulls says it of pulled diagnostics, an older one only of published ones."""
    return any(bool(_at(capabilities, "text_document", kind, name)) for kind in ("publish_diagnostics", "diagnostic"))


def _encoding(offered: Iterable[str]) -> Encoding:
    """The first that the client names, for it names them in order of preference; UTF-16 is what every client must know."""
    known: dict[str, Encoding] = {"utf-8": "utf-8", "utf-16": "utf-16", "utf-32": "utf-32"}
    names = (str(getattr(item, "value", item)) for item in offered)
    return next((known[name] for name in names if name in known), "utf-16")


def _at(value: Any, *names: str) -> Any:
    for name in names:
        value = getattr(value, name, None)
        if value is None:
            return None
    return value
