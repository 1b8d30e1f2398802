"""A caller gives up before what it calls may have given up.

## Why it matters
A handler that waits up to fifteen seconds for another service, asked by a client that waits for three, works on for twelve seconds for
nobody. When the service behind it slows down, callers time out and ask again, handlers pile up whose answers nobody reads, and each layer
reports a timeout of the next, never the one that is slow. Timeouts have to become shorter on the way in: what waits outside waits longest.

The sum is the longest single request that the handler waits for, times the attempts that retries make of it; pauses between attempts come
on top of it. There is no finding unless every number of it is a literal, on both sides.

## Options
- `depth`: how many calls inside a service are followed from a handler to a request.

## Example

### Python

`shop/pyproject.toml`
```toml
[project]
name = "shop"
```

`shop/stock.py`
```python
import requests


def stock(sku: str) -> int:
    answer = requests.get(f"http://inventory:8000/items/{sku}", timeout=2)  # finding
    #        ^^^^^^^^^^^^
    return answer.json()["count"]
```

`inventory/pyproject.toml`
```toml
[project]
name = "inventory"
```

`inventory/main.py`
```python
import httpx
from fastapi import FastAPI
from tenacity import retry, stop_after_attempt, wait_random_exponential

app = FastAPI()
warehouse = httpx.AsyncClient(base_url="http://warehouse.example.com", timeout=5.0)


@app.get("/items/{sku}")
async def item(sku: str) -> dict[str, int]:
    return await count(sku)


@retry(stop=stop_after_attempt(3), wait=wait_random_exponential(max=10))
async def count(sku: str) -> dict[str, int]:
    return (await warehouse.get(f"/counts/{sku}")).json()
```

`compose.yml`
```yaml
services:
  shop:
    build: ./shop
  inventory:
    build: ./inventory
```

Use instead:

`shop/stock.py`
```python
import requests


def stock(sku: str) -> int:
    answer = requests.get(f"http://inventory:8000/items/{sku}", timeout=16)
    return answer.json()["count"]
```

### TypeScript

`shop/package.json`
```json
{ "name": "shop" }
```

`shop/src/stock.ts`
```typescript
import axios from "axios";

const inventory = axios.create({ baseURL: "http://inventory:3000", timeout: 1000 });  // finding

export async function stock(sku: string) {
  return (await inventory.get(`/items/${sku}`)).data;
}
```

`inventory/package.json`
```json
{ "name": "inventory" }
```

`inventory/src/app.ts`
```typescript
import express from "express";

const app = express();

app.get("/items/:sku", async (req, res) => {
  const answer = await fetch(`http://warehouse.example.com/counts/${req.params.sku}`, { signal: AbortSignal.timeout(4000) });
  res.json(await answer.json());
});

app.listen(3000);
```

`compose.yml`
```yaml
services:
  shop:
    build: ./shop
  inventory:
    build: ./inventory
```

Use instead:

`shop/src/stock.ts`
```typescript
import axios from "axios";

const inventory = axios.create({ baseURL: "http://inventory:3000", timeout: 5000 });

export async function stock(sku: string) {
  return (await inventory.get(`/items/${sku}`)).data;
}
```

### Go

`shop/go.mod`
```text
module example.com/shop
```

`shop/stock.go`
```go
package main

import (
	"net/http"
	"time"
)

var client = &http.Client{Timeout: 2 * time.Second}  // finding

func Stock(sku string) (*http.Response, error) {
	return client.Get("http://inventory:8080/items/" + sku)
}
```

`inventory/go.mod`
```text
module example.com/inventory
```

`inventory/main.go`
```go
package main

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

var warehouse = &http.Client{Timeout: 8 * time.Second}

func main() {
	router := gin.Default()
	router.GET("/items/:sku", item)
	router.Run(":8080")
}

func item(c *gin.Context) {
	answer, err := warehouse.Get("http://warehouse.example.com/counts/" + c.Param("sku"))
	if err != nil {
		c.Status(502)
		return
	}
	c.JSON(200, answer.Status)
}
```

`compose.yml`
```yaml
services:
  shop:
    build: ./shop
  inventory:
    build: ./inventory
```

Use instead:

`shop/stock.go`
```go
package main

import (
	"net/http"
	"time"
)

var client = &http.Client{Timeout: 9 * time.Second}

func Stock(sku string) (*http.Response, error) {
	return client.Get("http://inventory:8080/items/" + sku)
}
```

### Java and ingress-nginx

`deploy/orders.yaml`
```yaml
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  annotations:
    nginx.ingress.kubernetes.io/proxy-read-timeout: "5"  # finding
spec:
  rules:
    - http:
        paths:
          - path: /orders
            pathType: Prefix
            backend: { service: { name: orders, port: { number: 8080 } } }
---
apiVersion: v1
kind: Service
metadata:
  name: orders
spec:
  selector: { app: orders }
  ports:
    - port: 8080
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: orders
spec:
  template:
    metadata:
      labels: { app: orders }
    spec:
      containers:
        - name: orders
          image: shop/orders:1
```

`orders/pom.xml`
```xml
<project>
  <groupId>com.shop</groupId>
  <artifactId>orders</artifactId>
</project>
```

`orders/src/main/java/com/shop/OrderController.java`
```java
package com.shop;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

@RestController
class OrderController {
    private final HttpClient client = HttpClient.newHttpClient();

    @GetMapping("/orders/{id}")
    String order(@PathVariable String id) throws Exception {
        var request = HttpRequest.newBuilder(URI.create("http://payments.example.com/" + id)).timeout(Duration.ofSeconds(20)).build();
        return client.send(request, BodyHandlers.ofString()).body();
    }
}
```

Use instead:

`deploy/orders.yaml`
```yaml
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  annotations:
    nginx.ingress.kubernetes.io/proxy-read-timeout: "21"
spec:
  rules:
    - http:
        paths:
          - path: /orders
            pathType: Prefix
            backend: { service: { name: orders, port: { number: 8080 } } }
---
apiVersion: v1
kind: Service
metadata:
  name: orders
spec:
  selector: { app: orders }
  ports:
    - port: 8080
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: orders
spec:
  template:
    metadata:
      labels: { app: orders }
    spec:
      containers:
        - name: orders
          image: shop/orders:1
```

### Rust and Istio

`deploy/shipping.yaml`
```yaml
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: shipping
spec:
  hosts: [shipping]
  http:
    - timeout: 2s  # finding
      route:
        - destination: { host: shipping }
```

`compose.yml`
```yaml
services:
  shipping:
    build: ./shipping
```

`shipping/Cargo.toml`
```toml
[package]
name = "shipping"
```

`shipping/src/main.rs`
```rust
use axum::{extract::Path, routing::get, Router};
use std::time::Duration;

#[tokio::main]
async fn main() {
    let app = Router::new().route("/rates/{sku}", get(rate));
    axum::serve(tokio::net::TcpListener::bind("0.0.0.0:3000").await.unwrap(), app).await.unwrap();
}

async fn rate(Path(sku): Path<String>) -> String {
    let client = reqwest::Client::new();
    let url = format!("http://carrier.example.com/rates/{sku}");
    client.get(url).timeout(Duration::from_secs(10)).send().await.unwrap().text().await.unwrap()
}
```

Use instead:

`deploy/shipping.yaml`
```yaml
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: shipping
spec:
  hosts: [shipping]
  http:
    - timeout: 11s
      route:
        - destination: { host: shipping }
```

### Python, AWS Lambda

`serverless.yml`
```yaml
service: billing
provider:
  name: aws
functions:
  charge:
    handler: charge.handler
    timeout: 6  # finding
```

`charge.py`
```python
import requests


def handler(event, context):
    return requests.post("http://payments.example.com/charges", json=event, timeout=(3, 10)).json()
```

Use instead:

`serverless.yml`
```yaml
service: billing
provider:
  name: aws
functions:
  charge:
    handler: charge.handler
    timeout: 11
```

## Fix
Lets the one that gives up first wait a second longer than the sum. Not safe: often the inner timeout, or the number of attempts, is what is
too large, and who calls the caller has a timeout too.

## References
M. Brooker, Timeouts, retries, and backoff with jitter, Amazon Builders' Library · Beyer et al., Site Reliability Engineering, ch. 22
"Addressing Cascading Failures" (deadlines) · Istio documentation, VirtualService · ingress-nginx documentation, Annotations
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import ceil
from typing import NamedTuple

from architrave.facts.api import HttpCall
from architrave.facts.deployment import GatewayRule
from architrave.facts.values import Replacement
from architrave.findings import Finding, Related
from architrave.model.classes import Place
from architrave.model.contracts import Contracts
from architrave.model.functions import functions
from architrave.model.graph import Model
from architrave.model.routes import Endpoint
from architrave.model.tools import is_test, is_tool
from architrave.model.waiting import Wait, wait, waits, with_timeout
from architrave.rule import fix, rule
from architrave.text import Location


class _Inversion(NamedTuple):
    """Something gives up after `milliseconds`, and what it waits for may take longer."""

    location: Location
    milliseconds: int
    change: tuple[Replacement, ...]
    what: str  # `GET /items` of `inventory` is given
    subject: str
    longest: Wait
    handler: str


@rule(severity="warning", since="0.1")
def timeout_inversion(model: Model, *, depth: int = 3) -> Iterator[Finding]:
    worst: dict[Location, _Inversion] = {}  # One finding for each place where a number is too small.
    for found in (*_of_calls(model, depth), *_of_gateways(model, depth), *_of_functions(model, depth)):
        known = worst.get(found.location)
        if known is None or found.longest.longest > known.longest.longest:
            worst[found.location] = found
    for location in sorted(worst):
        yield _finding(model, worst[location])


def _of_calls(model: Model, depth: int) -> Iterator[_Inversion]:
    contracts = model.derived(Contracts)
    for path, call in model.each(HttpCall):
        if not call.path or is_tool(model, path) or is_test(path):
            continue
        service = model.deployment.called(path, call)
        own = wait(model, path, call) if service is not None and service != model.services.of(path) else None
        if service is None or own is None:
            continue
        served = contracts.serving(service, call.method, model.deployment.base(path, call) + call.path)
        longest = _longest(model, served, depth) if len({endpoint.handler for endpoint in served}) == 1 else None
        if longest is None or longest[0].longest <= own.milliseconds:
            continue
        where, fact = own.client if own.client is not None else (path, call)
        yield _Inversion(
            model.at(where, fact.span), own.milliseconds, fact.timeout_fix, f"A request to `{service or 'the workspace'}` is given",
            f"timeout {service} {getattr(fact, 'name', '') or call.function}", *longest,
        )  # fmt: skip


def _of_gateways(model: Model, depth: int) -> Iterator[_Inversion]:
    for path, gateway in model.each(GatewayRule):
        service = model.services.at_host(gateway.host) if gateway.milliseconds else None
        if service is None or gateway.milliseconds is None:
            continue
        served = [item for item in model.routes.by_service.get(service, ()) if item.is_complete and _is_below(item.path, gateway.path)]
        longest = _longest(model, served, depth)
        if longest is not None and longest[0].longest > gateway.milliseconds:
            yield _Inversion(
                model.at(path, gateway.span), gateway.milliseconds, gateway.timeout_fix, f"{gateway.kind} gives `{service}`",
                f"timeout {gateway.kind} {gateway.host} {gateway.path}", *longest,
            )  # fmt: skip


def _of_functions(model: Model, depth: int) -> Iterator[_Inversion]:
    for path, function, place in functions(model):
        if not function.milliseconds:
            continue
        starts = [place] if place.name else list(dict.fromkeys(i.handler for i in model.routes.endpoints if i.handler.path == place.path))
        found = [(item, start.name or function.name) for start in starts for item in waits(model, start, depth)]
        longest = max(found, key=lambda item: item[0].longest, default=None)
        if longest is not None and longest[0].longest > function.milliseconds:
            yield _Inversion(
                model.at(path, function.timeout_span or function.span), function.milliseconds, function.timeout_fix,
                f"{function.platform} gives `{function.name}`", f"timeout {function.name}", *longest,
            )  # fmt: skip


def _is_below(path: str, prefix: str) -> bool:
    return not prefix or path == prefix or path.startswith(f"{prefix}/")


def _longest(model: Model, served: Iterable[Endpoint], depth: int) -> tuple[Wait, str] | None:
    found: list[tuple[Wait, str]] = []
    handlers: dict[Place, str] = {endpoint.handler: f"{endpoint.method} {endpoint.path}" for endpoint in served}
    for handler, name in handlers.items():
        found.extend((item, name) for item in waits(model, handler, depth))
    return max(found, key=lambda item: item[0].longest, default=None)


def _finding(model: Model, found: _Inversion) -> Finding:
    longest = found.longest
    place = model.at(longest.path, longest.call.span)
    target = f" for `{longest.call.host}`" if longest.call.host else ""
    total = _spoken(longest.longest)
    summed = total if longest.attempts == 1 else f"{longest.attempts} × {_spoken(longest.milliseconds)} = {total}"
    seconds = ceil(longest.longest / 1000) + 1
    related = [Related(place, f"waits up to {_spoken(longest.milliseconds)}{target}")]
    if longest.client is not None:
        related.append(Related(model.at(longest.client[0], longest.client[1].span), "the timeout is that of this client"))
    related.extend(Related(policy, f"{longest.attempts} attempts") for policy in longest.policies)
    return Finding(
        found.location,
        f"{found.what} {_spoken(found.milliseconds)}; `{found.handler}` may wait {summed}{target}",
        found.subject,
        (f"{_spoken(found.milliseconds)} < {summed}",),
        tuple(related),
        fix(f"Wait {seconds} s", found.location.path, with_timeout(found.change, seconds)),
    )


def _spoken(milliseconds: int) -> str:
    return f"{milliseconds / 1000:g} s" if milliseconds >= 1000 else f"{milliseconds} ms"
