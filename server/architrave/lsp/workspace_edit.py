"""Changed texts as a `WorkspaceEdit` that the client can apply: versioned and annotated where it understands that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from architrave.lsp.positions import Lines

if TYPE_CHECKING:
    from architrave.lsp.client import Client
    from architrave.lsp.folder import Folder

_ANNOTATION = "architrave"


def workspace_edit(
    folder: Folder,
    client: Client,
    texts: Mapping[str, bytes],
    label: str,
    *,
    is_safe: bool,
    description: str = "Look before you accept it: behaviour may change.",
) -> dict[str, Any] | None:
    """Return the edit that gives files these texts, or None when the client cannot make a new file that it needs."""
    from architrave.analysis.trying import differences

    is_annotated = client.has_annotations and client.has_document_changes and not is_safe
    plain: dict[str, list[dict[str, Any]]] = {}
    versioned: list[dict[str, Any]] = []
    for path, new in sorted(texts.items()):
        taken = folder.taken.get(path)
        uri = folder.uri_for(path)
        old = folder.text(path)
        if old is None:
            if not (client.creates_files and client.has_document_changes):
                return None
            annotated = {"annotationId": _ANNOTATION} if is_annotated else {}
            versioned.append({"kind": "create", "uri": uri, "options": {"ignoreIfExists": True}, **annotated})
        lines = taken.lines if taken is not None else Lines(old or b"", client.encoding)
        edits = [
            {
                "range": lines.range(span),
                "newText": text.decode("utf-8", "replace"),
                **({"annotationId": _ANNOTATION} if is_annotated else {}),
            }
            for span, text in differences(old or b"", new)
        ]
        plain[uri] = edits
        versioned.append({"textDocument": {"uri": uri, "version": taken.version if taken is not None else None}, "edits": edits})
    if not client.has_document_changes:
        return {"changes": plain}
    if not is_annotated:
        return {"documentChanges": versioned}
    annotation = {"label": label, "needsConfirmation": True, "description": description}
    return {"documentChanges": versioned, "changeAnnotations": {_ANNOTATION: annotation}}
