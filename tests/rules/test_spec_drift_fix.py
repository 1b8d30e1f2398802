"""A stub that the fix of `api-spec-drift-missing-op` writes into a description in JSON leaves it readable."""

from __future__ import annotations

import json

from architrave.testing import applied, snapshot

APP = 'from flask import Flask\n\napp = Flask(__name__)\n\n@app.route("/a")\ndef a(): ...\n\n@app.route("/a/<id>", methods=["POST"])\ndef b(id): ...\n'
DESCRIPTION = {"openapi": "3.0.3", "info": {"title": "A"}, "paths": {"/a": {"get": {}}}}


def described(text: str) -> dict[str, str]:
    files = {"app.py": APP, "openapi.json": text}
    edits = tuple(
        edit for item in snapshot(files).findings if item.rule == "api-spec-drift-missing-op" and item.fix for edit in item.fix.edits
    )
    return applied(files, edits)


def test_a_description_on_several_lines_gets_the_operation() -> None:
    paths = json.loads(described(json.dumps(DESCRIPTION, indent=2))["openapi.json"])["paths"]
    assert list(paths) == ["/a/{id}", "/a"]
    assert paths["/a/{id}"]["post"]["parameters"][0]["name"] == "id"


def test_a_description_on_one_line_is_left_alone() -> None:
    assert json.loads(described(json.dumps(DESCRIPTION))["openapi.json"]) == DESCRIPTION
