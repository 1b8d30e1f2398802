"""What runs before the eyes of a person, in a browser or a terminal, where much of what holds for servers does not matter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from posixpath import dirname

from architrave.facts.deployment import Manifest
from architrave.model.graph import Model, by_value

_PAGES = frozenset({"react", "react-dom", "vue", "svelte", "@angular/core", "solid-js", "preact", "react-native"})
_SERVERS = frozenset({"express", "fastify", "koa", "@nestjs/core", "hono", "@hapi/hapi", "pg", "prisma", "@prisma/client", "typeorm"})

_RENDERERS = frozenset({"next", "nuxt", "@remix-run/node", "@react-router/node", "@sveltejs/kit", "astro", "@angular/ssr", "gatsby"})
_STATIC = frozenset({"@sveltejs/adapter-static"})  # All that it would render, it renders when the pages are built.
_TERMINALS = frozenset({"commander", "yargs", "@oclif/core", "inquirer", "@inquirer/prompts", "prompts", "cac", "meow", "clipanion"})


_SCRIPTS = frozenset({"javascript", "typescript"})  # A server in another language may lie beside its pages, in one package.


def is_in(model: Model, path: str, services: Callable[[Model], frozenset[str]]) -> bool:
    """Whether a script is of one of the services that a view of this module gives."""
    return model.files.get(path) in _SCRIPTS and model.services.of(path) in model.derived(services)


@by_value
def pages(model: Model) -> frozenset[str]:
    """The services whose packages are those of pages and of no server."""
    return frozenset(service for service, names in _used(model).items() if names & _PAGES and not names & _SERVERS)


@by_value
def browsers(model: Model) -> frozenset[str]:
    """The services of which nothing runs on a server: pages that no framework renders there."""
    used = _used(model).items()
    return frozenset(
        service for service, names in used if names & _PAGES and not names & _SERVERS and (names & _STATIC or not names & _RENDERERS)
    )


@by_value
def terminals(model: Model) -> frozenset[str]:
    """The services that have commands for a terminal."""
    return frozenset(service for service, names in _used(model).items() if names & _TERMINALS)


def _used(model: Model) -> dict[str, set[str]]:
    used: dict[str, set[str]] = defaultdict(set)
    for path, manifest in model.each(Manifest):
        used[dirname(path)].update(manifest.dependencies)
    return used
