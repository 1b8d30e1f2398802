"""What a request is known to lead to is a warning, and a hint where none is."""

from __future__ import annotations

import pytest

from architrave.analysis.workspace import Workspace

_DELETE = """
const {{ Pool }} = require("pg");
const pool = new Pool();

const deleteTax = async ({}) => {{
  await pool.query(`DELETE FROM taxes WHERE id = ${{req.id}}`);
}};

module.exports = deleteTax;
"""


@pytest.mark.parametrize(("parameters", "severity"), [("req, res", "warning"), ("req, pool", "hint")])
def test_what_takes_a_request_is_reached_by_one(parameters: str, severity: str) -> None:
    workspace = Workspace()
    workspace.put("src/delete-tax.js", _DELETE.format(parameters).encode())
    found = [item for item in workspace.snapshot().findings if item.rule == "sec-sql-string-build"]
    assert [item.severity or "warning" for item in found] == [severity]
