"""How grave a circle is depends on what it is made of."""

from __future__ import annotations

import pytest

from architrave.analysis.workspace import Workspace


@pytest.mark.parametrize(
    ("files", "severity"),
    [
        ({"app/a.py": "from app.b import x\ny = 1\n", "app/b.py": "from app.a import y\nx = 1\n"}, "warning"),
        ({"app/models/a.py": "from app.models.b import X\nY = 1\n", "app/models/b.py": "from app.models.a import Y\nX = 1\n"}, "hint"),
        (
            {
                "src/cases/index.ts": 'export * from "./one";\nexport * from "./two";\n',
                "src/cases/one.ts": 'import { two } from "./index";\nexport const one = () => two();\n',
                "src/cases/two.ts": "export const two = () => 2;\n",
            },
            "information",
        ),
        (
            {
                "src/cases/index.ts": 'export * from "./one";\nexport * from "./two";\n',
                "src/cases/one.ts": 'import { two } from "./two";\nexport const one = () => two();\n',
                "src/cases/two.ts": 'import { one } from "./one";\nexport const two = () => one();\n',
            },
            "warning",
        ),
    ],
    ids=["two files", "tables", "a list", "more than a list"],
)
def test_a_circle_is_as_grave_as_what_it_is_made_of(files: dict[str, str], severity: str) -> None:
    workspace = Workspace()
    for path, text in files.items():
        workspace.put(path, text.encode())
    found = [item for item in workspace.snapshot().findings if item.rule == "sys-cyclic-dependency"]
    assert [item.severity or "warning" for item in found] == [severity]
