"""A service drops the requests that it has when its process is told to stop.

## Why it matters
Every deployment, every change of scale and every restart of a node begins with SIGTERM. A server that goes at once cuts all requests that
it was answering, so that some users see an error each time something is deployed; one that never hears the signal, because a shell stands
before it, is waited for and then killed, which cuts them as well, ten or thirty seconds later.

A server is reported where nothing in its service waits for the signal and the library does not do so by itself, as uvicorn, gunicorn,
Rocket, actix-web and Spring Boot since 3.4 do. A command in shell form is reported for images whose `sh` stays in between, which are those
made of Debian or Ubuntu, unless it begins with `exec`. Services that nothing deploys are left out.

## Example

### Docker

`Dockerfile`
```dockerfile
FROM python:3.12-slim
COPY app ./app
USER 10001
CMD uvicorn app.main:app --host 0.0.0.0  # finding
```

`app/main.py`
```python
from fastapi import FastAPI

app = FastAPI()
```

Use instead:

`Dockerfile`
```dockerfile
FROM python:3.12-slim
COPY app ./app
USER 10001
CMD ["uvicorn", "app.main:app", "--host", "0.0.0.0"]
```

`app/main.py`
```python
from fastapi import FastAPI

app = FastAPI()
```

### TypeScript

`Dockerfile`
```dockerfile
FROM node:22-alpine
COPY . .
USER node
CMD ["node", "src/server.js"]
```

`package.json`
```json
{ "name": "orders", "dependencies": { "express": "^5.0.0" } }
```

`src/server.ts`
```typescript
import express from "express";

const app = express();

app.listen(8080);  // finding
```

Use instead:

`src/server.ts`
```typescript
import express from "express";

const app = express();

const server = app.listen(8080);
process.on("SIGTERM", () => server.close());
```

### Go

`Dockerfile`
```dockerfile
FROM scratch
COPY orders /orders
USER 10001
ENTRYPOINT ["/orders"]
```

`main.go`
```go
package main

import (
	"log"
	"net/http"
)

func main() {
	log.Fatal(http.ListenAndServe(":8080", nil))  // finding
}
```

Use instead:

`main.go`
```go
package main

import (
	"context"
	"log"
	"net/http"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	server := &http.Server{Addr: ":8080"}
	go func() { log.Print(server.ListenAndServe()) }()
	<-ctx.Done()
	log.Print(server.Shutdown(context.Background()))
}
```

### Java

`Dockerfile`
```dockerfile
FROM eclipse-temurin:21-jre
COPY target/orders.jar ./
USER 10001
ENTRYPOINT ["java", "-jar", "orders.jar"]
```

`pom.xml`
```xml
<project>
  <parent>
    <groupId>org.springframework.boot</groupId>
    <artifactId>spring-boot-starter-parent</artifactId>
    <version>3.3.5</version>
  </parent>
  <artifactId>orders</artifactId>
</project>
```

`src/main/java/com/shop/Orders.java`
```java
package com.shop;

class Orders {}
```

`src/main/resources/application.yml`
```yaml
server:
  port: 8080  # finding
```

Use instead:

`src/main/resources/application.yml`
```yaml
server:
  port: 8080
  shutdown: graceful
```

### Rust

`Dockerfile`
```dockerfile
FROM debian:12-slim
COPY orders /orders
USER 10001
CMD ["/orders"]
```

`src/main.rs`
```rust
use axum::{routing::get, Router};

#[tokio::main]
async fn main() {
    let app = Router::new().route("/", get(|| async { "" }));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();  // finding
}
```

Use instead:

`src/main.rs`
```rust
use axum::{routing::get, Router};

#[tokio::main]
async fn main() {
    let app = Router::new().route("/", get(|| async { "" }));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    let mut stop = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).expect("SIGTERM");
    axum::serve(listener, app).with_graceful_shutdown(async move { stop.recv().await; }).await.unwrap();
}
```

## Fix
A command is written in exec form, or begins with `exec` where a shell is needed for what it says; this changes nothing else and is safe. A
server of Node, Nest, Spring or axum is given what stops it in good order; who else is to be told, such as a pool, is for the author to say.
In Go and Python nothing is offered.

## References
The Twelve-Factor App, IX Disposability · hadolint DL3025 · Kubernetes documentation, Termination of Pods · Docker documentation, Shell and
exec form · Spring Boot reference, Graceful Shutdown
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from architrave.facts.deployment import Drain, Manifest, Server, Stage
from architrave.facts.values import Replacement
from architrave.findings import Finding
from architrave.model.graph import Model
from architrave.model.services import Built
from architrave.regexes import regex
from architrave.rule import fix, rule

# Images whose `sh` is dash, which starts a command as its child; bash and the shell of Alpine take its place.
_STAYS = regex(
    r"(^|/)(debian|ubuntu|python|node|golang|rust|ruby|perl|php|buildpack-deps|eclipse-temurin|maven|gradle|elixir|erlang|swift|pypy|bun|deno"
    r"|playwright|puppeteer|uv)(:|@|$)"
)
_GOES = regex(r"alpine|ubi|rhel|centos|oracle|al2|fedora|rocky|windows|nanoserver|busybox")
_NOT_SERVING = regex(
    r"(^|[-_./])(dev|development|test|tests|e2e|ci|build|builder|lint|debug|migrations?|migrate|seed|devcontainer)([-_./]|$)"
)
_NEEDS_SHELL = regex(r"[$|&;<>*?`'\"(){}\\~#!]")
_BEFORE = regex(r"(?:.*(?:&&|;)\s*)?(?=\S)", re.DOTALL)
_HANDS_ON = regex(r"^exec\b|\b(dumb-init|tini|s6-svscan|supervisord)\b")
_IS_COMPOUND = regex(r"[|&]\s*$|\||[()`]|\b(if|while|for)\b")
_SINCE = (3, 4)  # Spring Boot that waits for its requests by itself.
_DEPTH = 3  # Poms above a pom.


@rule(severity="warning", since="0.1")
def no_graceful_shutdown(model: Model) -> Iterator[Finding]:
    for built in model.services.built:
        yield from _shell(model, built)
    drained = set(model.in_each(Drain, _service))
    boots = {model.services.of(path): _boot_version(model, path, manifest) for path, manifest in model.each(Manifest)}
    deployed = model.services.deployed
    seen: set[str] = set()
    for path, server in model.each(Server):
        service = model.services.of(path)
        if server.drains or service in drained or service not in deployed or service in seen or _NOT_SERVING.search(path):
            continue
        version = boots.get(service)
        if server.library == "spring" and (version is None or version >= _SINCE):
            continue
        seen.add(service)
        is_rolled = any(item.workload.kind != "compose" for item in model.services.workloads(service))
        yield Finding(
            model.at(path, server.span),
            f"Nothing ends the requests of {f'`{service}`' if service else 'the service'} when its process is told to stop",
            f"{server.library} drops requests",
            (f"`{server.library}` goes at once at SIGTERM", "nothing in the service waits for the signal"),
            fix=fix("End open requests at SIGTERM", path, server.fix),
            severity=None if is_rolled else "information",
        )


def _service(model: Model, path: str, drain: Drain) -> Iterator[str]:
    yield model.services.of(path)


def _boot_version(model: Model, path: str, manifest: Manifest, depth: int = _DEPTH) -> tuple[int, ...] | None:
    """Return the version of Spring Boot that a build takes, itself or from a parent of the workspace."""
    name, _, version = manifest.parent.partition(":")
    numbers = re.match(r"(\d+)\.(\d+)", version)
    if name in ("spring-boot-starter-parent", "org.springframework.boot"):
        return (int(numbers[1]), int(numbers[2])) if numbers else None
    above = [(where, item) for where, item in model.each(Manifest) if name and item.name == name and item is not manifest]
    return _boot_version(model, *above[0], depth - 1) if len(above) == 1 and depth else None


def _shell(model: Model, built: Built) -> Iterator[Finding]:
    stage, image = built.stage, built.stage.image.lower()
    if stage.shell_span is None or _NOT_SERVING.search(f"{built.path} {stage.name}".lower()):
        return
    first, last = _split(stage.shell)
    if not _STAYS.search(image) or _GOES.search(image) or not last or _HANDS_ON.search(last):
        return
    yield Finding(
        model.at(built.path, stage.shell_span),
        f"A shell stands before `{last.split()[0]}` and keeps SIGTERM to itself",
        f"shell {built.path}",
        (f"FROM {stage.image}", stage.shell[:120]),
        fix=fix("Let the process take the signal itself", built.path, _without_shell(stage, first, last), is_safe=True),
    )


def _split(shell: str) -> tuple[str, str]:
    """Return what a shell runs before the last command, and that."""
    before = _BEFORE.match(shell)
    end = before.end() if before is not None else 0
    return shell[:end], shell[end:]


def _without_shell(stage: Stage, first: str, last: str) -> Iterator[Replacement]:
    """Write a command of plain words in exec form; let the shell make way for the last command where it has more to do."""
    if stage.shell_span is None or "=" in last.split()[0]:
        return
    if not first and not _NEEDS_SHELL.search(last):
        yield Replacement(stage.shell_span, json.dumps(last.split(), ensure_ascii=False))
    elif "\\" not in stage.shell and not _IS_COMPOUND.search(last):
        yield Replacement(stage.shell_span, f"{first}exec {last}")
