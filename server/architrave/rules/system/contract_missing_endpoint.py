"""A service calls an endpoint that the other service does not have.

## Why it matters
Both sides pass their own tests, the caller against a mock; together they answer 404. It happens when a route is renamed, moved below a
prefix or dropped, and nobody knew who calls it. Architrave sees both sides, and so shows it before either is deployed.

The host of the call is followed through settings, compose services and Kubernetes Services to a service of the workspace, and the path
is held against its routes and its OpenAPI description. It is silent where not all of these are known.

## Example

### Python

`compose.yaml`
```yaml
services:
  orders:
    build: orders
    environment:
      INVENTORY_URL: http://inventory:8000
  inventory:
    build: inventory
```

`inventory/app.py`
```python
from fastapi import FastAPI

app = FastAPI()


@app.get("/items/{item_id}")
def read_item(item_id: int): ...
```

`orders/stock.py`
```python
import os

import httpx


def in_stock(item_id: int) -> bool:
    base = os.environ["INVENTORY_URL"]
    return httpx.get(f"{base}/item/{item_id}").json()["count"] > 0  # finding
```

Use instead:

`orders/stock.py`
```python
import os

import httpx


def in_stock(item_id: int) -> bool:
    base = os.environ["INVENTORY_URL"]
    return httpx.get(f"{base}/items/{item_id}").json()["count"] > 0
```

### Go

`compose.yaml`
```yaml
services:
  orders:
    build: orders
    environment:
      INVENTORY_URL: http://inventory:8000
  inventory:
    build: inventory
```

`inventory/main.go`
```go
package main

import (
	"net/http"

	"github.com/go-chi/chi/v5"
)

func main() {
	r := chi.NewRouter()
	r.Route("/v1", func(r chi.Router) {
		r.Get("/items/{id}", readItem)
	})
	http.ListenAndServe(":8000", r)
}
```

`orders/stock.go`
```go
package main

import (
	"net/http"
	"os"
	"time"
)

var client = &http.Client{Timeout: 5 * time.Second}

func item(id string) (*http.Response, error) {
	return client.Get(os.Getenv("INVENTORY_URL") + "/v1/item/" + id)  // finding
}
```

Use instead:

`orders/stock.go`
```go
package main

import (
	"net/http"
	"os"
	"time"
)

var client = &http.Client{Timeout: 5 * time.Second}

func item(id string) (*http.Response, error) {
	return client.Get(os.Getenv("INVENTORY_URL") + "/v1/items/" + id)
}
```

### TypeScript

`compose.yaml`
```yaml
services:
  gateway:
    build: gateway
    environment:
      INVENTORY_URL: http://inventory:8000
  inventory:
    build: inventory
```

`inventory/src/app.ts`
```typescript
import express from "express";
import { items } from "./items";

const app = express();
app.use("/v1", items);
app.listen(8000);
```

`inventory/src/items.ts`
```typescript
import { Router } from "express";
import { readItem } from "./store";

export const items = Router();
items.get("/items/:id", readItem);
```

`gateway/src/stock.ts`
```typescript
import axios from "axios";

export function item(id: string) {
  return axios.get(`${process.env.INVENTORY_URL}/v1/item/${id}`, { timeout: 5000 });  // finding
}
```

Use instead:

`gateway/src/stock.ts`
```typescript
import axios from "axios";

export function item(id: string) {
  return axios.get(`${process.env.INVENTORY_URL}/v1/items/${id}`, { timeout: 5000 });
}
```

### Java

`compose.yaml`
```yaml
services:
  orders:
    build: orders
    environment:
      INVENTORY_URL: http://inventory:8080
  inventory:
    build: inventory
```

`inventory/pom.xml`
```xml
<project>
  <artifactId>inventory</artifactId>
</project>
```

`inventory/src/main/java/com/shop/ItemController.java`
```java
package com.shop;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/v1/items")
class ItemController {
    @GetMapping("/{sku}")
    Item read(@PathVariable String sku) {
        return null;
    }
}
```

`orders/pom.xml`
```xml
<project>
  <artifactId>orders</artifactId>
</project>
```

`orders/src/main/resources/application.yml`
```yaml
inventory:
  url: ${INVENTORY_URL}
```

`orders/src/main/java/com/shop/Stock.java`
```java
package com.shop;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.web.client.RestClient;

class Stock {
    private final RestClient client;
    private final String url;

    Stock(RestClient client, @Value("${inventory.url}") String url) {
        this.client = client;
        this.url = url;
    }

    Item item(String sku) {
        return client.get().uri(url + "/v1/item/{sku}", sku).retrieve().body(Item.class);  // finding
    }
}
```

Use instead:

`orders/src/main/java/com/shop/Stock.java`
```java
package com.shop;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.web.client.RestClient;

class Stock {
    private final RestClient client;
    private final String url;

    Stock(RestClient client, @Value("${inventory.url}") String url) {
        this.client = client;
        this.url = url;
    }

    Item item(String sku) {
        return client.get().uri(url + "/v1/items/{sku}", sku).retrieve().body(Item.class);
    }
}
```

### Rust

`compose.yaml`
```yaml
services:
  orders:
    build: orders
    environment:
      INVENTORY_URL: http://inventory:8000
  inventory:
    build: inventory
```

`inventory/src/main.rs`
```rust
use axum::{routing::get, Router};

pub fn router() -> Router {
    Router::new().nest("/v1", Router::new().route("/items/{id}", get(read_item)))
}
```

`orders/src/stock.rs`
```rust
use std::env;

pub async fn item(client: &reqwest::Client, id: i64) -> Result<String, Error> {
    let url = format!("{}/v1/item/{id}", env::var("INVENTORY_URL")?);
    Ok(client.get(url).send().await?.text().await?)  // finding
}
```

Use instead:

`orders/src/stock.rs`
```rust
use std::env;

pub async fn item(client: &reqwest::Client, id: i64) -> Result<String, Error> {
    let url = format!("{}/v1/items/{id}", env::var("INVENTORY_URL")?);
    Ok(client.get(url).send().await?.text().await?)
}
```

### OpenAPI

`compose.yaml`
```yaml
services:
  orders:
    build: orders
    environment:
      INVENTORY_URL: http://inventory:8000
  inventory:
    build: inventory
```

`inventory/openapi.yaml`
```yaml
openapi: 3.0.3
info:
  title: Inventory
  version: 1.0.0
paths:
  /v1/items/{id}:
    get:
      responses:
        "200":
          description: One item.
```

`inventory/Dockerfile`
```dockerfile
FROM registry.example.com/inventory:1.4
COPY openapi.yaml /
USER 1000
```

`orders/stock.py`
```python
import os

import requests

BASE = os.environ["INVENTORY_URL"]


def item(id: int) -> dict:
    return requests.get(f"{BASE}/v1/item/{id}", timeout=3).json()  # finding
```

Use instead:

`orders/stock.py`
```python
import os

import requests

BASE = os.environ["INVENTORY_URL"]


def item(id: int) -> dict:
    return requests.get(f"{BASE}/v1/items/{id}", timeout=3).json()
```

## Fix
Writes the path of the one endpoint that is nearly the same, where they differ in one literal part. It is not applied unseen: another
endpoint may have been meant.

## References
I. Robinson, Consumer-Driven Contracts, 2006 · OWASP API9:2023 Improper Inventory Management
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

from architrave.facts.api import ApiDocument, HttpCall
from architrave.findings import Edit, Finding, Fix, Related
from architrave.model.contracts import Contracts, is_like
from architrave.model.descriptions import Descriptions
from architrave.model.graph import Model
from architrave.rule import rule
from architrave.text import Location, Span

_NEAR = 0.75  # From here on two paths are taken for one misspelled.


class _Served(NamedTuple):
    method: str
    path: str
    location: Location


@rule(severity="warning", since="0.1")
def contract_missing_endpoint(model: Model) -> Iterator[Finding]:
    contracts = model.derived(Contracts)
    described = _described(model)
    for path, call in model.each(HttpCall):
        target = model.deployment.called(path, call) if call.path else None
        if target is None or not call.path or target == model.services.of(path):
            continue
        served = [_Served(item.method, item.path, model.at(item.file, item.route.span)) for item in contracts.endpoints(target)]
        if served and (not contracts.is_closed(target) or contracts.may_serve(target, call.path)):
            continue
        served += described.get(target, [])
        asked = model.deployment.base(path, call) + call.path
        if not served or any(_reaches(call.method, asked, item) for item in served):
            continue
        near = _nearest(served, call.method, asked)
        other = sorted({item.method for item in served if is_like(asked, item.path)})
        instead = f", only {', '.join(f'`{method}`' for method in other)}" if other else ""
        if near and not other:
            instead = f"; it serves `{near.method} {near.path}`"
        yield Finding(
            model.at(path, call.span),
            f"`{target or 'the workspace'}` does not serve `{call.method} {asked}`{instead}",
            f"{call.method} {target} {asked}",
            evidence=(f"{call.method} {asked}", *((f"{near.method} {near.path}",) if near else ())),
            related=(Related(near.location, f"`{near.method} {near.path}` is served here"),) if near else (),
            fix=_fix(path, call, asked, near) if near is not None and not other else None,
        )


def _described(model: Model) -> dict[str, list[_Served]]:
    """Return the operations that hand-written descriptions give each service; none where a part of one is kept elsewhere."""
    found: dict[str, list[_Served]] = {}
    for path, document in model.each(ApiDocument):
        operations = model.derived(Descriptions).operations(path)
        if any(operation.method == "*" for operation in operations):
            continue
        for base in document.bases or ("",):
            found.setdefault(model.services.of(path), []).extend(
                _Served(operation.method, base + operation.path, model.at(path, operation.span)) for operation in operations
            )
    return found


def _reaches(method: str, asked: str, served: _Served) -> bool:
    return (method in ("*", served.method) or served.method == "*" or (method == "HEAD" and served.method == "GET")) and is_like(
        asked, served.path
    )


def _nearest(served: list[_Served], method: str, asked: str) -> _Served | None:
    """Return the one endpoint of that method (of any, if it is asked for so) that is clearly the most alike."""
    wanted = _nameless(asked)
    asked_of = [item for item in served if method in ("*", item.method) or item.method == "*"]
    scored = [(SequenceMatcher(None, wanted, _nameless(item.path)).ratio(), item) for item in asked_of]
    best = max(scored, key=lambda pair: pair[0], default=None)
    return best[1] if best is not None and best[0] >= _NEAR else None


def _nameless(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path).strip("/")


def _fix(path: str, call: HttpCall, asked: str, near: _Served) -> Fix | None:
    """Change the one literal part of the path that differs."""
    ours, theirs = _nameless(asked).split("/"), _nameless(near.path).split("/")
    differing = [index for index, (left, right) in enumerate(zip(ours, theirs, strict=False)) if left != right]
    if len(ours) != len(theirs) or len(differing) != 1:
        return None
    old, new = ours[differing[0]], theirs[differing[0]]
    spans = [] if "{" in old + new else list(_written(call, old))
    return Fix(f"Call `{near.path}`", (Edit(Location(path, spans[0]), new),)) if len(spans) == 1 else None


def _written(call: HttpCall, segment: str) -> Iterator[Span]:
    """Yield where a segment stands in the texts that the path is made of."""
    for part in call.path_texts:
        for match in re.finditer(rf"(?<=/){re.escape(segment)}(?=[/?#]|$)", part.value):
            start = part.span.start + len(part.value[: match.start()].encode())
            yield Span(start, start + len(segment.encode()), part.span.chunk)
