"""A path of an API has no version.

## Why it matters
The first change that a client cannot take needs a second version beside the first, and a path without one has no place for it: either all
clients are deployed in the same minute as the service, or they break. Where the other paths have a version, a client that builds all its
addresses from one base, `https://orders/v1`, does not even reach this one.

Found is what stands alone: where at least four of five endpoints of a service (`share`) have a version in their path, those that have none.
And a service whose endpoints other services or pages of the workspace call, when none of its paths has a version and nothing else tells of
one: no header, no media type, no base path of a description or an Ingress. What is for the machine room, such as health, metrics and
documentation, for signing in and for hooks of others needs none.

## Options
- `share`: the part of the endpoints, from 0 to 1, that must have a version for the others to be found.

## Example

### Python

`app/main.py`
```python
from fastapi import FastAPI

app = FastAPI()


@app.get("/v1/orders")
def orders(): ...


@app.post("/v1/orders")
def place(): ...


@app.get("/v1/items")
def items(): ...


@app.get("/v1/items/{id}")
def item(id: int): ...


@app.get("/stock")  # finding
def stock(): ...


@app.get("/healthz")
def alive(): ...
```

Use instead:

`app/main.py`
```python
from fastapi import FastAPI

app = FastAPI()


@app.get("/v1/orders")
def orders(): ...


@app.post("/v1/orders")
def place(): ...


@app.get("/v1/items")
def items(): ...


@app.get("/v1/items/{id}")
def item(id: int): ...


@app.get("/v1/stock")
def stock(): ...


@app.get("/healthz")
def alive(): ...
```

### TypeScript

`src/app.ts`
```typescript
import express from "express";

const app = express();

app.get("/v1/orders", orders);
app.post("/v1/orders", place);
app.get("/v1/items", items);
app.get("/v1/items/:id", item);
app.get("/stock", stock);  // finding
app.get("/healthz", alive);
app.listen(3000);
```

Use instead:

`src/app.ts`
```typescript
import express from "express";

const app = express();

app.get("/v1/orders", orders);
app.post("/v1/orders", place);
app.get("/v1/items", items);
app.get("/v1/items/:id", item);
app.get("/v1/stock", stock);
app.get("/healthz", alive);
app.listen(3000);
```

### Go

`main.go`
```go
package main

import "github.com/gin-gonic/gin"

func main() {
	r := gin.New()
	r.GET("/v1/orders", orders)
	r.POST("/v1/orders", place)
	r.GET("/v1/items", items)
	r.GET("/v1/items/:id", item)
	r.GET("/stock", stock)  // finding
	r.GET("/healthz", alive)
	r.Run(":8080")
}
```

Use instead:

`main.go`
```go
package main

import "github.com/gin-gonic/gin"

func main() {
	r := gin.New()
	r.GET("/v1/orders", orders)
	r.POST("/v1/orders", place)
	r.GET("/v1/items", items)
	r.GET("/v1/items/:id", item)
	r.GET("/v1/stock", stock)
	r.GET("/healthz", alive)
	r.Run(":8080")
}
```

### Java

`src/main/java/com/shop/ItemController.java`
```java
package com.shop;

import org.springframework.web.bind.annotation.*;

@RestController
class ItemController {
    @GetMapping("/v1/orders")
    Orders orders() { return null; }

    @PostMapping("/v1/orders")
    Order place() { return null; }

    @GetMapping("/v1/items")
    Items items() { return null; }

    @GetMapping("/v1/items/{id}")
    Item item(@PathVariable long id) { return null; }

    @GetMapping("/stock")  // finding
    Stock stock() { return null; }
}
```

Use instead:

`src/main/java/com/shop/ItemController.java`
```java
package com.shop;

import org.springframework.web.bind.annotation.*;

@RestController
class ItemController {
    @GetMapping("/v1/orders")
    Orders orders() { return null; }

    @PostMapping("/v1/orders")
    Order place() { return null; }

    @GetMapping("/v1/items")
    Items items() { return null; }

    @GetMapping("/v1/items/{id}")
    Item item(@PathVariable long id) { return null; }

    @GetMapping("/v1/stock")
    Stock stock() { return null; }
}
```

### Rust

`src/main.rs`
```rust
use axum::{routing::{get, post}, Router};

fn router() -> Router {
    Router::new()
        .route("/v1/orders", get(orders).post(place))
        .route("/v1/items", get(items))
        .route("/v1/items/{id}", get(item))
        .route("/stock", get(stock))  // finding
        .route("/healthz", get(alive))
}
```

Use instead:

`src/main.rs`
```rust
use axum::{routing::{get, post}, Router};

fn router() -> Router {
    Router::new()
        .route("/v1/orders", get(orders).post(place))
        .route("/v1/items", get(items))
        .route("/v1/items/{id}", get(item))
        .route("/v1/stock", get(stock))
        .route("/healthz", get(alive))
}
```

### YAML: a service that others call

`orders/package.json`
```json
{ "name": "orders", "dependencies": { "express": "^5.0.0" } }
```

`orders/app.js`
```javascript
const express = require("express");
const app = express();

app.get("/orders", orders);  // finding
app.get("/orders/:id", order);
app.listen(8080);
```

`web/package.json`
```json
{ "name": "web", "dependencies": { "axios": "^1.0.0" } }
```

`web/client.js`
```javascript
const axios = require("axios");

async function orders() {
  return axios.get("http://orders:8080/orders", { timeout: 1000 });
}
```

`compose.yaml`
```yaml
services:
  orders: { build: ./orders, ports: ["8080:8080"] }
  web: { build: ./web }
```

Use instead:

`orders/app.js`
```javascript
const express = require("express");
const app = express();

app.get("/v1/orders", orders);
app.get("/v1/orders/:id", order);
app.listen(8080);
```

`web/client.js`
```javascript
const axios = require("axios");

async function orders() {
  return axios.get("http://orders:8080/v1/orders", { timeout: 1000 });
}
```

## Fix
The version that the others have is put before the path of a route, where the whole path is written there, and neither a call nor a
description of the workspace knows it yet. It is not applied unseen: somebody outside may call it.

## References
Taibi and Lenarduzzi, "On the Definition of Microservice Bad Smells" (2018), API Versioning · Zalando RESTful API Guidelines,
Compatibility · AIP-185 API Versioning
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from architrave.facts.api import ApiDocument, ApiOperation, HttpCall, Router
from architrave.facts.deployment import IngressRule
from architrave.findings import Edit, Finding, Fix, Related
from architrave.model.contracts import is_like
from architrave.model.graph import Model
from architrave.model.pages import is_in, pages
from architrave.model.routes import Endpoint, is_version, shape
from architrave.model.tools import is_tool
from architrave.regexes import regex
from architrave.rule import rule
from architrave.text import Location, Span

_FEWEST = 5  # Endpoints of a service of which a share says something.
_APART = regex(
    r"(?i)(^|[/_.-])(health|healthz|healthcheck|live|livez|liveness|ready|readyz|readiness|ping|status|up|info|version|metrics|prometheus"
    r"|actuator|docs?|swagger|openapi|redoc|api-docs|graphql|graphiql|playground|rpc|trpc|ws|socket|sockets|events|sse|static|assets|media"
    r"|uploads?|files?|favicon|robots|sitemap|well-known|feed|rss|admin|internal|private|git|backoffice|debug|dev|test|hooks?|webhooks?|callbacks?|ipn|auth|oauth2?"
    r"|sso|saml|oidc|log-?in|log-?out|sign-?(in|up|out)|sessions?|tokens?|setup|install|installation|embed|badges?|error|errors|404|500)"
    r"([/_.-]|$)"
)
_MOST_RELATED = 4


@rule(severity="information", since="0.1")
def unversioned(model: Model, *, share: float = 0.8) -> Iterator[Finding]:
    called = _called(model)
    told_otherwise = _told_otherwise(model)
    for service, endpoints in model.routes.by_service.items():
        known = [item for item in endpoints if item.route.framework != "spring-actuator" and _is_judged(model, item.file)]
        judged = [item for item in known if item.path.strip("/") and not _APART.search(item.path)]
        versions = Counter(version for item in judged if (version := _version(item.path)))
        without = [item for item in judged if not _version(item.path) and item.is_complete]
        if versions and len(judged) >= _FEWEST and versions.total() >= share * len(judged):
            usual = versions.most_common(1)[0][0]
            for item in without:
                if not any(shape(f"/{usual}{item.path}") == other.shape and other.method == item.method for other in known):
                    yield _alone(model, item, usual, versions.total(), len(judged))
        elif not versions and service in called and service not in told_otherwise and len(without) == len(judged) and without:
            yield _whole(model, service, without, called[service])


def _is_judged(model: Model, path: str) -> bool:
    return not is_tool(model, path) and not is_in(model, path, pages)  # In pages `api.get("/orders", …)` is a call.


def _version(path: str) -> str:
    return next((part for part in path.split("/") if is_version(part)), "")


def _called(model: Model) -> dict[str, list[tuple[str, HttpCall]]]:
    """Return the calls that each service gets from others of the workspace, with a path that one of its endpoints serves."""
    found: dict[str, list[tuple[str, HttpCall]]] = {}
    for path, call in model.each(HttpCall):
        target = model.deployment.called(path, call)
        if target is not None and call.path and target != model.services.of(path):
            found.setdefault(target, []).append((path, call))
    return found


def _told_otherwise(model: Model) -> set[str]:
    """Return the services whose version stands elsewhere: in the base of a description, before them, or in what a request must have."""
    found = {model.services.of(path) for path, item in model.each(ApiDocument) if any(map(_version, item.bases))}
    found |= {model.services.of(path) for path, item in model.each(Router) if item.version or _version(item.prefix)}
    found |= {item.service for item in model.routes.endpoints if re.search(r"(?i)version|vnd\.|\bv\d", item.route.condition)}
    if any(_version(item.path) for _, item in model.each(IngressRule)):
        found |= set(model.routes.by_service)
    return found


def _alone(model: Model, item: Endpoint, usual: str, count: int, total: int) -> Finding:
    return Finding(
        model.at(item.file, item.route.path_span or item.route.span),
        f"`{item.method} {item.path}` has no version; {count} of the {total} endpoints of this service have one, mostly `{usual}`",
        f"{item.method} {item.shape}",
        fix=_versioned(model, item, usual),
    )


def _whole(model: Model, service: str, endpoints: list[Endpoint], calls: list[tuple[str, HttpCall]]) -> Finding:
    met = [(path, call) for path, call in calls if any(is_like(call.path or "", item.path) for item in endpoints)]
    first = next((item for item in endpoints if any(is_like(call.path or "", item.path) for _, call in calls)), endpoints[0])
    callers = sorted({model.services.of(path) or "this workspace" for path, _ in (met or calls)})
    said = f"{', '.join(f'`{name}`' for name in callers[:3])} {'calls' if len(callers) == 1 else 'call'} it"
    which = f"None of the {len(endpoints)} endpoints" if len(endpoints) > 1 else "The endpoint"
    return Finding(
        model.at(first.file, first.route.path_span or first.route.span),
        f"{which} of `{service or '.'}` has {'no' if len(endpoints) == 1 else 'a'} version, and {said}",
        f"{service or '.'} unversioned",
        (),
        tuple(Related(model.at(path, call.span), "it is called here") for path, call in (met or calls)[:_MOST_RELATED]),
        severity="hint",  # Who changes it finds its callers in the same repository.
    )


def _versioned(model: Model, item: Endpoint, usual: str) -> Fix | None:
    """Put the version before the path of a route that is written whole in one place, and that nobody knows."""
    span = item.route.path_span
    if span is None or item.path != item.route.path or not item.path.startswith("/"):
        return None
    holes = item.path.count("{")
    if span.end - span.start - len(item.path.encode()) not in (2, 2 - holes):  # `:id` is one sign shorter than `{id}`.
        return None
    is_known = any(call.path and is_like(call.path, item.path) for _, call in model.each(HttpCall))
    if is_known or any(shape(operation.path) == item.shape for _, operation in model.each(ApiOperation)):
        return None
    at = Span(span.start + 1, span.start + 1, span.chunk)
    return Fix(f"Put `/{usual}` before it", (Edit(Location(item.file, at), f"/{usual}"),))
