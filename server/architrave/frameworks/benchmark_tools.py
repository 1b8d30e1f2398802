"""Benchmarks and load tests: Cargo's bench targets, scripts of npm packages, k6, Locust and JMH."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename

from architrave.facts import Fact
from architrave.facts.code import Definition, Document, Import
from architrave.facts.deployment import Benchmark
from architrave.facts.values import Mapping, Sequence, text
from architrave.framework import Decorated, File, Framework
from architrave.regexes import regex

manifests = Framework("benchmark-targets", languages=("toml", "json"))
node = Framework("k6", languages=("javascript", "typescript"), modules=("k6", "k6/http"))
python = Framework("locust", languages=("python",), modules=("locust",))
java = Framework("jmh", languages=("java",), modules=("org.openjdk.jmh.annotations",))
FRAMEWORKS = (manifests, node, python, java)

_SCRIPT = regex(r"(^|[:_-])(bench(mark)?s?|load|load-?test|stress)($|[:_-])")
_TOOLS = regex(r"\b(autocannon|artillery|k6|tinybench|mitata|hyperfine|wrk|vegeta|vitest bench|benchmark)\b|\bbench")


@manifests.every(Document)
def targets(document: Document, file: File) -> Iterator[Fact]:
    root = document.value
    if not isinstance(root, Mapping):
        return
    if basename(file.path) == "Cargo.toml":
        listed = root.get("bench")
        for target in listed.items if isinstance(listed, Sequence) else ():
            name = target.get("name") if isinstance(target, Mapping) else None
            if name is not None:
                yield Benchmark(name.span, "cargo", text(name) or "")
    elif basename(file.path) == "package.json":
        scripts = root.get("scripts")
        for entry in scripts.entries if isinstance(scripts, Mapping) else ():
            if _SCRIPT.search(entry.key) and _TOOLS.search(text(entry.value) or ""):
                yield Benchmark(entry.span, "npm", entry.key)


@node.every(Import)
def scenario(imported: Import, file: File) -> Iterator[Fact]:
    if imported.module == "k6/http":  # Once a file.
        yield Benchmark(imported.span, "k6", basename(file.path))


@python.base("locust.HttpUser", "locust.FastHttpUser", "locust.User", "locust.contrib.fasthttp.FastHttpUser")
def user(definition: Definition, file: File) -> Iterator[Fact]:
    yield Benchmark(definition.span, "locust", definition.name)


@java.decorator("org.openjdk.jmh.annotations.Benchmark")
def measured(decorated: Decorated, file: File) -> Iterator[Fact]:
    yield Benchmark(decorated[0].span, "jmh", decorated[1].name)
