"""A health probe asks for a path that the service does not serve, or not to it.

## Why it matters
The probe gets 404, so the workload is never ready and takes no traffic, or is restarted for ever by its liveness probe. It happens when a
route is renamed or moved below a prefix while the manifest stays as it was, and shows only at the next deployment.

A route that wants to know who asks answers 401 just the same, so a probe of one is reported unless it sends headers. Known routes count
with everything that they are mounted under. It is silent where not all routes of the service are known. The health check of a load
balancer (a target group of AWS, or an annotation of its Ingress controller) counts where it is called like the service.

## Example

### Python

`orders/app.py`
```python
from fastapi import FastAPI

app = FastAPI()


@app.get("/healthz")
def health() -> str:
    return "ok"
```

`orders/Dockerfile`
```dockerfile
FROM python:3.12-slim
COPY . .
USER 1000
CMD ["uvicorn", "app:app"]
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
          livenessProbe:
            httpGet:
              path: /health  # finding
              #     ^^^^^^^
              port: 8000
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
          livenessProbe:
            httpGet:
              path: /healthz
              port: 8000
```

### Go

`orders/main.go`
```go
package main

import "net/http"

func main() {
	http.HandleFunc("GET /healthz", health)
	http.ListenAndServe(":8080", nil)
}
```

`orders/Dockerfile`
```dockerfile
FROM gcr.io/distroless/static:nonroot
COPY orders /
CMD ["/orders"]
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
          livenessProbe:
            httpGet:
              path: /health  # finding
              port: 8080
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
          livenessProbe:
            httpGet:
              path: /healthz
              port: 8080
```

### TypeScript

`orders/src/main.ts`
```typescript
import express from "express";

const app = express();
app.get("/healthz", (req, res) => res.sendStatus(200));
app.listen(8080);
```

`orders/Dockerfile`
```dockerfile
FROM node:24-alpine
COPY dist dist
USER node
CMD ["node", "dist/main.js"]
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
          livenessProbe:
            httpGet:
              path: /health  # finding
              port: 8080
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
          livenessProbe:
            httpGet:
              path: /healthz
              port: 8080
```

### Java

`orders/pom.xml`
```xml
<project>
  <artifactId>orders</artifactId>
  <dependencies>
    <dependency>
      <groupId>org.springframework.boot</groupId>
      <artifactId>spring-boot-starter-actuator</artifactId>
    </dependency>
  </dependencies>
</project>
```

`orders/src/main/java/com/shop/OrderController.java`
```java
package com.shop;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
class OrderController {
    @GetMapping("/orders")
    List<Order> list() {
        return List.of();
    }
}
```

`orders/Dockerfile`
```dockerfile
FROM eclipse-temurin:21-jre
COPY target/orders.jar /orders.jar
USER 1000
CMD ["java", "-jar", "/orders.jar"]
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
          livenessProbe:
            httpGet:
              path: /health  # finding
              port: 8080
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
          livenessProbe:
            httpGet:
              path: /actuator/health
              port: 8080
```

### Rust

`orders/src/main.rs`
```rust
use axum::{routing::get, Router};

#[tokio::main]
async fn main() {
    let app = Router::new().route("/healthz", get(health));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
```

`orders/Dockerfile`
```dockerfile
FROM gcr.io/distroless/cc:nonroot
COPY orders /
CMD ["/orders"]
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
          livenessProbe:
            httpGet:
              path: /health  # finding
              port: 8080
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
          livenessProbe:
            httpGet:
              path: /healthz
              port: 8080
```

### Compose

`orders/app.py`
```python
from fastapi import FastAPI

app = FastAPI()


@app.get("/healthz")
def health() -> str:
    return "ok"
```

`orders/Dockerfile`
```dockerfile
FROM python:3.12-slim
COPY . .
USER 1000
CMD ["uvicorn", "app:app"]
```

`compose.yaml`
```yaml
services:
  orders:
    build: orders
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost:8000/health"]  # finding
```

Use instead:

`compose.yaml`
```yaml
services:
  orders:
    build: orders
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost:8000/healthz"]
```

### Terraform

`orders/app.py`
```python
from fastapi import FastAPI

app = FastAPI()


@app.get("/healthz")
def health() -> str:
    return "ok"
```

`orders/Dockerfile`
```dockerfile
FROM python:3.12-slim
COPY . .
USER 1000
CMD ["uvicorn", "app:app"]
```

`deploy/balancer.tf`
```hcl
resource "aws_lb_target_group" "orders" {
  port     = 8000
  protocol = "HTTP"

  health_check {
    path = "/health"  # finding
  }
}
```

Use instead:

`deploy/balancer.tf`
```hcl
resource "aws_lb_target_group" "orders" {
  port     = 8000
  protocol = "HTTP"

  health_check {
    path = "/healthz"
  }
}
```

## Fix
Sets the path to the service's health route, when there is one that is meant: of a Kubernetes probe, a health check of compose or a
Dockerfile, and of a load balancer. It is not applied unseen: the route may have been meant to move.

## References
Kubernetes documentation, Configure Liveness, Readiness and Startup Probes · Compose specification, healthcheck
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from architrave.facts.deployment import Probe
from architrave.facts.values import Replacement
from architrave.findings import Finding, Related
from architrave.model.contracts import Contracts
from architrave.model.graph import Model
from architrave.model.guards import Guards
from architrave.model.routes import Endpoint
from architrave.regexes import regex
from architrave.rule import fix, rule

_KINDS = {"healthcheck": "health check", "balancer": "load balancer"}
_HEALTH = regex(r"health|ready|readiness|live(ness)?\b|alive|ping|status|up\b", re.IGNORECASE)
_FROM_THE_FRAMEWORK = regex(r"/(actuator|management|q/health|metrics|docs|redoc|openapi\.json|swagger)(/|$)")


@rule(severity="warning", since="0.1")
def probe_path_mismatch(model: Model) -> Iterator[Finding]:
    contracts = model.derived(Contracts)
    deployment = model.deployment
    probes = [(item.path, probe, item.service) for item in model.services.running for probe in deployment.probes(item)]
    images = {built.path: built.service for built in model.services.built}
    probes += [(path, probe, images[path]) for path, probe in deployment.image_probes if path in images]
    probes += deployment.balanced
    for path, probe, service in probes:
        asked = probe.path.partition("?")[0]
        if service is None or "$" in asked or not contracts.is_closed(service) or _FROM_THE_FRAMEWORK.search(asked):
            continue
        serving = contracts.serving(service, "GET", asked)
        if serving and not probe.has_headers:
            yield from _closed(model, path, probe, asked, serving)
        if serving or contracts.may_serve(service, asked):
            continue
        meant = _meant(contracts.endpoints(service), asked)
        yield Finding(
            model.at(path, probe.span),
            f"The {_shown(probe)} asks for `{asked}`, which `{service or 'the service'}` does not serve"
            + (f"; it serves `{meant.path}`" if meant is not None else ""),
            f"{probe.owner} {probe.kind} {asked}",
            evidence=(asked, *((f"GET {meant.path}",) if meant is not None else ())),
            related=(Related(model.at(meant.file, meant.route.span), f"`GET {meant.path}` is served here"),) if meant is not None else (),
            fix=fix(f"Ask for `{meant.path}`", path, _replaced(probe, meant)) if meant is not None else None,
        )


def _closed(model: Model, path: str, probe: Probe, asked: str, serving: tuple[Endpoint, ...]) -> Iterator[Finding]:
    """A probe of a route that lets in nobody whom it does not know."""
    guarding = [model.front(Guards).of(endpoint) for endpoint in serving]
    if all(item.access == "guarded" for item in guarding):
        guard = guarding[0].names[0]
        yield Finding(
            model.at(path, probe.span),
            f"The {_shown(probe)} asks for `{asked}`, which `{guard}` guards, without saying who asks",
            f"{probe.owner} {probe.kind} {asked} guarded",
            evidence=(asked, guard),
            related=(Related(model.at(serving[0].file, serving[0].route.span), f"`GET {serving[0].path}` is served here"),),
        )


def _shown(probe: Probe) -> str:
    return _KINDS.get(probe.kind, f"{probe.kind} probe")


def _meant(endpoints: tuple[Endpoint, ...], asked: str) -> Endpoint | None:
    """Return the route that ends as the path asked for does, or else the health route that is most like it."""
    found = [item for item in endpoints if item.method in ("GET", "*") and "{" not in item.path]
    same = [item for item in found if item.path.rstrip("/").endswith(asked.rstrip("/"))] if asked.strip("/") else []
    healthy = same or [item for item in found if _HEALTH.search(item.path.rpartition("/")[2])]
    like = {item.path: SequenceMatcher(None, asked, item.path).ratio() for item in healthy}
    best = max(like.values(), default=0.0)
    nearest = [path for path, ratio in like.items() if ratio == best]
    return next(item for item in healthy if item.path == nearest[0]) if len(nearest) == 1 else None


def _replaced(probe: Probe, meant: Endpoint) -> tuple[Replacement, ...]:
    span = probe.path_span
    quotes = span.end - span.start - len(probe.path.encode()) if span is not None else -1
    if span is None or quotes not in (0, 2):
        return ()
    mark = '"' if quotes else ""
    return (Replacement(span, f"{mark}{meant.path}{mark}"),)
