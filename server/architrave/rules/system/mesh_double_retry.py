"""A request is tried again by the code and by the mesh or gateway, so that one becomes many.

## Why it matters
Attempts multiply: four in the code, each of which the sidecar sends three times, are twelve requests to a service that answers none of them
because it is overloaded. What was a short slowness becomes a storm that keeps it down, and each layer looks modest when it is read alone.
One layer should try again, best the one that knows whether the request may be repeated, which is the code.

## Options
- `most`: from how many requests for one on.
- `depth`: how many calls inside the workspace are followed from what is tried again to the request.

## Example

### Python and Istio

`shop/pyproject.toml`
```toml
[project]
name = "shop"
```

`shop/stock.py`
```python
import httpx
from tenacity import retry, stop_after_attempt, wait_random_exponential


@retry(stop=stop_after_attempt(4), wait=wait_random_exponential(max=10))
def stock(sku: str) -> int:
    return httpx.get(f"http://inventory:8000/items/{sku}", timeout=2).json()["count"]
```

`deploy/inventory.yaml`
```yaml
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: inventory }
spec:
  http:
    - retries:
        attempts: 2  # finding
        perTryTimeout: 2s
      route:
        - destination: { host: inventory }
```

`compose.yml`
```yaml
services:
  shop:
    build: ./shop
  inventory:
    build: ./inventory
```

`inventory/pyproject.toml`
```toml
[project]
name = "inventory"
```

`inventory/main.py`
```python
from fastapi import FastAPI

app = FastAPI()
```

Use instead:

`deploy/inventory.yaml`
```yaml
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: inventory }
spec:
  http:
    - retries:
        attempts: 0
        perTryTimeout: 2s
      route:
        - destination: { host: inventory }
```

### TypeScript and Linkerd

`shop/package.json`
```json
{ "name": "shop" }
```

`shop/src/stock.ts`
```typescript
import axios from "axios";
import axiosRetry from "axios-retry";

const inventory = axios.create({ baseURL: "http://inventory:3000", timeout: 1000 });
axiosRetry(inventory, { retries: 3, retryDelay: axiosRetry.exponentialDelay });

export const stock = async (sku: string) => (await inventory.get(`/items/${sku}`)).data;
```

`deploy/inventory.yaml`
```yaml
apiVersion: v1
kind: Service
metadata:
  name: inventory
  annotations:
    retry.linkerd.io/http: 5xx
    retry.linkerd.io/limit: "2"  # finding
spec:
  selector: { app: inventory }
  ports:
    - port: 3000
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: inventory }
spec:
  template:
    metadata:
      labels: { app: inventory }
    spec:
      containers:
        - name: inventory
          image: shop/inventory:1
```

`inventory/package.json`
```json
{ "name": "inventory" }
```

`inventory/src/app.ts`
```typescript
export const app = {};
```

Use instead:

`deploy/inventory.yaml`
```yaml
apiVersion: v1
kind: Service
metadata:
  name: inventory
  annotations:
    retry.linkerd.io/http: 5xx
    retry.linkerd.io/limit: "0"
spec:
  selector: { app: inventory }
  ports:
    - port: 3000
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: inventory }
spec:
  template:
    metadata:
      labels: { app: inventory }
    spec:
      containers:
        - name: inventory
          image: shop/inventory:1
```

### Go and Envoy

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

	"github.com/avast/retry-go/v4"
)

var client = &http.Client{Timeout: 2 * time.Second}

func Stock() error {
	return retry.Do(ask, retry.Attempts(3))
}

func ask() error {
	_, err := client.Get("http://inventory:8080/items")
	return err
}
```

`deploy/envoy.yaml`
```yaml
static_resources:
  listeners:
    - filter_chains:
        - filters:
            - typed_config:
                route_config:
                  virtual_hosts:
                    - routes:
                        - match: { prefix: / }
                          route:
                            cluster: inventory
                            retry_policy: { retry_on: 5xx, num_retries: 1 }  # finding
  clusters:
    - name: inventory
      load_assignment:
        endpoints:
          - lb_endpoints:
              - endpoint: { address: { socket_address: { address: inventory, port_value: 8080 } } }
```

`compose.yml`
```yaml
services:
  shop:
    build: ./shop
  inventory:
    build: ./inventory
```

`inventory/go.mod`
```text
module example.com/inventory
```

`inventory/main.go`
```go
package main

func main() {}
```

Use instead:

`deploy/envoy.yaml`
```yaml
static_resources:
  listeners:
    - filter_chains:
        - filters:
            - typed_config:
                route_config:
                  virtual_hosts:
                    - routes:
                        - match: { prefix: / }
                          route:
                            cluster: inventory
                            retry_policy: { retry_on: 5xx, num_retries: 0 }
  clusters:
    - name: inventory
      load_assignment:
        endpoints:
          - lb_endpoints:
              - endpoint: { address: { socket_address: { address: inventory, port_value: 8080 } } }
```

### Java and Spring Cloud Gateway

`shop/pom.xml`
```xml
<project>
  <groupId>com.shop</groupId>
  <artifactId>shop</artifactId>
</project>
```

`shop/src/main/java/com/shop/Stock.java`
```java
package com.shop;

import org.springframework.retry.annotation.Backoff;
import org.springframework.retry.annotation.Retryable;
import org.springframework.web.client.RestTemplate;

class Stock {
    private final RestTemplate rest;

    Stock(RestTemplate rest) {
        this.rest = rest;
    }

    @Retryable(maxAttempts = 4, backoff = @Backoff(delay = 200, multiplier = 2, random = true))
    String item(String sku) {
        return rest.getForObject("http://gateway:8080/items/{sku}", String.class, sku);
    }
}
```

`gateway/pom.xml`
```xml
<project>
  <groupId>com.shop</groupId>
  <artifactId>gateway</artifactId>
</project>
```

`gateway/src/main/java/com/shop/Gateway.java`
```java
package com.shop;

class Gateway {}
```

`gateway/src/main/resources/application.yml`
```yaml
spring:
  cloud:
    gateway:
      routes:
        - id: inventory
          uri: lb://inventory
          predicates:
            - Path=/items/**
          filters:
            - name: Retry
              args:
                retries: 3  # finding
```

`compose.yml`
```yaml
services:
  shop:
    build: ./shop
  gateway:
    build: ./gateway
```

Use instead:

`gateway/src/main/resources/application.yml`
```yaml
spring:
  cloud:
    gateway:
      routes:
        - id: inventory
          uri: lb://inventory
          predicates:
            - Path=/items/**
          filters:
            - name: Retry
              args:
                retries: 0
```

### Rust and the Gateway API

`shop/Cargo.toml`
```toml
[package]
name = "shop"
```

`shop/src/main.rs`
```rust
use tokio_retry::strategy::{jitter, ExponentialBackoff};
use tokio_retry::Retry;

pub async fn stock() -> anyhow::Result<String> {
    Retry::spawn(ExponentialBackoff::from_millis(100).map(jitter).take(2), fetch).await
}

async fn fetch() -> anyhow::Result<String> {
    Ok(reqwest::get("http://inventory:3000/items").await?.text().await?)
}
```

`deploy/inventory.yaml`
```yaml
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: inventory }
spec:
  rules:
    - retry:
        attempts: 2  # finding
      backendRefs:
        - { name: inventory, port: 3000 }
```

`compose.yml`
```yaml
services:
  shop:
    build: ./shop
  inventory:
    build: ./inventory
```

`inventory/Cargo.toml`
```toml
[package]
name = "inventory"
```

`inventory/src/main.rs`
```rust
fn main() {}
```

Use instead:

`deploy/inventory.yaml`
```yaml
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: inventory }
spec:
  rules:
    - retry:
        attempts: 0
      backendRefs:
        - { name: inventory, port: 3000 }
```

## Fix
Lets the mesh or gateway try once. Not safe: others than this code may rely on it.

## References
Microsoft Azure Architecture Center, Retry Storm antipattern · Istio documentation, VirtualService, HTTPRetry · Beyer et al., Site
Reliability Engineering, ch. 22 "Addressing Cascading Failures"
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from architrave.facts.api import HttpCall
from architrave.facts.deployment import GatewayRule
from architrave.findings import Finding, Related
from architrave.model.graph import Model
from architrave.model.tools import is_test, is_tool
from architrave.model.waiting import tries
from architrave.rule import fix, rule
from architrave.text import Location


class _Tried(NamedTuple):
    """A request that the code tries again, and by what."""

    location: Location
    call: HttpCall
    asked: str
    attempts: int
    policies: tuple[Location, ...]


@rule(severity="warning", since="0.1")
def mesh_double_retry(model: Model, *, most: int = 6, depth: int = 2) -> Iterator[Finding]:
    gateways = [(path, item) for path, item in model.each(GatewayRule) if (item.attempts or 1) > 1 and item.retry_span is not None]
    if not gateways:
        return
    tried = _tried(model, depth)
    for path, gateway in gateways:
        # What goes through a gateway of its own is sent to that; a mesh stands before the service itself.
        is_apart = gateway.kind == "Spring Cloud Gateway"
        service = model.services.of(path) if is_apart else model.services.at_host(gateway.host)
        found = [item for item in tried.get(service or "", ()) if _is_below(item.asked, gateway.path)] if service else []
        worst = max(found, key=lambda item: item.attempts, default=None)
        if worst is None or gateway.retry_span is None or gateway.attempts is None or worst.attempts * gateway.attempts < most:
            continue
        product = worst.attempts * gateway.attempts
        name = worst.call.function.rpartition(".")[2]
        yield Finding(
            model.at(path, gateway.retry_span),
            f"`{name}` tries {worst.attempts} times and {gateway.kind} {gateway.attempts} times to reach `{gateway.host}`: "
            f"one request becomes {product}",
            f"retries {gateway.kind} {gateway.host} {gateway.path}",
            (f"{worst.attempts} × {gateway.attempts} = {product} requests",),
            (
                Related(worst.location, "the request"),
                *(Related(policy, "tried again here") for policy in worst.policies),
            ),
            fix(f"Let {gateway.kind} try once", path, gateway.retry_fix),
        )


def _tried(model: Model, depth: int) -> dict[str, list[_Tried]]:
    found: dict[str, list[_Tried]] = defaultdict(list)
    for path, call in model.each(HttpCall):
        service = model.deployment.called(path, call) if not is_test(path) and not is_tool(model, path) else None
        if service is not None and service != model.services.of(path):
            attempts, policies = tries(model, path, call, depth)
            if attempts > 1:
                asked = model.deployment.base(path, call) + (call.path or "")
                found[service].append(_Tried(model.at(path, call.span), call, asked, attempts, policies))
    return found


def _is_below(path: str, prefix: str) -> bool:
    return not prefix or path == prefix or path.startswith(f"{prefix}/")
