"""A service imports the source of another service.

## Why it matters
Two services that are deployed on their own agree on what goes over the wire. When one imports the code of the other, they also agree on
every class and column behind it: the other cannot change a model without breaking a build that it does not know, both have to be deployed
together, and the image of one has to hold the other. What is made to be shared is left alone: packages that no image runs, imports of
types only, and folders called `client`, `contracts`, `events`, `proto` and the like.

## Example

### Python

`services/orders/pyproject.toml`
```toml
[project]
name = "orders"
```

`services/orders/Dockerfile`
```dockerfile
FROM python:3.12
COPY . .
CMD ["python", "-m", "orders"]
```

`services/orders/src/orders/models.py`
```python
class Order: ...
```

`services/reports/pyproject.toml`
```toml
[project]
name = "reports"
dependencies = ["orders"]
```

`services/reports/Dockerfile`
```dockerfile
FROM python:3.12
COPY . .
CMD ["python", "-m", "reports"]
```

`services/reports/src/reports/daily.py`
```python
from orders.models import Order  # finding


def count(orders: list[Order]) -> int:
    return len(orders)
```

Use instead:

`services/reports/src/reports/daily.py`
```python
import httpx


def count(orders: httpx.Client) -> int:
    return orders.get("/v1/orders/summary").json()["count"]
```

### TypeScript

`services/orders/package.json`
```json
{ "name": "orders" }
```

`services/orders/Dockerfile`
```dockerfile
FROM node:22
COPY . .
```

`services/orders/src/pricing.ts`
```typescript
export function total(lines: number[]): number {
  return lines.reduce((sum, line) => sum + line, 0);
}
```

`services/billing/package.json`
```json
{ "name": "billing" }
```

`services/billing/Dockerfile`
```dockerfile
FROM node:22
COPY . .
```

`services/billing/src/invoice.ts`
```typescript
import { total } from "../../orders/src/pricing";  // finding

export const invoice = (lines: number[]) => ({ total: total(lines) });
```

Use instead:

`packages/pricing/package.json`
```json
{ "name": "@shop/pricing" }
```

`packages/pricing/index.ts`
```typescript
export function total(lines: number[]): number {
  return lines.reduce((sum, line) => sum + line, 0);
}
```

`services/billing/src/invoice.ts`
```typescript
import { total } from "../../../packages/pricing";

export const invoice = (lines: number[]) => ({ total: total(lines) });
```

### Go

`services/orders/go.mod`
```text
module example.com/shop/orders
```

`services/orders/Dockerfile`
```dockerfile
FROM golang:1.24
COPY . .
```

`services/orders/store/store.go`
```go
package store

type Order struct{ ID int64 }
```

`services/billing/go.mod`
```text
module example.com/shop/billing
```

`services/billing/Dockerfile`
```dockerfile
FROM golang:1.24
COPY . .
```

`services/billing/main.go`
```go
package main

import "example.com/shop/orders/store"  // finding

func bill(order store.Order) {}
```

Use instead:

`services/billing/main.go`
```go
package main

type Order struct {
	ID int64 `json:"id"`
}

func bill(order Order) {}
```

### Java

`services/orders/pom.xml`
```xml
<project><groupId>com.shop</groupId><artifactId>orders</artifactId></project>
```

`services/orders/Dockerfile`
```dockerfile
FROM eclipse-temurin:21
COPY . .
```

`services/orders/src/main/java/com/shop/orders/model/Order.java`
```java
package com.shop.orders.model;

public class Order {}
```

`services/billing/pom.xml`
```xml
<project><groupId>com.shop</groupId><artifactId>billing</artifactId></project>
```

`services/billing/Dockerfile`
```dockerfile
FROM eclipse-temurin:21
COPY . .
```

`services/billing/src/main/java/com/shop/billing/Invoices.java`
```java
package com.shop.billing;

import com.shop.orders.model.Order;  // finding

class Invoices {
    void add(Order order) {}
}
```

Use instead:

`services/billing/src/main/java/com/shop/billing/Invoices.java`
```java
package com.shop.billing;

class Invoices {
    record OrderPaid(long id) {}

    void add(OrderPaid order) {}
}
```

### Rust

`services/orders/Cargo.toml`
```toml
[package]
name = "orders"
version = "0.1.0"
```

`services/orders/Dockerfile`
```dockerfile
FROM rust:1.83
COPY . .
```

`services/orders/src/lib.rs`
```rust
pub mod models;
```

`services/orders/src/models.rs`
```rust
pub struct Order;
```

`services/billing/Cargo.toml`
```toml
[package]
name = "billing"
version = "0.1.0"

[dependencies]
orders = { path = "../orders" }
```

`services/billing/Dockerfile`
```dockerfile
FROM rust:1.83
COPY . .
```

`services/billing/src/main.rs`
```rust
use orders::models::Order;  // finding

fn bill(order: Order) {}
```

Use instead:

`services/billing/src/main.rs`
```rust
struct Order;

fn bill(order: Order) {}
```

## Fix
None: what is shared becomes a package of its own, a copy, or a request.

## References
A. Walker et al., Automated Code-Smell Detection in Microservices Through Static Analysis, Applied Sciences 10(21), 2020 · S. Newman,
Building Microservices, 2nd edition, ch. 2
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from architrave.facts.code import Import
from architrave.findings import Finding, Related
from architrave.model.graph import Model
from architrave.model.modules import Dependency
from architrave.model.tools import is_test, is_tool
from architrave.regexes import regex
from architrave.rule import rule

# What a service makes for others to import.
_OFFERED = regex(
    r"(^|/|[_.-])(api-?client|clients?|sdk|contracts?|events?|schemas?|protos?|protobuf|grpc|gen|generated|types?|dtos?|shared|common|libs?|pkg"
    r"|public|interfaces?|pb)(/|$|[_.-])|\.pb\.go$|_pb2(_grpc)?\.py$",
    re.IGNORECASE,
)
_SHOWN = 5


@rule(severity="warning", since="0.1")
def cross_service_import(model: Model) -> Iterator[Finding]:
    services = model.services
    found: dict[tuple[str, str], list[tuple[Dependency, Import]]] = defaultdict(list)
    for dependency in model.modules.dependencies:
        source, target = services.of(dependency.source), services.of(dependency.target)
        if source == target or not {source, target} <= services.deployed or _is_within(source, target) or _is_within(target, source):
            continue
        inside = dependency.target[len(target) + 1 :]
        item = next((item for item in dependency.imports if not item.is_type_only), None)
        if item is None or _OFFERED.search(inside) or is_test(dependency.source) or is_tool(model, dependency.source):
            continue
        found[source, target].append((dependency, item))
    for (source, target), uses in sorted(found.items()):
        dependency, item = uses[0]
        places = f", in {len(uses)} places" if len(uses) > 1 else ""
        yield Finding(
            model.at(dependency.source, item.span),
            f"`{source}` imports the code of `{target}`, which is deployed on its own{places}",
            f"{source} imports {target}",
            (f"{dependency.source} imports {dependency.target}",),
            tuple(Related(model.at(other.source, each.span), f"imports `{other.target}`") for other, each in uses[1:_SHOWN]),
        )


def _is_within(one: str, other: str) -> bool:
    return not other or one.startswith(f"{other}/")
