"""A schema of an OpenAPI description and the class that is read or written have not the same fields.

## Why it matters
Clients are generated from the description. A field that is not in it is dropped by them, or refused where they are strict; one that is
described and never sent is `undefined` in a client that was told to count on it; one that is described and never read is lost without a
word.

An operation and the endpoint that serves it are held against each other: the schema of its body and of its answer against the class that
the handler takes and answers, with their names on the wire and the fields of the classes above them. Descriptions that a tool writes are
left out, and so are schemas that are put together of others, classes whose names are made by a rule, and pairs that have less than half in
common.

## Example

### Python

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
            type: integer
      responses:
        "200":
          description: One order.
          content:
            application/json:
              schema:
                $ref: "#/components/schemas/Order"
components:
  schemas:
    Order:
      type: object
      properties:
        id:
          type: integer
        total:
          type: integer
        note:  # finding
          type: string
```

`app.py`
```python
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI(openapi_url=None)


class Order(BaseModel):
    id: int
    total: int
    status: str  # finding


@app.get("/orders/{id}")
def read(id: int) -> Order: ...
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
            type: integer
      responses:
        "200":
          description: One order.
          content:
            application/json:
              schema:
                $ref: "#/components/schemas/Order"
components:
  schemas:
    Order:
      type: object
      properties:
        status: { type: string }
        id:
          type: integer
        total:
          type: integer
```

`app.py`
```python
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI(openapi_url=None)


class Order(BaseModel):
    id: int
    total: int
    status: str


@app.get("/orders/{id}")
def read(id: int) -> Order: ...
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
      parameters:
        - name: id
          in: path
          required: true
          schema:
            type: integer
      responses:
        "200":
          description: One order.
          content:
            application/json:
              schema:
                $ref: "#/components/schemas/Order"
components:
  schemas:
    Order:
      type: object
      properties:
        id:
          type: integer
        total:
          type: integer
        note:  # finding
          type: string
```

`src/orders.controller.ts`
```typescript
import { Controller, Get, Param } from "@nestjs/common";

export class Order {
  id: number;
  total: number;
}

@Controller("orders")
export class OrdersController {
  @Get(":id")
  async read(@Param("id") id: number): Promise<Order> {
    return this.orders.read(id);
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
      parameters:
        - name: id
          in: path
          required: true
          schema:
            type: integer
      responses:
        "200":
          description: One order.
          content:
            application/json:
              schema:
                $ref: "#/components/schemas/Order"
components:
  schemas:
    Order:
      type: object
      properties:
        id:
          type: integer
        total:
          type: integer
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
      parameters:
        - name: id
          in: path
          required: true
          schema:
            type: integer
      responses:
        "200":
          description: One order.
          content:
            application/json:
              schema:
                $ref: "#/components/schemas/Order"
components:
  schemas:
    Order:
      type: object
      properties:
        id:
          type: integer
        total:
          type: integer
        note:  # finding
          type: string
```

`main.go`
```go
package main

import "github.com/gin-gonic/gin"

type Order struct {
	ID    int `json:"id"`
	Total int `json:"total"`
}

func main() {
	r := gin.New()
	r.GET("/orders/:id", read)
	r.Run(":8080")
}

func read(c *gin.Context) {
	var order Order
	load(&order)
	c.JSON(200, order)
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
            type: integer
      responses:
        "200":
          description: One order.
          content:
            application/json:
              schema:
                $ref: "#/components/schemas/Order"
components:
  schemas:
    Order:
      type: object
      properties:
        id:
          type: integer
        total:
          type: integer
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
      parameters:
        - name: id
          in: path
          required: true
          schema:
            type: integer
      responses:
        "200":
          description: One order.
          content:
            application/json:
              schema:
                $ref: "#/components/schemas/Order"
components:
  schemas:
    Order:
      type: object
      properties:
        id:
          type: integer
        total:
          type: integer
        note:  # finding
          type: string
```

`src/main/java/com/shop/OrderController.java`
```java
package com.shop;

import org.springframework.web.bind.annotation.*;

record Order(long id, long total) {}

@RestController
class OrderController {
    @GetMapping("/orders/{id}")
    Order read(@PathVariable long id) { return null; }
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
            type: integer
      responses:
        "200":
          description: One order.
          content:
            application/json:
              schema:
                $ref: "#/components/schemas/Order"
components:
  schemas:
    Order:
      type: object
      properties:
        id:
          type: integer
        total:
          type: integer
```

### Rust

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
            type: integer
      responses:
        "200":
          description: One order.
          content:
            application/json:
              schema:
                $ref: "#/components/schemas/Order"
components:
  schemas:
    Order:
      type: object
      properties:
        id:
          type: integer
        total:
          type: integer
        note:  # finding
          type: string
```

`src/main.rs`
```rust
use axum::{extract::Path, routing::get, Json, Router};

#[derive(serde::Serialize)]
struct Order {
    id: i64,
    total: i64,
}

fn router() -> Router {
    Router::new().route("/orders/{id}", get(read))
}

async fn read(Path(id): Path<i64>) -> Json<Order> {
    Json(find(id).await)
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
            type: integer
      responses:
        "200":
          description: One order.
          content:
            application/json:
              schema:
                $ref: "#/components/schemas/Order"
components:
  schemas:
    Order:
      type: object
      properties:
        id:
          type: integer
        total:
          type: integer
```

## Fix
A field that is not described is added to the schema with its type, one that no class has is taken out of it. It is not applied unseen: the
class may be what is wrong.

## References
OWASP API9:2023 Improper Inventory Management · OpenAPI Specification 3.1, Schema Object · Zalando RESTful API Guidelines, API as a product
"""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts.api import ApiDocument, ApiOperation, ApiProperty, ApiSchema
from architrave.facts.values import Replacement
from architrave.findings import Finding, Related
from architrave.model.descriptions import Descriptions
from architrave.model.graph import Model
from architrave.model.routes import Endpoint, shape
from architrave.model.shapes import Shape, answered, json_type, taken
from architrave.rule import fix, rule

