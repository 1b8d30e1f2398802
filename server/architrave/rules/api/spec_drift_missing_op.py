"""An OpenAPI description and the routes of its service do not list the same operations.

## Why it matters
Clients are generated from the description, gateways let through what it lists, and security reviews read it. An endpoint that is not in it
is used by nobody, or by those who should not know it; an operation without an endpoint is a promise that answers 404.

It holds a description against the service that it lies in, or whose routes it mostly lists, once the two have half of one side in common.
Descriptions that a tool writes are left out, and so are routes outside of the prefix that all its paths share, and health, metrics and
documentation endpoints.

## Example

### Python

`openapi.yaml`
```yaml
openapi: 3.0.3
info:
  title: Orders
  version: 1.0.0
paths:
  /orders:
    get:
      responses:
        "200":
          description: All orders.
  /orders/{id}:
    get:
      responses:
        "200":
          description: One order.
    delete:  # finding
      responses:
        "204":
          description: It is gone.
```

`app.py`
```python
from flask import Flask

app = Flask(__name__)


@app.route("/orders", methods=["GET"])
def list_orders(): ...


@app.route("/orders/<int:order_id>", methods=["GET"])
def read_order(order_id): ...


@app.route("/orders/<int:order_id>/cancel", methods=["POST"])  # finding
def cancel_order(order_id): ...
```

Use instead:

`openapi.yaml`
```yaml
openapi: 3.0.3
info:
  title: Orders
  version: 1.0.0
paths:
  /orders/{order_id}/cancel:
    post:
      parameters:
        - name: order_id
          in: path
          required: true
          schema:
            type: string
      responses:
        default:
          description: To be described.
  /orders:
    get:
      responses:
        "200":
          description: All orders.
  /orders/{id}:
    get:
      responses:
        "200":
          description: One order.
```

### Go

`openapi.yaml`
```yaml
openapi: 3.0.3
info:
  title: Orders
  version: 1.0.0
paths:
  /orders/{id}:
    get:
      responses:
        "200":
          description: One order.
    delete:  # finding
      responses:
        "204":
          description: It is gone.
```

`main.go`
```go
package main

import "github.com/gin-gonic/gin"

func main() {
        r := gin.Default()
        r.GET("/orders/:id", readOrder)
        r.Run()
}
```

Use instead:

`openapi.yaml`
```yaml
openapi: 3.0.3
info:
  title: Orders
  version: 1.0.0
paths:
  /orders/{id}:
    get:
      responses:
        "200":
          description: One order.
```

### TypeScript

`openapi.yaml`
```yaml
openapi: 3.0.3
info:
  title: Orders
  version: 1.0.0
paths:
  /orders/{id}:
    get:
      responses:
        "200":
          description: One order.
    delete:  # finding
      responses:
        "204":
          description: It is gone.
```

`src/app.ts`
```typescript
import express from "express";
import { readOrder } from "./orders";

const app = express();
app.get("/orders/:id", readOrder);
app.listen(3000);
```

Use instead:

`openapi.yaml`
```yaml
openapi: 3.0.3
info:
  title: Orders
  version: 1.0.0
paths:
  /orders/{id}:
    get:
      responses:
        "200":
          description: One order.
```

### Java

`openapi.yaml`
```yaml
openapi: 3.0.3
info:
  title: Orders
  version: 1.0.0
paths:
  /orders/{id}:
    get:
      responses:
        "200":
          description: One order.
    delete:  # finding
      responses:
        "204":
          description: It is gone.
```

`src/main/java/com/shop/OrderController.java`
```java
package com.shop;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

@RestController
class OrderController {
    @GetMapping("/orders/{id}")
    Order read(@PathVariable long id) {
        return null;
    }
}
```

Use instead:

`openapi.yaml`
```yaml
openapi: 3.0.3
info:
  title: Orders
  version: 1.0.0
paths:
  /orders/{id}:
    get:
      responses:
        "200":
          description: One order.
```

### Rust

`Cargo.toml`
```toml
[package]
name = "orders"
version = "0.1.0"
```

`openapi.yaml`
```yaml
openapi: 3.0.3
info:
  title: Orders
  version: 1.0.0
paths:
  /orders:
    get:
      responses:
        "200":
          description: All orders
```

`src/main.rs`
```rust
use axum::{routing::get, Router};

pub fn router() -> Router {
    Router::new()
        .route("/orders", get(list))
        .route("/orders/{id}", get(show))  // finding
}
```

Use instead:

`openapi.yaml`
```yaml
openapi: 3.0.3
info:
  title: Orders
  version: 1.0.0
paths:
  /orders/{id}:
    get:
      parameters:
        - name: id
          in: path
          required: true
          schema:
            type: string
      responses:
        default:
          description: To be described.
  /orders:
    get:
      responses:
        "200":
          description: All orders
```

## Options
- `most_apart`: how many operations missing on one side are reported one by one; more are one finding of the description, with all their
  places.

## Fix
Adds a stub of the operation to the description, or deletes the operation that nothing serves; for one finding of many, all of them, where
the description is YAML. It is not applied unseen: only its author knows which of the two sides is right.

## References
OWASP API9:2023 Improper Inventory Management · OpenAPI Specification 3.1, Paths Object
"""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts.api import ApiDocument, ApiOperation
from architrave.findings import Finding, Related
from architrave.model.contracts import Contracts
from architrave.model.descriptions import Descriptions
from architrave.model.graph import Model
from architrave.model.routes import Endpoint, shape
from architrave.model.stubs import DescribedOperation, stubs, without, without_all
from architrave.regexes import regex
from architrave.rule import fix, rule

