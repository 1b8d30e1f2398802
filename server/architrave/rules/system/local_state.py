"""What one request leaves in the memory or on the disk of a process is expected by another, and several processes run.

## Why it matters
A session kept in a map of the process that served the login is unknown to the two other copies that a load balancer may ask next: two of
three requests are answered with 401, and which ones depends on chance. Numbers are given out twice, attempts are counted a third of the
time, an uploaded file is there or not. It never shows on a developer's machine, where one process runs, and every deployment loses it all.

Found are containers of a module, or of an object that lives as long as the process, that code reached from a handler writes to, and
whose name says that requests rely on them (sessions, carts, attempts, numbers, jobs), or which another handler reads; and uploads kept in
files of a container without a volume. What may be lost is none: caches and memo tables, registries filled at start, connections, metrics.
Locks count where they are named for what requests are about (`phone_locks`), as a request in another process takes one of its own.
Two or more processes must be known to run: replicas, an autoscaler, workers of a server, or functions of a serverless platform.

## Options
- `depth`: how many calls inside the workspace are followed from a handler to what writes.

## Example

### Python

`shop/pyproject.toml`
```toml
[project]
name = "shop"
```

`shop/main.py`
```python
import secrets

from fastapi import FastAPI

app = FastAPI()
sessions: dict[str, str] = {}  # finding


@app.post("/login")
def login(user: str) -> str:
    token = secrets.token_hex()
    sessions[token] = user
    return token
```

`compose.yml`
```yaml
services:
  shop:
    build: ./shop
    deploy:
      replicas: 3
```

Use instead:

`shop/main.py`
```python
import secrets

import redis
from fastapi import FastAPI

app = FastAPI()
store = redis.Redis(host="redis")


@app.post("/login")
def login(user: str) -> str:
    token = secrets.token_hex()
    store.set(f"session:{token}", user, ex=3600)
    return token
```

### TypeScript

`shop/package.json`
```json
{ "name": "shop" }
```

`shop/src/app.ts`
```typescript
import express from "express";
import multer from "multer";

const app = express();
const attempts = new Map<string, number>();  // finding
const upload = multer({ dest: "uploads/" });  // finding

app.post("/login", (req, res) => {
  attempts.set(req.ip, (attempts.get(req.ip) ?? 0) + 1);
  res.status(attempts.get(req.ip)! > 5 ? 429 : 200).end();
});
app.post("/photos", upload.single("photo"), (req, res) => {
  res.status(201).end();
});
app.listen(3000);
```

`shop/Dockerfile`
```dockerfile
FROM node:22
COPY . .
CMD ["pm2-runtime", "start", "dist/app.js", "-i", "4"]
```

Use instead:

`shop/Dockerfile`
```dockerfile
FROM node:22
COPY . .
CMD ["node", "dist/app.js"]
```

### Go

`shop/go.mod`
```text
module example.com/shop
```

`shop/main.go`
```go
package main

import "net/http"

var carts = map[string][]string{}  // finding

func main() {
	http.HandleFunc("POST /carts", add)
	http.ListenAndServe(":8080", nil)
}

func add(w http.ResponseWriter, r *http.Request) {
	carts[r.FormValue("user")] = append(carts[r.FormValue("user")], r.FormValue("sku"))
}
```

`deploy/shop.yaml`
```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  replicas: 2
  template:
    spec:
      containers:
        - name: shop
          image: shop:1
```

Use instead:

`deploy/shop.yaml`
```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  replicas: 1
  template:
    spec:
      containers:
        - name: shop
          image: shop:1
```

### Java

`shop/pom.xml`
```xml
<project>
  <groupId>com.shop</groupId>
  <artifactId>shop</artifactId>
</project>
```

`shop/src/main/java/com/shop/OrderController.java`
```java
package com.shop;

import java.util.concurrent.atomic.AtomicLong;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
class OrderController {
    private final AtomicLong nextId = new AtomicLong();  // finding

    @PostMapping("/orders")
    long create() {
        return nextId.incrementAndGet();
    }
}
```

`deploy/shop.yaml`
```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  replicas: 2
  template:
    spec:
      containers:
        - name: shop
          image: shop:1
```

Use instead:

`shop/src/main/java/com/shop/OrderController.java`
```java
package com.shop;

import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
class OrderController {
    private final OrderRepository orders;

    OrderController(OrderRepository orders) {
        this.orders = orders;
    }

    @PostMapping("/orders")
    long create() {
        return orders.nextId();
    }
}
```

### Rust

`shop/Cargo.toml`
```toml
[package]
name = "shop"
```

`shop/src/main.rs`
```rust
use axum::{extract::Path, routing::post, Router};
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

static SESSIONS: LazyLock<Mutex<HashMap<String, String>>> = LazyLock::new(|| Mutex::new(HashMap::new()));  // finding

#[tokio::main]
async fn main() {
    let app = Router::new().route("/login/{user}", post(login));
    axum::serve(tokio::net::TcpListener::bind("0.0.0.0:3000").await.unwrap(), app).await.unwrap();
}

async fn login(Path(user): Path<String>) -> String {
    SESSIONS.lock().unwrap().insert("token".into(), user);
    "token".into()
}
```

`compose.yml`
```yaml
services:
  shop:
    build: ./shop
    deploy:
      replicas: 3
```

Use instead:

`compose.yml`
```yaml
services:
  shop:
    build: ./shop
    deploy:
      replicas: 1
```

## Fix
None: where it belongs, a database, a cache that all share or an object store, is a decision.

## References
The Twelve-Factor App, VI Processes and IX Disposability · SonarSource S2696, Instance methods should not write to "static" fields
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.facts.deployment import LocalFile, ProcessState
from architrave.findings import Finding, Related
from architrave.model.classes import Place
from architrave.model.entries import is_reached
from architrave.model.functions import functions
from architrave.model.graph import Model
from architrave.model.pages import browsers, is_in
from architrave.model.scaling import scales
from architrave.model.tools import is_test, is_tool
from architrave.regexes import regex
from architrave.rule import rule
from architrave.text import Location

_RELIED_ON = regex(
    r"session|cart|basket|token|otp|attempt|rate_?limit|login|nonce|challenge|verification|pending|jobs|tasks|uploads|progress|orders|users"
    r"|accounts|games|rooms|lobb(y|ies)|votes|queue|bookings|reservations|todos|revoked|black_?list|block_?list|next_?(id|number)|last_?id"
    r"|sequence",
    re.IGNORECASE,
)
# Locks of what requests are about; those of a file or a cache guard what the process has for itself.
_LOCKS = regex(
    r"(phone|user|account|customer|tenant|order|cart|wallet|payment|booking|chat|conversation|session|ticket)s?_?locks?$", re.IGNORECASE
)
_NUMBER = regex(r"next_?(id|number)|last_?(id|number)|sequence|attempts", re.IGNORECASE)
_MAY_BE_LOST = regex(
    r"cache|memo|registr|handler|plugin|client|connection|pool|metric|stat(s|istics)$|hits|locks?$|mutex|listener|subscri|socket|loaded"
    r"|instance|warned|config|setting|template|regex|pattern|schema|limiter|executor|thread|channel|stream|buffer",
    re.IGNORECASE,
)


@rule(severity="warning", since="0.1")
def local_state(model: Model, *, depth: int = 2) -> Iterator[Finding]:
    several = _Several(model)
    for path, state in model.each(ProcessState):
        yield from _of_state(model, path, state, several, depth)
    for path, upload in model.each(LocalFile):
        yield from _of_upload(model, path, upload, several)


def _of_state(model: Model, path: str, state: ProcessState, several: _Several, depth: int) -> Iterator[Finding]:
    is_lock = _LOCKS.search(state.name) is not None
    if (_MAY_BE_LOST.search(state.name) and not is_lock) or (state.is_number and not _NUMBER.search(state.name)):
        return
    if is_test(path) or is_tool(model, path) or is_in(model, path, browsers):
        return
    scale = several.of(path)
    if scale is None:
        return
    served = [(name, span) for name, span in zip(state.writers, state.writes, strict=True) if _is_served(model, several, path, name, depth)]
    if not served or not (is_lock or _RELIED_ON.search(state.name) or _is_read_by_another(model, several, path, state, depth)):
        return
    location, because = scale
    missed = "requests in the others do not wait for it" if is_lock else "what a request leaves in it, the others miss"
    yield Finding(
        model.at(path, state.span),
        f"`{state.name}` lives in the memory of one process, and there are {because}: {missed}",
        f"state {state.owner}.{state.name}",
        (because, f"written by {served[0][0]}"),
        (Related(location, because), *(Related(model.at(path, span), "a request writes here") for _, span in served[:3])),
    )


def _is_served(model: Model, several: _Several, path: str, function: str, depth: int) -> bool:
    return path in several.functions or is_reached(model, Place(path, function), depth)


def _is_read_by_another(model: Model, several: _Several, path: str, state: ProcessState, depth: int) -> bool:
    """Whether a handler reads what others wrote, and none of those looks first whether it is there: that would be a memo."""
    writing, reading = set(state.writers), set(state.readers)
    return not reading & writing and any(_is_served(model, several, path, function, depth) for function in sorted(reading))


def _of_upload(model: Model, path: str, upload: LocalFile, several: _Several) -> Iterator[Finding]:
    scale = several.of(path)
    if scale is None or is_test(path) or is_tool(model, path) or several.has_volume(path):
        return
    location, because = scale
    yield Finding(
        model.at(path, upload.span),
        f"An upload is kept on the disk of one container, and there are {because}: the others do not have it",
        f"upload {upload.function} {upload.reason}",
        (f"{upload.library}: {upload.reason}", because),
        (Related(location, because),),
    )


class _Several:
    """Where a service runs in more than one process, and what says so."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._known: dict[str, tuple[Location, str] | None] = {}
        self.functions = {
            place.path: (model.at(path, function.span), f"as many copies as {function.platform} starts")
            for path, function, place in functions(model)
        }

    def of(self, path: str) -> tuple[Location, str] | None:
        if path in self.functions:
            return self.functions[path]
        service = self._model.services.of(path)
        if service not in self._known:
            found = [scale for scale in scales(self._model, service) if scale.kind != "daemonset"]
            scale = max(found, key=lambda item: item.processes, default=None)
            many = scale is not None and all(item.processes > 1 for item in found)
            self._known[service] = (scale.location, scale.because) if scale is not None and many else None
        return self._known[service]

    def has_volume(self, path: str) -> bool:
        return any(item.workload.has_volume for item in self._model.services.workloads(self._model.services.of(path)))
