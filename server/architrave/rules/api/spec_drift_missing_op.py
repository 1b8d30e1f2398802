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

## Fix
Adds a stub of the operation to the description, or, in YAML, deletes the operation that nothing serves.

## References
OWASP API9:2023 Improper Inventory Management · OpenAPI Specification 3.1, Paths Object
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from architrave.facts.api import ApiDocument, ApiOperation
from architrave.findings import Edit, Finding, Fix, Related
from architrave.model.contracts import Contracts
from architrave.model.graph import Model
from architrave.model.routes import Endpoint, shape
from architrave.rule import rule

_USUALLY_LEFT_OUT = re.compile(
    r"/(health|healthz|healthcheck|health-check|ready|readyz|readiness|live|livez|liveness|ping|status|metrics|version|docs|redoc|swagger\S*"
    r"|openapi\S*|api-docs|favicon\.ico|robots\.txt|static|assets|public|actuator\S*)(/|$)"
)
_METHODS = frozenset(("GET", "POST", "PUT", "PATCH", "DELETE"))
_SHARE = 0.5  # Of one side that the other must list, before what it lacks counts as missing.


class _Operation(NamedTuple):
    fact: ApiOperation
    path: str  # With the base of the server, if the routes have it too.

    @property
    def key(self) -> tuple[str, str]:
        return self.fact.method, shape(self.path)


@rule(severity="warning", since="0.1")
def spec_drift_missing_op(model: Model) -> Iterator[Finding]:
    contracts = model.derived(Contracts)
    for path, document in model.each(ApiDocument):
        facts = model.of(path, ApiOperation)
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
            yield from _dead(model, path, operations, endpoints, contracts, service)
        routes = [item for item in endpoints if _belongs(item, operations)]
        keys = {(item.method, shape(item.path)) for item in routes}
        if _share(keys, listed) >= _SHARE:
            yield from _undescribed(model, path, operations, routes, listed)


def _service(model: Model, path: str, document: ApiDocument, facts: tuple[ApiOperation, ...]) -> tuple[str, list[_Operation]] | None:
    """Return the service that a description is about, the one whose routes it lists most of, and its operations as routes would be."""
    best: tuple[float, str, list[_Operation]] | None = None
    own = model.services.of(path)
    for service, endpoints in model.routes.by_service.items():
        if service != own and own and not own.startswith(f"{service}/") and service:
            continue
        served = {(item.method, shape(item.path)) for item in endpoints}
        for base in dict.fromkeys((*document.bases, "")):
            operations = [_Operation(fact, base + fact.path) for fact in facts]
            score = _share({operation.key for operation in operations}, served) + (0.01 if service == own else 0)
            if best is None or score > best[0]:
                best = (score, service, operations)
    return (best[1], best[2]) if best is not None and best[0] >= _SHARE * 0.5 else None


def _share(wanted: set[tuple[str, str]], known: set[tuple[str, str]]) -> float:
    shapes = {path for method, path in known if method == "*"}
    met = [key for key in wanted if key in known or key[1] in shapes or (key[0] == "*" and any(key[1] == path for _, path in known))]
    return len(met) / len(wanted) if wanted else 0.0


def _belongs(endpoint: Endpoint, operations: list[_Operation]) -> bool:
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


def _dead(
    model: Model, path: str, operations: list[_Operation], endpoints: tuple[Endpoint, ...], contracts: Contracts, service: str
) -> Iterator[Finding]:
    for operation in operations:
        fact = operation.fact
        if (
            fact.method not in _METHODS
            or contracts.serving(service, fact.method, operation.path)
            or contracts.may_serve(service, operation.path)
        ):
            continue
        others = [item for item in endpoints if shape(item.path) == shape(operation.path)]
        edits = (Edit(model.at(path, fact.whole_span), "", "whole"),) if fact.whole_span is not None else ()
        yield Finding(
            model.at(path, fact.span),
            f"No route serves `{fact.method} {operation.path}`"
            + (f", only {', '.join(f'`{item.method}`' for item in others)}" if others else ""),
            f"{fact.method} {shape(operation.path)}",
            evidence=(f"{fact.method} {operation.path}",),
            related=tuple(Related(model.at(item.file, item.route.span), f"`{item.method} {item.path}` is served here") for item in others),
            fix=Fix(f"Delete `{fact.method} {fact.path}`", edits) if edits and path.endswith((".yaml", ".yml")) else None,
        )


def _undescribed(
    model: Model, path: str, operations: list[_Operation], routes: list[Endpoint], listed: set[tuple[str, str]]
) -> Iterator[Finding]:
    any_method = {key[1] for key in listed if key[0] == "*"}
    for endpoint in routes:
        key = (endpoint.method, shape(endpoint.path))
        if key in listed or key[1] in any_method:
            continue
        yield Finding(
            model.at(endpoint.file, endpoint.route.span),
            f"`{endpoint.method} {endpoint.path}` is not in `{path}`",
            f"{endpoint.method} {shape(endpoint.path)}",
            evidence=(f"{endpoint.method} {endpoint.path}",),
            related=(Related(model.at(path, operations[0].fact.span), "Other operations are described here"),),
            fix=_stub(model, path, operations, endpoint),
        )


def _stub(model: Model, path: str, operations: list[_Operation], endpoint: Endpoint) -> Fix | None:
    """Describe an operation before the first one of its path, or before the first path."""
    same = [operation for operation in operations if shape(operation.path) == shape(endpoint.path)]
    first = operations[0]
    base = first.path.removesuffix(first.fact.path)
    plain = re.sub(r"\{(\w+)[^}]*\}", r"{\1}", endpoint.path.removeprefix(base))
    names = re.findall(r"\{(\w+)\}", same[0].fact.path if same else plain)
    if same and same[0].fact.parameters:
        names = []
    method = endpoint.method.lower()
    span = same[0].fact.span if same else first.fact.path_span
    if span is None:
        return None
    if path.endswith((".yaml", ".yml")):
        lines = _yaml(method, names)
        lines = lines if same else [f"{plain}:", *(f"  {line}" for line in lines)]
    elif _is_laid_out(first.fact):
        described = {method: _described(names)}
        lines = json.dumps(described if same else {plain: described}, indent=2).split("\n")[1:-1]
        lines = [line[2:] for line in lines[:-1]] + [lines[-1][2:] + ","]
    else:
        return None
    return Fix(f"Describe `{endpoint.method} {plain}`", (Edit(model.at(path, span), "\n".join(lines), "before"),))


def _yaml(method: str, names: list[str]) -> list[str]:
    lines = [f"{method}:"]
    if names:
        lines.append("  parameters:")
        for name in names:
            lines += [f"    - name: {name}", "      in: path", "      required: true", "      schema:", "        type: string"]
    return [*lines, "  responses:", "    default:", "      description: To be described."]


def _described(names: list[str]) -> dict[str, object]:
    parameters = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
    responses = {"responses": {"default": {"description": "To be described."}}}
    return {"parameters": parameters, **responses} if parameters else {**responses}


def _is_laid_out(first: ApiOperation) -> bool:
    """Whether a JSON description has its keys on lines of their own: more than `": {"` stands between a path and its method."""
    return first.path_span is not None and first.span.start - first.path_span.end > 6
