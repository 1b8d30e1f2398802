"""Pipelines: which steps publish or deploy a service, and which run its tests."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from posixpath import join, normpath
from typing import NamedTuple

from architrave.facts.deployment import CiStep, Manifest
from architrave.model.graph import Model
from architrave.regexes import regex

_PUBLISHES = regex(
    r"\bdocker (?:buildx )?build\b[^\n]*--push\b|\bdocker(?: compose|-compose|image)? push\b|\bdocker buildx bake\b[^\n]*--push\b"
    r"|\bkubectl (?:apply|set image|rollout restart|replace)\b|\bhelm (?:upgrade|install)\b"
    r"|\baws (?:ecs update-service|lambda update-function-code)\b|\bgcloud (?:run|app|functions) deploy\b"
    r"|\baz (?:webapp|containerapp|functionapp) (?:up|update|deploy)|\bvercel\b[^\n]*--prod\b|\bheroku container:release\b|\brailway up\b"
    r"|\b(?:fly|flyctl|serverless|sls|sam|cdk|wrangler|skaffold|copilot) deploy\b"
)
_PUBLISHING_ACTIONS = regex(
    r"^(azure/(k8s-deploy|webapps-deploy|container-apps-deploy-action|functions-action)|aws-actions/amazon-ecs-deploy-task-definition"
    r"|aws-actions/aws-lambda-deploy|google-github-actions/(deploy-cloudrun|deploy-appengine|deploy-cloud-functions)"
    r"|akhileshns/heroku-deploy|amondnet/vercel-action|cloudflare/wrangler-action)@",
    re.IGNORECASE,
)
_TESTS = regex(
    r"\b(tests?|pytest|py\.test|tox|nox|jest|vitest|mocha|ava|karma|rspec|phpunit|unittest|verify|check|ci:|coverage|nextest|ginkgo"
    r"|gotestsum|cypress|playwright|e2e|spec|integration|smoke)\b|\btest[:_-]|[:_-]tests?\b",
    re.IGNORECASE,
)
# Build tools that run tests unless they are told not to.
_WITH_TESTS = regex(r"\bmvnw?\b[^\n]*\b(package|verify|install|deploy)\b|\bgradlew?\b[^\n]*\bbuild\b")
_WITHOUT_TESTS = regex(r"skipTests|maven\.test\.skip|-x\s+test\b")
# What may do anything.
_OPAQUE = regex(
    r"(?:^|[;&|(])\s*(?:\w+=\S*\s+)*(?:sudo\s+)?(?:\./\S"
    r"|(?:bash|sh|node|ruby|make|just|task|earthly|bazel|bazelisk|dagger|nix|pants|rake|invoke|lage|rush|lerna|ant|nx|turbo|moon)(?=\s|$)"
    r"|python3?\s(?!-m (?:pip|venv|build)\b)|go run\s|(?:npx|pnpm|yarn)\s+(?:nx|turbo|lerna)\b)"
    r"|\.sh\b|\bdocker[ -]compose\b",
    re.MULTILINE,
)
_UNIT_TESTS = regex(
    r"^\s*(?:npm (?:run )?test|npm t|yarn (?:run )?test|pnpm (?:run )?test|go test|cargo (?:nextest|test)"
    r"|(?:python -m |uv run |poetry run )?pytest|mvn[^\n]* test|(?:\./)?gradlew?[^\n]* test)\b(?![:_-])",
    re.MULTILINE,
)
_AFTERWARDS = regex(r"e2e|end.to.end|smoke|integration|acceptance|load|perf|synthetic|regression|post", re.IGNORECASE)
_LIBRARIES = regex(
    r"(jest|vitest|mocha|ava|jasmine|@nestjs/testing|pytest|nose2|github\.com/(stretchr/testify|onsi/ginkgo(/v2)?|DATA-DOG/go-sqlmock)"
    r"|.*:(spring-boot-starter-test|junit|junit-jupiter(-\w+)?|testng)|rstest|wiremock|mockall|proptest|testcontainers)"
)
_BUILT = regex(r"\bdocker (?:buildx )?build\b(?P<rest>[^\n;&|]*)")
_CHANGED = regex(r"^\s*cd ([^\s;&|]+)", re.MULTILINE)


class Step(NamedTuple):
    """A step, the file that it stands in, its number among the steps of that, and the folder that it works in: None for any."""

    path: str
    number: int
    step: CiStep
    folder: str | None


class Pipelines:
    """The steps of all pipelines. `tested` are the services with tests, as far as their manifests name a library for them."""

    def __init__(self, model: Model) -> None:
        self.steps: tuple[Step, ...] = tuple(_steps(model))
        self._services = model.services
        self._needs: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for path, _, step, _ in self.steps:
            self._needs[path][step.job].update(step.needs)
        self.tested = frozenset(
            self._services.of(path)
            for path, manifest in model.each(Manifest)
            if any(_LIBRARIES.fullmatch(name) for name in manifest.dependencies)
        )
        self.publishing = tuple(step for step in self.steps if _publishes(step.step))
        self.testing = tuple(step for step in self.steps if _may_test(step.step))

    def published(self, step: Step) -> tuple[str, ...]:
        """Return the services with tests that a step publishes or deploys, by where it builds them."""
        folder = _built_folder(step)
        return tuple(sorted(service for service in self.tested if folder is not None and self.is_about(folder, service)))

    def may_be_tested(self, service: str) -> bool:
        """Whether a step of any pipeline runs the tests of a service, or may."""
        return any(self.is_about(step.folder, service) for step in self.testing)

    def is_about(self, folder: str | None, service: str) -> bool:
        """Whether what happens in a folder is about a service: it lies there, or round the folder."""
        if not folder or service == folder or service.startswith(f"{folder}/"):
            return True
        return self._services.of(f"{folder}/x") == service

    def is_before(self, one: Step, other: Step) -> bool:
        """Whether a step has always ended when another one of the same pipeline begins."""
        if one.path != other.path:
            return False
        if one.step.job == other.step.job:
            return one.number < other.number
        seen: set[str] = set()
        waiting = [other.step.job]
        while waiting:
            for job in self._needs[other.path][waiting.pop()] - seen:
                seen.add(job)
                waiting.append(job)
        return one.step.job in seen


def runs_unit_tests(step: CiStep) -> bool:
    """Whether a step is the run of tests that need nothing that is deployed."""
    named = " ".join((step.job, step.name, step.run))
    return _UNIT_TESTS.search(step.run) is not None and not _AFTERWARDS.search(named)


def may_do_anything(step: CiStep) -> bool:
    """Whether a step runs something that is written elsewhere and is not read."""
    if step.uses and ("@" not in step.uses or "/.github/workflows/" in step.uses):
        return not step.uses.startswith("./.github/workflows/")  # Those of the workspace are read themselves.
    return _OPAQUE.search(_joined(step.run)) is not None


def _steps(model: Model) -> Iterator[Step]:
    counts: dict[str, int] = defaultdict(int)
    for path, step in model.each(CiStep):
        counts[path] += 1
        changed = _CHANGED.search(step.run)
        written = join(step.folder, changed[1]) if changed is not None else step.folder
        yield Step(path, counts[path], step, None if "$" in written else _folder(written))


def _folder(written: str) -> str:
    plain = normpath(written) if written else ""
    return "" if plain in (".", "/") or plain.startswith(("..", "/")) else plain


def _publishes(step: CiStep) -> bool:
    if step.uses.startswith("docker/build-push-action@"):
        return dict(step.inputs).get("push", "false") != "false"
    return _PUBLISHING_ACTIONS.search(step.uses) is not None or _PUBLISHES.search(_joined(step.run)) is not None


def _may_test(step: CiStep) -> bool:
    """Whether a step runs tests, or something written elsewhere that may."""
    run = _joined(step.run)
    given = " ".join(value for _, value in step.inputs)
    if _TESTS.search(f"{run} {step.uses} {given}") or (_WITH_TESTS.search(run) and not _WITHOUT_TESTS.search(run)):
        return True
    return may_do_anything(step)


def _built_folder(step: Step) -> str | None:
    """Return the folder that a step builds from, "" for the workspace itself; None when it cannot be known."""
    if step.step.uses.startswith("docker/build-push-action@"):
        context = dict(step.step.inputs).get("context", ".")
        return None if "$" in context or "://" in context else _folder(context)
    built = _BUILT.search(_joined(step.step.run))
    if built is not None:
        context = built["rest"].split()[-1] if built["rest"].split() else "."
        if "$" in context or context.startswith("-"):
            return None
        return _folder(join(step.folder, context)) if step.folder is not None else None
    return step.folder


def _joined(run: str) -> str:
    return re.sub(r"\\\n\s*", " ", run)
