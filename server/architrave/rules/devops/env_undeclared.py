"""Code needs an environment variable that no deployment file of its service sets.

## Why it matters
The service starts on the machine of whoever wrote the line and fails at the next deployment, or worse, goes on with an empty value. The
usual cause is a variable added to the code alone, or spelled in one way here and in another there.

It counts what compose, Kubernetes, Dockerfiles, `.env` files (examples too), Terraform and serverless files set for the service. A
variable whose reading fails when it is missing is always reported; one that is read without such need is reported when a nearly equal name
is set, or when at least four others are read and nearly all are set, and nothing in the workspace reads it with a default. It is silent
for a service that no file sets anything for, and where variables come from a file or Secret outside the workspace. What Terraform sets
counts for all services, and says that a variable is missing only where the workspace has one service that reads what is set there.

A variable that compose or Kubernetes sets for the service and nothing in the workspace reads is a hint, where nearly all others are read:
it is left over, or misspelled. Names that images, runtimes and libraries read by themselves do not count, nor do services that a shell
script starts or that are written in Java, where Spring reads what no code names.

## Options
- `ignore`: Names of variables that are set elsewhere.

## Example

### Python

`orders/settings.py`
```python
import os

DATABASE_URL = os.environ["DATABASE_URL"]
INVENTORY_URL = os.environ["INVENTROY_URL"]  # finding
#               ^^^^^^^^^^^^^^^^^^^^^^^^^^^
```

`orders/requirements.txt`
```text
fastapi
```

`orders/.env.example`
```sh
DATABASE_URL=postgresql://localhost/orders
INVENTORY_URL=http://localhost:8081
```

Use instead:

`orders/settings.py`
```python
import os

DATABASE_URL = os.environ["DATABASE_URL"]
INVENTORY_URL = os.environ["INVENTORY_URL"]
```

### Compose

`settings.py`
```python
import os

DATABASE_URL = os.environ["DATABASE_URL"]
SIGNING_KEY = os.environ["SIGNING_KEY"]  # finding
```

`compose.yaml`
```yaml
services:
  orders:
    build: .
    environment:
      DATABASE_URL: postgresql://db/orders
```

Use instead:

`compose.yaml`
```yaml
services:
  orders:
    build: .
    environment:
      DATABASE_URL: postgresql://db/orders
      SIGNING_KEY: ${SIGNING_KEY}
```

### Go

`main.go`
```go
package main

import (
        "log"
        "os"
)

func main() {
        key := os.Getenv("SIGNING_KEY")  // finding
        //               ^^^^^^^^^^^^^
        if key == "" {
                log.Fatal("SIGNING_KEY must be set")
        }
}
```

`compose.yaml`
```yaml
services:
  orders:
    build: .
    environment:
      DATABASE_URL: postgresql://db/orders
```

Use instead:

`compose.yaml`
```yaml
services:
  orders:
    build: .
    environment:
      DATABASE_URL: postgresql://db/orders
      SIGNING_KEY: ${SIGNING_KEY}
```

### TypeScript

`src/auth.ts`
```typescript
import jwt from "jsonwebtoken";

export function sign(id: string) {
  return jwt.sign({ id }, process.env.SIGNNG_KEY);  // finding
}
```

`compose.yaml`
```yaml
services:
  auth:
    build: .
    environment:
      SIGNING_KEY: ${SIGNING_KEY}
```

Use instead:

`src/auth.ts`
```typescript
import jwt from "jsonwebtoken";

export function sign(id: string) {
  return jwt.sign({ id }, process.env.SIGNING_KEY);
}
```

### Java

`src/main/resources/application.yml`
```yaml
spring:
  datasource:
    url: ${DATABASE_URL}
shop:
  signing-key: ${SIGNING_KEY}  # finding
```

`pom.xml`
```xml
<project>
  <artifactId>orders</artifactId>
</project>
```

`compose.yaml`
```yaml
services:
  orders:
    build: .
    environment:
      DATABASE_URL: jdbc:postgresql://db/orders
```

Use instead:

`compose.yaml`
```yaml
services:
  orders:
    build: .
    environment:
      DATABASE_URL: jdbc:postgresql://db/orders
      SIGNING_KEY: ${SIGNING_KEY}
```

### Rust

`src/main.rs`
```rust
use std::env;

fn main() {
    let key = env::var("SIGNING_KEY").expect("SIGNING_KEY must be set");  // finding
    //                 ^^^^^^^^^^^^^
    serve(&key);
}
```

`compose.yaml`
```yaml
services:
  orders:
    build: .
    environment:
      DATABASE_URL: postgresql://db/orders
```

Use instead:

`compose.yaml`
```yaml
services:
  orders:
    build: .
    environment:
      DATABASE_URL: postgresql://db/orders
      SIGNING_KEY: ${SIGNING_KEY}
```

### Kubernetes

`orders/settings.py`
```python
import os

DATABASE_URL = os.environ["DATABASE_URL"]
INVENTORY_URL = os.environ["INVENTROY_URL"]  # finding
```

`orders/Dockerfile`
```dockerfile
FROM python:3.12-slim
COPY . .
USER 10001
CMD ["python", "-m", "orders"]
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
          env:
            - name: DATABASE_URL
              valueFrom: {secretKeyRef: {name: orders, key: database-url}}
            - name: INVENTORY_URL
              value: http://inventory
```

Use instead:

`orders/settings.py`
```python
import os

DATABASE_URL = os.environ["DATABASE_URL"]
INVENTORY_URL = os.environ["INVENTORY_URL"]
```

### Kubernetes, set and never read

`orders/settings.py`
```python
import os

DATABASE_URL = os.environ["DATABASE_URL"]
INVENTORY_URL = os.environ["INVENTORY_URL"]
SIGNING_KEY = os.environ["SIGNING_KEY"]
MAIL_HOST = os.environ["MAIL_HOST"]
```

`orders/Dockerfile`
```dockerfile
FROM python:3.12-slim
COPY . .
USER 10001
CMD ["python", "-m", "orders"]
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
          env:
            - {name: DATABASE_URL, value: "postgresql://db/orders"}
            - {name: INVENTORY_URL, value: "http://inventory"}
            - {name: SIGNING_KEY, valueFrom: {secretKeyRef: {name: orders, key: signing-key}}}
            - {name: MAIL_HOST, value: mail}
            - {name: PAYMENTS_URL, value: "http://payments"}  # finding
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
          env:
            - {name: DATABASE_URL, value: "postgresql://db/orders"}
            - {name: INVENTORY_URL, value: "http://inventory"}
            - {name: SIGNING_KEY, valueFrom: {secretKeyRef: {name: orders, key: signing-key}}}
            - {name: MAIL_HOST, value: mail}
```

### Terraform

`report/handler.py`
```python
import os

TABLE = os.environ["TABLE"]
BUCKET = os.environ["REPORTS_BUKCET"]  # finding
```

`main.tf`
```hcl
resource "aws_lambda_function" "report" {
  function_name = "report"

  environment {
    variables = {
      TABLE          = "reports"
      REPORTS_BUCKET = aws_s3_bucket.reports.id
    }
  }
}
```

Use instead:

`report/handler.py`
```python
import os

TABLE = os.environ["TABLE"]
BUCKET = os.environ["REPORTS_BUCKET"]
```

### Serverless

`handler.py`
```python
import os

TABLE = os.environ["TABLE"]
SIGNING_KEY = os.environ["SIGNING_KEY"]  # finding
```

`serverless.yml`
```yaml
service: orders
provider:
  name: aws
  environment:
    TABLE: orders
functions:
  create:
    handler: handler.create
```

Use instead:

`serverless.yml`
```yaml
service: orders
provider:
  name: aws
  environment:
    TABLE: orders
    SIGNING_KEY: ${env:SIGNING_KEY}
functions:
  create:
    handler: handler.create
```

## Fix
Reads the nearly equal variable instead; where there is none, adds the variable to the `.env` file, or else to the compose file or that of
the Serverless Framework, that sets the others. None for a variable that is never read.

## References
The Twelve-Factor App, III. Config
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from posixpath import basename

from architrave.facts.deployment import Manifest, SettingRead
from architrave.findings import Edit, Finding, Fix, Related
from architrave.model.deployment import Declared, Settings
from architrave.model.graph import Model
from architrave.model.new_settings import beside, last_setting
from architrave.model.tools import is_test, is_tool
from architrave.regexes import regex
from architrave.rule import fix, rule
from architrave.text import Location, Span

# Set by the system, the shell, the platform, or the run of a tool.
_GIVEN = regex(
    r"PATH|HOME|USER|USERNAME|SHELL|PWD|LANG|LC_\w+|TZ|TERM|TMPDIR|TEMP|TMP|HOSTNAME|COMPUTERNAME|HOST|PORT|CI|NODE_ENV|LOG_LEVEL|DEBUG|NO_COLOR|FORCE_COLOR"
    r"|EDITOR|DISPLAY|SSH_\w+|XDG_\w+|APPDATA|LOCALAPPDATA|USERPROFILE|SystemRoot|WINDIR|OS|GOPATH|GOROOT|CARGO_\w+|OUT_DIR|RUST_\w+|JAVA_HOME"
    r"|PYTHON\w+|VIRTUAL_ENV|PYTEST_\w+|DJANGO_SETTINGS_MODULE|npm_\w+|JEST_\w+|VITEST\w*|GITHUB_\w+|GITLAB_\w+|CI_\w+|BUILD_\w+|RUNNER_\w+"
    r"|KUBERNETES_\w+|AWS_\w+|ECS_\w+|LAMBDA_\w+|_HANDLER|GOOGLE_\w+|GCP_\w+|GCLOUD_\w+|K_\w+|CLOUD_RUN_\w+|GAE_\w+|FUNCTION_\w+|AZURE_\w+|WEBSITE_\w+"
    r"|FUNCTIONS_\w+|VERCEL\w*|NETLIFY\w*|HEROKU_\w+|DYNO|RENDER_\w+|FLY_\w+|RAILWAY_\w+|OTEL_\w+|DD_\w+|SENTRY_\w+|(HTTPS?|NO|ALL)_PROXY|https?_proxy|no_proxy"
)
_SWITCH = regex(r"(SKIP|DISABLE|ENABLE|FORCE|ALLOW|USE|NO|IS|WITH|TEST)_.*|.*_(ENABLED|DISABLED|DEBUG|VERBOSE)")
# Keys of those who only look on: a service without one reports to nobody, on purpose.
_OPTIONAL = regex(
    r"SEGMENT|MIXPANEL|POSTHOG|AMPLITUDE|HEAP_|HOTJAR|PLAUSIBLE|MATOMO|NEW_?RELIC|BUGSNAG|ROLLBAR|HONEYBADGER|HONEYCOMB|AIRBRAKE|DATADOG|ANALYTICS"
    r"|TELEMETRY|GA_|GTM_|GOOGLE_ANALYTICS|LAUNCH_?DARKLY|LOGROCKET|PYROSCOPE"
)
# Read by images, runtimes and libraries, which no code shows.
_FOR_OTHERS = regex(
    r"(POSTGRES|PG|MYSQL|MARIADB|MONGO|REDIS|RABBITMQ|KAFKA|MINIO|NODE|NPM|YARN|NEXT|NUXT|VITE|REACT|PYTHON|PIP|UV|POETRY|UVICORN|GUNICORN|WEB"
    r"|FLASK|DJANGO|CELERY|JAVA|JVM|JDK|SPRING|GO|GODEBUG|GOMEMLIMIT|GOGC|GRPC|GIN|MALLOC|LD|SSL|CURL|REQUESTS|NGINX|TRAEFIK|LETSENCRYPT"
    r"|VIRTUAL|PRISMA|TYPEORM|DOTNET|ASPNETCORE|ROCKET|APP|TINI|S6)(_.*|[A-Z]*OPT(ION)?S)?|.*_(FILE|OPTS|OPTIONS|ARGS)|_.*"
)
# What starts a service without a script that may read variables too.
_RUNTIME = regex(r"python[\d.]*|node|bun|deno|uvicorn|gunicorn|hypercorn|granian|fastapi|flask|celery")
_FEWEST, _SHARE = 4, 0.9  # Where nearly all of what is read is set, what is not set stands out.

_OFFSETS = {0: 0, 2: 1, len("process.env."): 12, len('os.environ[""]'): 12, len('process.env[""]'): 13, len("import.meta.env."): 16}


@rule(severity="warning", since="0.1")
def env_undeclared(model: Model, *, ignore: tuple[str, ...] = ()) -> Iterator[Finding]:
    reads: dict[str, dict[str, list[tuple[str, SettingRead]]]] = defaultdict(lambda: defaultdict(list))
    for path, read in model.each(SettingRead):
        reads[model.services.of(path)][read.key].append((path, read))
    dispensable = {key for by_key in reads.values() for key, places in by_key.items() if any(read.has_default for _, read in places)}
    for service, by_key in reads.items():
        settings = model.deployment.settings(service)
        yield from _never_read(model, service, settings, reads, ignore)
        if not settings.files or not settings.is_complete:
            continue
        needed = {key: places for key, places in by_key.items() if not any(read.has_default for _, read in places)}
        known = [key for key in needed if key in settings.declared]
        unknown = [key for key in needed if key not in settings.declared and not _GIVEN.fullmatch(key)]
        is_usual = len(known) >= _FEWEST and (len(unknown) == 1 or len(known) >= _SHARE * (len(known) + len(unknown)))
        for key, places in needed.items():
            if key in settings.declared or key in ignore or _GIVEN.fullmatch(key) or not re.fullmatch(r"[A-Za-z_]\w*", key):
                continue
            places = [place for place in places if not is_tool(model, place[0]) and not is_test(place[0])]
            if not places:  # Whoever starts a script sets what it needs.
                continue
            like = _near(key, settings, by_key)
            path, read = next(((path, read) for path, read in places if read.is_required), places[0])
            may_be_missing = not is_usual or key in dispensable or _SWITCH.fullmatch(key) or _OPTIONAL.match(key)
            if like is None and not read.is_required and may_be_missing:
                continue
            yield Finding(
                model.at(path, read.key_span or read.span),
                f"`{key}` is read, but nothing sets it for {f'`{service}`' if service else 'the service'}"
                + (f"; `{like.declaration.key}` is set" if like is not None else ""),
                key,
                evidence=(key, *((like.declaration.key,) if like is not None else ())),
                related=_related(model, like, settings),
                fix=_fix(key, places, like, settings),
                severity=None if read.is_required or like is not None else "information",
            )


def _never_read(
    model: Model,
    service: str,
    settings: Settings,
    reads: Mapping[str, Mapping[str, list[tuple[str, SettingRead]]]],
    ignore: tuple[str, ...],
) -> Iterator[Finding]:
    paths = [path for places in reads[service].values() for path, _ in places]
    images = [built.stage.command for built in model.services.built if built.service == service]
    commands = [*images, *(item.workload.command for item in model.services.workloads(service) if item.workload.command)]
    is_binary = all(path.endswith((".go", ".rs")) for path in paths)
    if not all(command and (is_binary or _RUNTIME.fullmatch(basename(command[0]))) for command in commands or [()]):
        return
    libraries = {
        word.upper()
        for path, manifest in model.each(Manifest)
        if model.services.of(path) == service
        for name in manifest.dependencies
        for word in re.findall(r"[a-zA-Z]\w+", name)
    }
    own = {key: items[0] for key, items in settings.declared.items() if any(_is_own(item) for item in items)}
    judged = {key: item for key, item in own.items() if not _GIVEN.fullmatch(key) and not _FOR_OTHERS.fullmatch(key)}
    words = " ".join(word for command in commands for word in command)
    read = {key for by_key in reads.values() for key in by_key}
    unread = [key for key in judged if key not in read and key not in words and key.partition("_")[0] not in libraries]
    if len(judged) - len(unread) < _FEWEST or (len(unread) > 1 and len(unread) > (1 - _SHARE) * len(judged)):
        return
    for key in unread:
        declared = judged[key]
        if key not in ignore and len({item.path for item in settings.declared[key]}) == 1:
            yield Finding(
                model.at(declared.path, declared.declaration.span),
                f"`{key}` is set for {f'`{service}`' if service else 'the service'}, but nothing reads it",
                f"{key} unread",
                severity="hint",
            )


def _is_own(item: Declared) -> bool:
    """Whether a file sets a variable for the workload itself."""
    return item.declaration.source in ("compose", "kubernetes") and ":" not in item.declaration.owner


def _near(key: str, settings: Settings, read: Mapping[str, object]) -> Declared | None:
    """Return a variable that is set, never read, and spelled nearly like `key`."""
    found = [other for other in settings.declared if _joined(other) == _joined(key)]
    found += [other for other in settings.declared if other not in read and _numbered(other) != _numbered(key) and _is_slip(other, key)]
    return settings.declared[found[0]][0] if found else None


def _is_slip(one: str, other: str) -> bool:
    """Whether two names differ in one word alone, a long one, and there in a letter or two. `API_PORT` and `APP_PORT` are two things."""
    words = [pair for pair in zip(one.split("_"), other.split("_"), strict=False) if pair[0] != pair[1]]
    if one.count("_") != other.count("_") or len(words) != 1 or min(map(len, words[0])) < 5:
        return False
    return SequenceMatcher(None, *words[0]).ratio() >= 0.8


def _numbered(key: str) -> str:
    """Two names that differ in a number alone are two variables: `SHARD_1`, `SHARD_2`."""
    return re.sub(r"\d+", "#", key) if re.search(r"\d", key) else key + "!"


def _joined(key: str) -> str:
    return key.replace("_", "").upper()


def _related(model: Model, like: Declared | None, settings: Settings) -> tuple[Related, ...]:
    if like is not None:
        return (Related(model.at(like.path, like.declaration.span), f"`{like.declaration.key}` is set here"),)
    last = last_setting(settings)
    return (Related(model.at(last.path, last.declaration.span), "The service's variables are set here"),) if last is not None else ()


def _fix(key: str, places: list[tuple[str, SettingRead]], like: Declared | None, settings: Settings) -> Fix | None:
    if like is not None:
        new = like.declaration.key
        spans = [(path, _written(key, read.key_span or read.span)) for path, read in places]
        edits = tuple(Edit(Location(path, span), new) for path, span in spans if span is not None)
        return Fix(f"Read `{new}`", edits) if len(edits) == len(spans) else None
    found = beside(settings, key)
    if found is None:
        return None
    path, declaration = found
    return fix(f"Set `{key}` in `{path}`", path, (declaration,))


def _written(key: str, span: Span) -> Span | None:
    """Return where the key stands in what reads it, which is known by its length: `"KEY"`, `process.env.KEY`, `os.environ["KEY"]`."""
    offset = _OFFSETS.get(span.end - span.start - len(key))
    return None if offset is None else Span(span.start + offset, span.start + offset + len(key), span.chunk)