_COMMON = 0.5  # Of the smaller side.


@rule(severity="information", since="0.1")
def spec_drift_schema(model: Model) -> Iterator[Finding]:
    descriptions = model.derived(Descriptions)
    seen: set[tuple[str, str, str]] = set()
    for path, document in model.each(ApiDocument):
        if document.is_generated:
            continue
        schemas = {item.name: item for item in model.of(path, ApiSchema)}
        for operation in descriptions.operations(path) if schemas else ():
            for endpoint in _serving(model, path, document, operation):
                for name, found, is_answer in (
                    (operation.request, taken(model, endpoint) if operation.request in schemas else None, False),
                    (operation.response, answered(model, endpoint) if operation.response in schemas else None, True),
                ):
                    if found is None or (name, *found.place) in seen:
                        continue
                    seen.add((name, *found.place))
                    yield from _differing(model, path, schemas[name], found, is_answer)


def _serving(model: Model, path: str, document: ApiDocument, operation: ApiOperation) -> list[Endpoint]:
    """Return the endpoint of the description's own service that serves an operation, if it is one."""
    served = model.routes.by_service.get(model.services.of(path), ())
    wanted = {shape(base + operation.path) for base in (*document.bases, "")}
    found = [item for item in served if item.method == operation.method and shape(item.path) in wanted and not item.route.is_documented]
    found = found or [item for item in served if item.method == operation.method and shape(item.path) in wanted]
    return found if len(found) == 1 else []


def _differing(model: Model, path: str, schema: ApiSchema, found: Shape, is_answer: bool) -> Iterator[Finding]:
    described, own = set(schema.properties), set(found.fields)
    if len(described & own) < _COMMON * min(len(described), len(own)) or {_plain(name) for name in described - own} & {
        _plain(name) for name in own - described
    }:
        return  # Another class, or one whose names are spelled by a rule.
    shown = found.place.name
    for name in found.fields:
        if name not in described:
            where, field = found.fields[name]
            what = "is sent" if is_answer else "is read"
            yield Finding(
                model.at(where, field.span),
                f"`{shown}.{name}` {what}, and the schema `{schema.name}` does not have it",
                f"{schema.name}.{name}",
                (f"`{schema.name}` has {', '.join(f'`{item}`' for item in schema.properties[:8])}",),
                (Related(model.at(path, schema.span), f"`{schema.name}` is described here"),),
                fix(f"Describe `{name}`", path, _added(schema, name, field.type)),
                cause=f"{path} {schema.name} {found.place} undescribed",
            )
    for item in model.of(path, ApiProperty):
        if item.schema == schema.name and item.name not in own:
            what = "sent" if is_answer else "read"
            where, field = next(iter(found.fields.values()))
            yield Finding(
                model.at(path, item.span),
                f"`{schema.name}.{item.name}` is described, and never {what}: `{shown}` does not have it",
                f"{schema.name}.{item.name}",
                (f"`{shown}` has {', '.join(f'`{name}`' for name in list(found.fields)[:8])}",),
                (Related(model.at(where, field.span), f"`{shown}` is declared here"),),
                fix(f"Take `{item.name}` out of the description", path, item.fix),
                severity="warning" if is_answer and item.name in schema.required else None,
                cause=f"{path} {schema.name} {found.place} absent",
            )


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _added(schema: ApiSchema, name: str, written: str) -> Iterator[Replacement]:
    kind = json_type(written)
    for item in schema.addition if kind and kind != "array" else ():
        yield Replacement(item.span, item.text.replace("{name}", name).replace("{type}", kind), item.line)
