"""What is no route of Express: the marks of fixtures say only what is there."""

from __future__ import annotations

import pytest

from architrave.analysis.workspace import Workspace
from architrave.facts.api import Route

_IMPORTS = 'import { api, router, server } from "./client";\nimport { list } from "./orders";\n'


@pytest.mark.parametrize(
    "code",
    [
        'export function create(order: Order) { return api.post("/orders", order); }',
        'export function change() { const body = { total: 1 }; server.put("/orders", body); }',
        'export async function read() { return await router.get("/orders", list); }',
    ],
)
def test_a_request_through_a_client_is_no_route(code: str) -> None:
    workspace = Workspace()
    workspace.put("src/api.ts", (_IMPORTS + code).encode())
    assert not [fact for fact in workspace.facts("src/api.ts") if isinstance(fact, Route)]