_USUALLY_LEFT_OUT = regex(
    r"/(health|healthz|healthcheck|health-check|ready|readyz|readiness|live|livez|liveness|ping|status|metrics|version|docs|redoc|swagger\S*"
    r"|openapi\S*|api-docs|favicon\.ico|robots\.txt|static|assets|public|actuator\S*)(/|$)"
)
_METHODS = frozenset(("GET", "POST", "PUT", "PATCH", "DELETE"))
_SHARE = 0.5  # Of one side that the other must list, before what it lacks counts as missing.


@rule(severity="warning", since="0.1")
def spec_drift_missing_op(model: Model, *, most_apart: int = 5) -> Iterator[Finding]:
    contracts = model.derived(Contracts)
    for path, document in model.each(ApiDocument):
        facts = model.derived(Descriptions).operations(path)
        if document.is_generated or not facts:
            continue
        found = _service(model, path, document, facts)
        if found is None or not contracts.is_closed(found[0]):
            continue
        service, operations = found
        endpoints = contracts.endpoints(service)
        served = {(item.method, shape(item.path)) for item in endpoints}
        listed = {operation.key for operation in operations}
        if _share(listed, served) >= _SHARE:
            dead = _dead(operations, contracts, service)
            if len(dead) > most_apart:
                yield _all_unserved(model, path, document, service, operations, dead)
            else:
                yield from (_unserved(model, path, operation, endpoints) for operation in dead)
        routes = [item for item in endpoints if _belongs(item, operations)]
        keys = {(item.method, shape(item.path)) for item in routes}
        if _share(keys, listed) >= _SHARE:
            missing = _missing(routes, listed)
            if len(missing) > most_apart:
                yield _all_undescribed(model, path, document, service, operations, missing)
            else:
                yield from (_undescribed(model, path, operations, endpoint) for endpoint in missing)


def _service(
    model: Model, path: str, document: ApiDocument, facts: tuple[ApiOperation, ...]
) -> tuple[str, list[DescribedOperation]] | None:
    """Return the service that a description is about, the one whose routes it lists most of, and its operations as routes would be."""
    best: tuple[float, str, list[DescribedOperation]] | None = None
    own = model.services.of(path)
    for service, endpoints in model.routes.by_service.items():
        if service != own and own and not own.startswith(f"{service}/") and service:
            continue
        served = {(item.method, shape(item.path)) for item in endpoints}
        for base in dict.fromkeys((*document.bases, "")):
            operations = [DescribedOperation(fact, base + fact.path) for fact in facts]
            score = _share({operation.key for operation in operations}, served) + (0.01 if service == own else 0)
            if best is None or score > best[0]:
                best = (score, service, operations)
    return (best[1], best[2]) if best is not None and best[0] >= _SHARE * 0.5 else None


def _share(wanted: set[tuple[str, str]], known: set[tuple[str, str]]) -> float:
    shapes = {path for method, path in known if method == "*"}
    met = [key for key in wanted if key in known or key[1] in shapes or (key[0] == "*" and any(key[1] == path for _, path in known))]
    return len(met) / len(wanted) if wanted else 0.0


