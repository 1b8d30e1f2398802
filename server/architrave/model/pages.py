"""Services that are pages: code that runs in browsers, where much of what holds for servers does not matter."""

from __future__ import annotations

from collections import defaultdict
from posixpath import dirname

from architrave.facts.deployment import Manifest
from architrave.model.graph import Model, by_value

_PAGES = frozenset({"react", "react-dom", "vue", "svelte", "@angular/core", "solid-js", "preact", "react-native"})
_SERVERS = frozenset({"express", "fastify", "koa", "@nestjs/core", "hono", "@hapi/hapi", "pg", "prisma", "@prisma/client", "typeorm"})


@by_value
def pages(model: Model) -> frozenset[str]:
    """The services whose packages are those of pages and of no server."""
    used: dict[str, set[str]] = defaultdict(set)
    for path, manifest in model.each(Manifest):
        used[dirname(path)].update(manifest.dependencies)
    return frozenset(service for service, names in used.items() if names & _PAGES and not names & _SERVERS)
