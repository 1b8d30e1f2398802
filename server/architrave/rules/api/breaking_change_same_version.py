"""What clients of an API count on is taken away, and the version stays the same.

## Why it matters
A client that was built against the last release sends what it always sent and reads what it always read. An operation that is gone
answers 404, a parameter that is demanded now answers 422, a field that was renamed is `undefined`: at the moment of the deployment, in
programs that nobody changed. Where the version says so, clients can stay with the old one until they are ready.

The workspace is held against its base in git: the commit where its branch left the delivered one (`origin/HEAD`, `main` or `master`), on
that branch itself what others have of it. Without a repository nothing is said. In an OpenAPI description, operations, what they demand,
and the fields, types and listed values of the named schemas of their bodies and answers count; an operation that was `deprecated` at the
base may go, and so may anything when the first number of `info.version` is raised (below 1.0.0 the second). Endpoints that are not
described are held against the code of the base: that they are served, their query parameters, and the fields of the classes that they take
and answer. What a path of a later version serves now (`/v2/orders` for `/v1/orders`) may go.

## Example

### OpenAPI

`openapi.yaml` at the base
```yaml
openapi: 3.0.3
info:
  title: Orders
  version: 1.4.0
paths:
  /orders:
    get:
      operationId: listOrders
      parameters:
        - { name: limit, in: query, schema: { type: integer } }
      responses:
        "200":
          description: Orders.
          content:
            application/json:
              schema:
                type: array
                items: { $ref: "#/components/schemas/Order" }
  /orders/{id}:
    delete:
      operationId: cancelOrder
      responses:
        "204": { description: Cancelled. }
components:
  schemas:
    Order:
      type: object
      properties:
        id: { type: integer }
        note: { type: string }
```

`openapi.yaml`
```yaml
openapi: 3.0.3
info:
  title: Orders  # finding
  version: 1.4.0
paths:
  /orders:
    get:  # finding
      operationId: listOrders
      parameters:
        - { name: limit, in: query, schema: { type: integer } }
        - { name: region, in: query, required: true, schema: { type: string } }
      responses:
        "200":
          description: Orders.
          content:
            application/json:
              schema:
                type: array
                items: { $ref: "#/components/schemas/Order" }
components:
  schemas:
    Order:
      type: object
      properties:
        id: { type: string }  # finding
        remark: { type: string }  # finding
```

Use instead:

`openapi.yaml`
```yaml
openapi: 3.0.3
info:
  title: Orders
  version: 2.0.0
paths:
  /orders:
    get:
      operationId: listOrders
      parameters:
        - { name: limit, in: query, schema: { type: integer } }
        - { name: region, in: query, required: true, schema: { type: string } }
      responses:
        "200":
          description: Orders.
          content:
            application/json:
              schema:
                type: array
                items: { $ref: "#/components/schemas/Order" }
components:
  schemas:
    Order:
      type: object
      properties:
        id: { type: string }
        remark: { type: string }
```

### Python

`app.py` at the base
```python
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Order(BaseModel):
    id: int
    note: str


@app.get("/v1/orders/{id}")
def read(id: int) -> Order: ...


@app.delete("/v1/orders/{id}")
def cancel(id: int): ...
```

`app.py`
```python
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Order(BaseModel):
    id: int
    remark: str  # finding


@app.get("/v1/orders/{id}")  # finding
def read(id: int) -> Order: ...
```

Use instead:

`app.py`
```python
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Order(BaseModel):
    id: int
    note: str
    remark: str


@app.get("/v1/orders/{id}")
def read(id: int) -> Order: ...


@app.delete("/v1/orders/{id}", deprecated=True)
def cancel(id: int): ...
```

### TypeScript

`src/orders.controller.ts` at the base
```typescript
import { Controller, Get, Param } from "@nestjs/common";

export class Order {
  id: number;
  note: string;
}

@Controller("v1/orders")
export class OrdersController {
  @Get(":id")
  async read(@Param("id") id: number): Promise<Order> {
    return this.orders.read(id);
  }
}
```

`src/orders.controller.ts`
```typescript
import { Controller, Get, Param } from "@nestjs/common";

export class Order {
  id: number;
  remark: string;  // finding
}

@Controller("v1/orders")
export class OrdersController {
  @Get(":id")
  async read(@Param("id") id: number): Promise<Order> {
    return this.orders.read(id);
  }
}
```

Use instead:

`src/orders.controller.ts`
```typescript
import { Controller, Get, Param } from "@nestjs/common";

export class Order {
  id: number;
  note: string;
  remark: string;
}

@Controller("v1/orders")
export class OrdersController {
  @Get(":id")
  async read(@Param("id") id: number): Promise<Order> {
    return this.orders.read(id);
  }
}
```

### Go

`main.go` at the base
```go
package main

import "github.com/gin-gonic/gin"

func main() {
	r := gin.New()
	r.GET("/v1/orders/:id", read)
	r.Run(":8080")
}

func read(c *gin.Context) {}
```

`main.go`
```go
package main

import "github.com/gin-gonic/gin"

func main() {
	r := gin.New()
	r.GET("/v1/order/:id", read)  // finding
	r.Run(":8080")
}

func read(c *gin.Context) {}
```

Use instead:

`main.go`
```go
package main

import "github.com/gin-gonic/gin"

func main() {
	r := gin.New()
	r.GET("/v1/orders/:id", read)
	r.GET("/v2/order/:id", read)
	r.Run(":8080")
}

func read(c *gin.Context) {}
```

### Java

`src/main/java/com/shop/OrderController.java` at the base
```java
package com.shop;

import org.springframework.web.bind.annotation.*;

@RestController
class OrderController {
    @GetMapping("/v1/orders")
    Orders list(@RequestParam(required = false) String region) { return null; }
}
```

`src/main/java/com/shop/OrderController.java`
```java
package com.shop;

import org.springframework.web.bind.annotation.*;

@RestController
class OrderController {
    @GetMapping("/v1/orders")  // finding
    Orders list(@RequestParam String region) { return null; }
}
```

Use instead:

`src/main/java/com/shop/OrderController.java`
```java
package com.shop;

import org.springframework.web.bind.annotation.*;

@RestController
class OrderController {
    @GetMapping("/v1/orders")
    Orders list(@RequestParam(defaultValue = "eu") String region) { return null; }
}
```

### Rust

`src/main.rs` at the base
```rust
use axum::{extract::Path, routing::get, Json, Router};

#[derive(serde::Serialize)]
struct Order {
    id: i64,
    total: i64,
}

fn router() -> Router {
    Router::new().route("/v1/orders/{id}", get(read))
}

async fn read(Path(id): Path<i64>) -> Json<Order> {
    Json(find(id).await)
}
```

`src/main.rs`
```rust
use axum::{extract::Path, routing::get, Json, Router};

#[derive(serde::Serialize)]
struct Order {
    id: i64,
    total: String,  // finding
}

fn router() -> Router {
    Router::new().route("/v1/orders/{id}", get(read))
}

async fn read(Path(id): Path<i64>) -> Json<Order> {
    Json(find(id).await)
}
```

Use instead:

`src/main.rs`
```rust
use axum::{extract::Path, routing::get, Json, Router};

#[derive(serde::Serialize)]
struct Order {
    id: i64,
    total: i64,
    amount: String,
}

fn router() -> Router {
    Router::new().route("/v1/orders/{id}", get(read))
}

async fn read(Path(id): Path<i64>) -> Json<Order> {
    Json(find(id).await)
}
```

## Fix
In a description the first number of the version is raised. It is not applied unseen: to give back what was there is often better.

## References
AIP-180 Backwards compatibility · Semantic Versioning 2.0.0, item 8 · oasdiff, Breaking Changes · Zalando RESTful API Guidelines,
Compatibility
"""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts.api import ApiDocument, Route
from architrave.findings import Finding
from architrave.model.changes import broken
from architrave.model.graph import Model
from architrave.rule import fix, rule


@rule(severity="warning", since="0.1")
def breaking_change_same_version(model: Model) -> Iterator[Finding]:
    has_api = any(True for _ in model.each(ApiDocument)) or any(True for _ in model.each(Route))
    base = model.base if has_api else None
    if base is None:
        return
    for found in broken(model, base):
        said = f", and the version is still {found.version}" if found.version else ""
        title = f"Raise the version to {found.next_major[0].text}" if found.next_major else ""
        yield Finding(
            model.at(found.path, found.span),
            f"{found.message}{said}",
            found.subject,
            fix=fix(title, found.path, found.next_major),
            severity=None if found.version else "information",
        )
