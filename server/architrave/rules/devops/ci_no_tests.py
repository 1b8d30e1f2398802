"""A pipeline ships what no step has tested.

## Why it matters
Tests that nobody has to run are run by those who remember to. A change that breaks them is built, pushed and rolled out all the same, and
the users are the first to see it; a test that runs after the deployment only says what has happened already. And an action that a pipeline
takes from a branch of somebody else's repository is whatever that branch holds today: it gets the pipeline's tokens before anybody has
looked at it.

Looked at are workflows of GitHub Actions, `.gitlab-ci.yml` and Jenkinsfiles. A service counts as tested where any step of any pipeline runs
its tests, or may: `make`, scripts, containers and templates of other repositories can do anything. Only services whose manifest names a
library for tests are asked for them. Actions by tag are fine, and `dtolnay/rust-toolchain`, whose branches are its versions.

## Example

### GitHub Actions, never tested

`go.mod`
```text
module example.com/orders

require github.com/stretchr/testify v1.10.0
```

`.github/workflows/release.yml`
```yaml
on:
  push:
    branches: [main]
jobs:
  image:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: docker/build-push-action@v6  # finding
        with:
          context: .
          push: true
```

Use instead:

`.github/workflows/release.yml`
```yaml
on:
  push:
    branches: [main]
jobs:
  image:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: go test ./...
      - uses: docker/build-push-action@v6
        with:
          context: .
          push: true
```

### GitHub Actions, too late

`package.json`
```json
{ "name": "orders", "devDependencies": { "vitest": "3" } }
```

`.github/workflows/deploy.yml`
```yaml
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: flyctl deploy --remote-only
  test:
    needs: deploy
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: npm test  # finding
```

Use instead:

`.github/workflows/deploy.yml`
```yaml
on: push
jobs:
  deploy:
    needs: test
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: flyctl deploy --remote-only
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: npm test
```

### GitHub Actions, a branch of others

`.github/workflows/ci.yml`
```yaml
on: pull_request
jobs:
  lint:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: reviewers/lint-action@main  # finding
#                                   ^^^^
  style:
    runs-on: ubuntu-latest
    steps:
      - uses: reviewers/lint-action@5f1d3c0e9a7b46d2c8e0f1a2b3c4d5e6f7a8b9c0
```

Use instead:

`.github/workflows/ci.yml`
```yaml
on: pull_request
jobs:
  lint:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: reviewers/lint-action@5f1d3c0e9a7b46d2c8e0f1a2b3c4d5e6f7a8b9c0
  style:
    runs-on: ubuntu-latest
    steps:
      - uses: reviewers/lint-action@5f1d3c0e9a7b46d2c8e0f1a2b3c4d5e6f7a8b9c0
```

### GitLab CI

`package.json`
```json
{ "name": "orders", "devDependencies": { "jest": "30" } }
```

`.gitlab-ci.yml`
```yaml
stages: [build, deploy]

image:
  stage: build
  script:
    - docker build --tag registry.example.com/orders .
    - docker push registry.example.com/orders

release:  # finding
  stage: deploy
  script:
    - helm upgrade orders ./chart
```

Use instead:

`.gitlab-ci.yml`
```yaml
stages: [test, build, deploy]

unit:
  stage: test
  script:
    - npm ci
    - npm test

image:
  stage: build
  script:
    - docker build --tag registry.example.com/orders .
    - docker push registry.example.com/orders

release:
  stage: deploy
  script:
    - helm upgrade orders ./chart
```

### Jenkins

`pom.xml`
```xml
<project>
  <artifactId>orders</artifactId>
  <dependencies>
    <dependency><groupId>org.junit.jupiter</groupId><artifactId>junit-jupiter</artifactId></dependency>
  </dependencies>
</project>
```

`Jenkinsfile`
```groovy
pipeline {
  agent any
  stages {
    stage('Package') { steps { sh 'mvn --batch-mode package -DskipTests' } }
    stage('Publish') { steps { sh 'docker build --push --tag registry.example.com/orders .' } }  // finding
  }
}
```

Use instead:

`Jenkinsfile`
```groovy
pipeline {
  agent any
  stages {
    stage('Package') { steps { sh 'mvn --batch-mode package' } }
    stage('Publish') { steps { sh 'docker build --push --tag registry.example.com/orders .' } }
  }
}
```

## Fix
In GitHub Actions a step that runs the tests of a service of Go, Rust, Maven or npm is added before the one that publishes, where the job
has checked the code out. An action by branch takes the version that the workspace uses of it elsewhere. Neither is applied unseen.

## References
OWASP Top 10 CI/CD Security Risks, CICD-SEC-1: Insufficient Flow Control Mechanisms and CICD-SEC-3: Dependency Chain Abuse · GitHub
documentation, Secure use reference: Using third-party actions · Humble and Farley, Continuous Delivery, ch. 5
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from architrave.facts.deployment import CiStep, Manifest
from architrave.facts.values import Replacement
from architrave.findings import Finding, Fix, Related
from architrave.model.graph import Model
from architrave.model.pipelines import Pipelines, Step, runs_unit_tests
from architrave.regexes import regex
from architrave.rule import fix, rule

_BRANCHES = regex(r"main|master|develop|dev|trunk|HEAD", re.IGNORECASE)
_OF_GITHUB = regex(r"^(actions|github)/|^dtolnay/rust-toolchain@|^\./|^docker://")
_COMMANDS = {"go": "go test ./...", "cargo": "cargo test", "maven": "mvn --batch-mode test", "npm": "npm ci && npm test"}


@rule(severity="warning", since="0.1")
def ci_no_tests(model: Model) -> Iterator[Finding]:
    pipelines = model.derived(Pipelines)
    yield from _untested(model, pipelines)
    yield from _too_late(model, pipelines)
    yield from _by_branch(model)


def _untested(model: Model, pipelines: Pipelines) -> Iterator[Finding]:
    steps: dict[str, list[Step]] = defaultdict(list)
    for step in pipelines.publishing:
        for service in pipelines.published(step):
            steps[service].append(step)
    shipped: dict[tuple[str, int], list[str]] = defaultdict(list)
    for service, found in sorted(steps.items()):
        if not pipelines.may_be_tested(service):
            last = max(found, key=lambda step: (bool(step.folder), step.path, step.number))
            shipped[last.path, last.number].append(service)
    for step in pipelines.publishing:
        services = shipped.get((step.path, step.number))
        if services:
            names = ", ".join(f"`{service}`" for service in services if service) or "the service"
            yield Finding(
                model.at(step.path, step.step.span),
                f"This ships {names}, and no step of a pipeline runs the tests",
                f"untested {step.step.job} {' '.join(services)}",
                ("a library for tests is among the dependencies",),
                fix=_fix(model, pipelines, step, services),
            )


def _fix(model: Model, pipelines: Pipelines, step: Step, services: list[str]) -> Fix | None:
    job = (step.path, step.step.job)
    before = [other.step for other in pipelines.steps if (other.path, other.step.job) == job and other.number < step.number]
    checked_out = any(other.uses.startswith("actions/checkout@") for other in before)
    kinds = {manifest.kind for path, manifest in model.each(Manifest) if model.services.of(path) == services[0]}
    command = _COMMANDS.get(next(iter(kinds))) if len(kinds) == 1 else None
    if len(services) > 1 or not checked_out or command is None:
        return None
    if not services[0] or (step.step.folder and step.folder == services[0]):
        folder = f"\n  working-directory: {step.step.folder}" if step.step.folder and not step.step.run else ""
    else:
        folder = f"\n  working-directory: {services[0]}"
    return fix("Run the tests first", step.path, (Replacement(step.step.span, f"- run: {command}{folder}", "before"),))


def _too_late(model: Model, pipelines: Pipelines) -> Iterator[Finding]:
    """Tests of units that run after what they test is out, where none run before."""
    for step in pipelines.testing:
        if not runs_unit_tests(step.step):
            continue
        for shipping in pipelines.publishing:
            if not pipelines.is_before(shipping, step) or not any(
                pipelines.is_about(step.folder, service) for service in pipelines.published(shipping)
            ):
                continue
            others = [other for other in pipelines.testing if other is not step and not pipelines.is_before(shipping, other)]
            if not others and not _is_shipping(pipelines, step):
                yield Finding(
                    model.at(step.path, step.step.span),
                    "These tests run when what they test is out already",
                    f"late {step.step.job} {step.step.name}",
                    (f"`{shipping.step.job or shipping.step.name}` ships it before",),
                    (Related(model.at(shipping.path, shipping.step.span), "It is shipped here"),),
                )
                break


def _is_shipping(pipelines: Pipelines, step: Step) -> bool:
    return any(other.path == step.path and other.number == step.number for other in pipelines.publishing)


def _by_branch(model: Model) -> Iterator[Finding]:
    versions: dict[str, set[str]] = defaultdict(set)
    steps: list[tuple[str, CiStep]] = []
    for path, step in model.each(CiStep):
        action, found, version = step.uses.rpartition("@")
        if not found or _OF_GITHUB.search(step.uses):
            continue
        if _BRANCHES.fullmatch(version):
            steps.append((path, step))
        else:
            versions[action].add(version)
    for path, step in steps:
        action, _, branch = step.uses.rpartition("@")
        known = versions.get(action, set())
        version = next(iter(known)) if len(known) == 1 else ""
        mend = [Replacement(step.reference_span, version)] if version and step.reference_span is not None else []
        yield Finding(
            model.at(path, step.reference_span or step.span),
            f"`{action}` is whatever its branch `{branch}` holds when the pipeline runs",
            f"action {step.uses}",
            (f"`@{version}` is taken elsewhere",) if version else ("neither a tag nor a commit",),
            fix=fix(f"Take `{action}@{version}`", path, mend),
            severity="information",
            cause=step.uses,
        )
