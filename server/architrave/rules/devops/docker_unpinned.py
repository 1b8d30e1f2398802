"""An image is taken without saying which version.

## Why it matters
`latest` is whatever was pushed last. Tomorrow's build of the same commit has another runtime in it, two copies of one service may run two
versions, and a roll-back does not roll it back. The day a new major version comes out, builds break that nobody has touched.

The stages of Dockerfiles are looked at, and what compose files and Kubernetes run that this workspace does not build. An image with a
digest or any other tag is fine, and so is one whose tag a variable gives; images that have no tags for their versions, such as distroless
ones, are left out, and so are files for development, tools such as Adminer, emulators, and stages that do no more than unpack files.

## Example

### Docker

`Dockerfile`
```dockerfile
FROM node AS build  # finding
COPY . .
RUN npm ci && npm run build

FROM node:22-slim
COPY --from=build dist dist
USER node
CMD ["node", "dist/server.js"]
```

Use instead:

`Dockerfile`
```dockerfile
FROM node:22-slim AS build
COPY . .
RUN npm ci && npm run build

FROM node:22-slim
COPY --from=build dist dist
USER node
CMD ["node", "dist/server.js"]
```

### Compose

`compose.yaml`
```yaml
services:
  cache:
    image: redis:latest  # finding
  queue:
    image: rabbitmq:4.1
```

Use instead:

`compose.yaml`
```yaml
services:
  cache:
    image: redis:8.2
  queue:
    image: rabbitmq:4.1
```

### Kubernetes

`deploy/cache.yaml`
```yaml
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: cache
spec:
  template:
    spec:
      containers:
        - name: cache
          image: redis  # finding
```

`compose.yaml`
```yaml
services:
  cache:
    image: redis:8.2
```

Use instead:

`deploy/cache.yaml`
```yaml
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: cache
spec:
  template:
    spec:
      containers:
        - name: cache
          image: redis:8.2
```

## Fix
Where the workspace takes the same image with one tag elsewhere, that tag is written here too. It is not applied unseen: this image may be
another version on purpose.

## References
hadolint DL3006, DL3007 · kube-linter latest-tag · Docker documentation, Building best practices: Pin base image versions
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from architrave.facts.deployment import Stage, Workload
from architrave.facts.values import Replacement
from architrave.findings import Finding
from architrave.model.graph import Model
from architrave.model.tools import is_for_development
from architrave.regexes import regex
from architrave.rule import fix, rule
from architrave.text import Span

_UNTAGGED = regex(r"^(?P<name>(?:[\w.-]+(?::\d+)?/)*[\w.-]+)(?::latest)?$")  # localhost:5000/shop/orders
_WITHOUT_VERSIONS = regex(r"(^|/)(scratch|distroless|chainguard|wolfi-base|static|hello-world)(/|:|$)|cgr\.dev/|/distroless/")
# What others publish: any other bare name may be an image of the workspace that is tagged when it is deployed.
_PUBLISHED = regex(
    r"(redis|valkey|postgres|mysql|mariadb|mongo|rabbitmq|nginx|httpd|caddy|traefik|haproxy|memcached|elasticsearch|kibana|logstash|zookeeper"
    r"|cassandra|neo4j|influxdb|telegraf|consul|vault|nats|eclipse-mosquitto|kong|keycloak|minio|node|python|golang|ruby|php|openjdk"
    r"|eclipse-temurin|amazoncorretto|alpine|debian|ubuntu|busybox|docker|registry|solr|couchdb|cockroachdb|clickhouse|timescaledb)"
    r"|[a-z][a-z0-9-]*/[\w-]+"
)
# What only developers look at.
_TOOLS = regex(
    r"(^|/)(mailpit|mailhog|maildev|mailcatcher|adminer|pgadmin4?|mongo-express|phpmyadmin|redis-?commander|redisinsight|localstack"
    r"|[\w-]*(emulator|simulator)[\w-]*|azurite|fake-gcs-server|dynamodb-local|elasticmq(-native)?|moto|binfmt|stripe-mock|wiremock|mockserver)$"
)


@rule(severity="warning", since="0.1")
def docker_unpinned(model: Model) -> Iterator[Finding]:
    tags: dict[str, set[str]] = defaultdict(set)
    for image in (*model.in_each(Stage, _image), *model.in_each(Workload, _image)):
        name, _, tag = image.rpartition(":")
        if name and re.search(r"^[^/@$]*\d[^/@$]*$", tag):
            tags[name].add(tag)
    own = {running.workload.image.partition(":")[0] for running in model.services.running if running.service is not None}
    for path, stage in model.each(Stage):
        if stage.only_unpacks:  # Whatever is pushed next can do that as well.
            continue
        yield from _unpinned(model, path, stage.image_span, stage.image, tags, own, None)
    for running in model.services.running:
        name = running.workload.image.removesuffix(":latest")
        if running.service is None and not running.workload.build and _PUBLISHED.fullmatch(name):
            severity = "information" if running.workload.kind == "compose" else None
            yield from _unpinned(model, running.path, running.workload.image_span, running.workload.image, tags, own, severity)


def _image(model: Model, path: str, item: Stage | Workload) -> Iterator[str]:
    yield item.image


def _unpinned(
    model: Model, path: str, span: Span | None, image: str, tags: dict[str, set[str]], own: set[str], severity: str | None
) -> Iterator[Finding]:
    match = _UNTAGGED.match(image)
    if span is None or match is None or match["name"] in own or is_for_development(path):
        return
    if _WITHOUT_VERSIONS.search(image) or _TOOLS.search(match["name"]):
        return
    known = tags.get(match["name"], set())
    tag = next(iter(known)) if len(known) == 1 else ""
    yield Finding(
        model.at(path, span),
        f"`{image}` is whichever version was pushed last",
        f"image {match['name']}",
        (f"`{match['name']}:{tag}` is taken elsewhere",) if tag else ("no tag",),
        fix=fix(f"Take `{match['name']}:{tag}`", path, [Replacement(span, f"{match['name']}:{tag}")] if tag else ()),
        severity=severity,  # type: ignore[arg-type]
        cause=match["name"],
    )
