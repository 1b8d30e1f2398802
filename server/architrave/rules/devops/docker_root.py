"""A container runs as root.

## Why it matters
Whoever takes over the process — through a vulnerable dependency, a template injection, an unsafe deserialisation — is then root in the
container: free to install tools, to change every file of the image and of mounted volumes, and one kernel or runtime flaw away from
being root on the node and beside every other container there.

The final stage of the image decides. It is silent where Kubernetes (`runAsNonRoot`, `runAsUser`) or compose (`user`) sets another user
for every workload of the service, for base images that bring their own user, and for images of development and test.

## Example

### Dockerfile

`Dockerfile`
```dockerfile
FROM python:3.12-slim  # finding
WORKDIR /app
COPY . .
CMD ["python", "-m", "orders"]
```

Use instead:

`Dockerfile`
```dockerfile
FROM python:3.12-slim
WORKDIR /app
COPY . .
USER 10001
CMD ["python", "-m", "orders"]
```

### Compose

`compose.yaml`
```yaml
services:
  orders:
    build: .
```

`Dockerfile`
```dockerfile
FROM node:22-slim AS build
USER node
COPY . .

FROM node:22-slim  # finding
COPY --from=build /app /app
CMD ["node", "server.js"]
```

Use instead:

`Dockerfile`
```dockerfile
FROM node:22-slim AS build
USER node
COPY . .

FROM node:22-slim
COPY --from=build /app /app
USER node
CMD ["node", "server.js"]
```

### Kubernetes

`orders/Dockerfile`
```dockerfile
FROM node:22-slim  # finding
COPY . .
CMD ["node", "server.js"]
```

`deploy/orders.yaml`
```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: orders
spec:
  template:
    spec:
      containers:
        - name: orders
          image: registry.example.com/orders:1.4
```

Use instead:

`deploy/orders.yaml`
```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: orders
spec:
  template:
    spec:
      containers:
        - name: orders
          image: registry.example.com/orders:1.4
```

`orders/Dockerfile`
```dockerfile
FROM node:22-slim
COPY . .
USER node
CMD ["node", "server.js"]
```

### Dockerfile, a volume

`Dockerfile`
```dockerfile
FROM python:3.12-slim  # finding
WORKDIR /app
COPY . .
VOLUME ["/data", "/app/media"]
CMD ["python", "-m", "orders"]
```

Use instead:

`Dockerfile`
```dockerfile
FROM python:3.12-slim
WORKDIR /app
COPY . .
RUN mkdir -p /data /app/media && chown -R 10001 /data /app/media
VOLUME ["/data", "/app/media"]
USER 10001
CMD ["python", "-m", "orders"]
```

## Fix
Adds a `USER` before the final command: the image's own unprivileged user where it has one, a number otherwise; none for servers that need
more than that. The folders of its volumes are given to that user before they are declared. It is not applied unseen: where the process
writes to a folder that is no volume, or to a volume that is filled already, that has to be given to the user as well.

## References
hadolint DL3002 · kube-linter run-as-non-root · CWE-250: Execution with Unnecessary Privileges
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from posixpath import basename

from architrave.facts.deployment import Stage
from architrave.findings import Edit, Finding, Fix
from architrave.model.graph import Model
from architrave.model.services import Built
from architrave.model.tools import is_for_development
from architrave.regexes import regex
from architrave.rule import rule

_ROOT = regex(r"(root|0)(:.*)?$")
# Images whose user is not root, or whose entry point leaves root by itself.
_UNPRIVILEGED = regex(
    r"nonroot|unprivileged|rootless|chiseled|(^|/)bitnami(legacy)?/|(^|/)chainguard/|(^|/)(jenkins/jenkins|grafana/\w+|prom/\w+|keycloak|elasticsearch"
    r"|opensearch|kibana|logstash|selenium|sonarqube|puppeteer|cypress|solr|gradle-user)\b"
    r"|(^|/)(postgres|postgis|mysql|mariadb|mongo|redis|valkey|rabbitmq|memcached|cassandra|influxdb|consul|vault|haproxy|varnish)(:|@|$)"
    r"|aws/lambda|devcontainers?/|functions/"
)
_NOT_DEPLOYED = regex(
    r"(^|[._-])(dev|develop|development|debug|local|tests?|e2e|ci|cypress|playwright|docs?|lint|bench|builder|generator)([._-]|$)"
)
# These write to their own folders and bind low ports: another image is the remedy, not a line.
_NEEDS_MORE = regex(r"(^|/)(nginx|httpd|caddy|traefik|php|wordpress|tomcat|jetty)(:|@|$)")
_NO_SHELL = regex(r"distroless|(^|/)(scratch|static)\b")
_WORKERS_LEAVE_ROOT = regex(r"(^|/)(nginx|httpd|traefik)(:|@|$)")
_OWN_USER = (
    (regex(r"(^|/)node(:|@|$)"), "node"),
    (regex(r"distroless"), "nonroot"),
    (regex(r"dotnet/(aspnet|runtime|runtime-deps|monitor):([89]|\d\d)"), "app"),
)


@rule(severity="warning", since="0.1")
def docker_root(model: Model) -> Iterator[Finding]:
    for built in model.services.built:
        stage = built.stage
        if not _runs_as_root(stage) or _is_not_deployed(built.path) or _is_given_another_user(model, built):
            continue
        reason = f"`USER {stage.user}`" if stage.user else f"`{stage.image.partition('@')[0]}` sets no other user"
        yield Finding(
            model.at(built.path, stage.user_span if stage.user and stage.user_span is not None else stage.span),
            f"The image of `{built.service or built.path}` runs as root: {reason}",
            f"USER {built.path}",
            evidence=(f"FROM {stage.image}", f"USER {stage.user}" if stage.user else "no USER"),
            fix=_fix(model, built),
            severity="information" if _WORKERS_LEAVE_ROOT.search(stage.image) and not stage.user else None,
        )


def _fix(model: Model, built: Built) -> Fix | None:
    stage = built.stage
    if stage.end_span is None or _NEEDS_MORE.search(stage.image):
        return None
    user = next((name for image, name in _OWN_USER if image.search(stage.image)), "10001")
    is_before = stage.end_span.start == stage.end_span.end
    edit = Edit(model.at(built.path, stage.end_span), f"USER {user}", "before" if is_before else "after")
    if stage.volume_span is None:
        return Fix(f"Run as `{user}`", (edit,))
    if stage.user or _NO_SHELL.search(stage.image) or any("$" in volume for volume in stage.volumes):
        return None
    folders = " ".join(shlex.quote(volume) for volume in stage.volumes)
    owned = Edit(model.at(built.path, stage.volume_span), f"RUN mkdir -p {folders} && chown -R {user} {folders}", "before")
    return Fix(f"Run as `{user}`, which owns its volumes", (owned, edit))


def _runs_as_root(stage: Stage) -> bool:
    if stage.leaves_root and stage.command:
        return False
    if _NOT_DEPLOYED.search(stage.name.lower()):
        return False  # Another stage is what `--target` chooses for deployment.
    if stage.user:
        return _ROOT.match(stage.user) is not None
    return bool(stage.image) and "$" not in stage.image and not _UNPRIVILEGED.search(stage.image.lower()) and not _steps_down(stage)


def _steps_down(stage: Stage) -> bool:
    return any(word.rpartition("/")[2] in ("gosu", "su-exec", "setpriv", "runuser", "su", "chpst") for word in stage.command)


def _is_not_deployed(path: str) -> bool:
    return is_for_development(path) or path.endswith((".base", "-base")) or _NOT_DEPLOYED.search(basename(path).lower()) is not None


def _is_given_another_user(model: Model, built: Built) -> bool:
    """Whether Kubernetes, or else compose, sets a user for every container of the image, in at least one of its variants."""
    workloads = [running.workload for running in model.services.workloads(built.service)]
    chosen = [workload for workload in workloads if workload.kind != "compose"] or workloads
    is_set: dict[tuple[str, str], bool] = {}
    for workload in chosen:
        own = workload.runs_as_non_root or bool(workload.user and not _ROOT.match(workload.user))
        key = (workload.name, workload.container)
        is_set[key] = is_set.get(key, False) or own
    return bool(is_set) and all(is_set.values())