def _belongs(endpoint: Endpoint, operations: list[DescribedOperation]) -> bool:
    """Whether a route lies below the prefix that all paths of the description share, and is one that descriptions list."""
    if endpoint.method not in _METHODS or _USUALLY_LEFT_OUT.search(endpoint.path.lower()) or endpoint.path.rstrip("/").endswith("*}"):
        return False
    split = [[part for part in shape(operation.path).split("/") if part] for operation in operations]
    prefix = []
    for parts in zip(*split, strict=False):
        if len(set(parts)) > 1 or "{" in parts[0]:
            break
        prefix.append(parts[0])
    own = [part for part in shape(endpoint.path).split("/") if part]
    return bool(own) and own[: len(prefix)] == prefix


def _dead(operations: list[DescribedOperation], contracts: Contracts, service: str) -> list[DescribedOperation]:
    return [
        operation
        for operation in operations
        if operation.fact.method in _METHODS
        and not contracts.serving(service, operation.fact.method, operation.path)
        and not contracts.may_serve(service, operation.path)
    ]


def _unserved(model: Model, path: str, operation: DescribedOperation, endpoints: tuple[Endpoint, ...]) -> Finding:
    fact = operation.fact
    others = [item for item in endpoints if shape(item.path) == shape(operation.path)]
    return Finding(
        model.at(path, fact.span),
        f"No route serves `{fact.method} {operation.path}`"
        + (f", only {', '.join(f'`{item.method}`' for item in others)}" if others else ""),
        f"{fact.method} {shape(operation.path)}",
        evidence=(f"{fact.method} {operation.path}",),
        related=tuple(Related(model.at(item.file, item.route.span), f"`{item.method} {item.path}` is served here") for item in others),
        fix=fix(f"Delete `{fact.method} {fact.path}`", path, without(path, operation.fact.whole_span)),
    )


def _all_unserved(
    model: Model, path: str, document: ApiDocument, service: str, operations: list[DescribedOperation], dead: list[DescribedOperation]
) -> Finding:
    """One finding for the operations of a description that nothing serves."""
    shown = [f"{operation.fact.method} {operation.path}" for operation in dead]
    return Finding(
        model.at(path, document.span),
        f"No route serves {len(shown)} of the {len(operations)} operations, such as `{shown[0]}`",
        f"{service} unserved",
        (f"{len(operations)} operations described, {len(operations) - len(dead)} served",),
        tuple(
            Related(model.at(path, operation.fact.span), f"No route serves `{name}`") for name, operation in zip(shown, dead, strict=True)
        ),
        fix(f"Delete all {len(shown)} operations", path, without_all(path, operations, dead)),
    )


def _all_undescribed(
    model: Model, path: str, document: ApiDocument, service: str, operations: list[DescribedOperation], missing: list[Endpoint]
) -> Finding:
    """One finding for the routes that a description leaves out."""
    shown = [f"{endpoint.method} {endpoint.path}" for endpoint in missing]
    return Finding(
        model.at(path, document.span),
        f"{len(shown)} routes of {f'`{service}`' if service else 'the service'} are not described, such as `{shown[0]}`",
        f"{service} undescribed",
        (f"{len(operations)} operations described, {len(shown)} more served",),
        tuple(Related(model.at(item.file, item.route.span), f"`{item.method} {item.path}` is not described") for item in missing),
        fix(f"Describe all {len(shown)} routes", path, stubs(path, operations, missing)),
    )


def _missing(routes: list[Endpoint], listed: set[tuple[str, str]]) -> list[Endpoint]:
    any_method = {key[1] for key in listed if key[0] == "*"}
    found: dict[tuple[str, str], Endpoint] = {}
    for endpoint in routes:
        key = (endpoint.method, shape(endpoint.path))
        if key not in listed and key[1] not in any_method:
            found.setdefault(key, endpoint)
    return list(found.values())


def _undescribed(model: Model, path: str, operations: list[DescribedOperation], endpoint: Endpoint) -> Finding:
    return Finding(
        model.at(endpoint.file, endpoint.route.span),
        f"`{endpoint.method} {endpoint.path}` is not in `{path}`",
        f"{endpoint.method} {shape(endpoint.path)}",
        evidence=(f"{endpoint.method} {endpoint.path}",),
        related=(Related(model.at(path, operations[0].fact.span), "Other operations are described here"),),
        fix=fix(f"Describe `{endpoint.method} {endpoint.path}`", path, stubs(path, operations, [endpoint])),
    )
