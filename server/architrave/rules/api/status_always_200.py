"""An error is answered with a success status.

## Why it matters
Clients, gateways, retries, caches and dashboards look at the status, not at the body. An error that travels as 200 is counted as a
success, is cached, is not retried, and the caller goes on with data that is not there; the error rate stays flat through an outage.
Where whether something is valid is what was asked, "no" is no error: a body with `valid` or `isValid` and endpoints that validate are left
alone, and so are answers to webhooks, whose senders send again what was not taken with a success.

## Options
- `most`: how many findings a service may have one by one; where there are more it is a convention, and told once, with where it shows.

## Example

### Python

`app/orders.py`
```python
from fastapi import APIRouter
from fastapi.responses import JSONResponse

router = APIRouter()


@router.get("/orders/{order_id}")
def read_order(order_id: int):
    try:
        return load(order_id)
    except LookupError:
        return {"error": "no such order"}  # finding
```

Use instead:

`app/orders.py`
```python
from fastapi import APIRouter
from fastapi.responses import JSONResponse

router = APIRouter()


@router.get("/orders/{order_id}")
def read_order(order_id: int):
    try:
        return load(order_id)
    except LookupError:
        return JSONResponse({"error": "no such order"}, status_code=404)
```

### Go

`orders.go`
```go
package orders

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

func Read(c *gin.Context) {
	order, err := load(c.Param("id"))
	if err != nil {
		c.JSON(http.StatusOK, gin.H{"error": "no such order"})  // finding
		return
	}
	c.JSON(http.StatusOK, order)
}
```

Use instead:

`orders.go`
```go
package orders

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

func Read(c *gin.Context) {
	order, err := load(c.Param("id"))
	if err != nil {
		c.JSON(http.StatusInternalServerError, gin.H{"error": "no such order"})
		return
	}
	c.JSON(http.StatusOK, order)
}
```

### TypeScript

`src/orders.ts`
```typescript
import { Router } from "express";
import { loadOrder } from "./store";

export const router = Router();

router.get("/orders/:id", async (req, res) => {
  try {
    res.json(await loadOrder(req.params.id));
  } catch (error) {
    res.json({ error: "the order could not be read" });  // finding
  }
});
```

Use instead:

`src/orders.ts`
```typescript
import { Router } from "express";
import { loadOrder } from "./store";

export const router = Router();

router.get("/orders/:id", async (req, res) => {
  try {
    res.json(await loadOrder(req.params.id));
  } catch (error) {
    res.status(500).json({ error: "the order could not be read" });
  }
});
```

### TypeScript, NestJS

`src/orders.controller.ts`
```typescript
import { Controller, Get, Param } from "@nestjs/common";

@Controller("orders")
export class OrdersController {
  constructor(private readonly orders: Orders) {}

  @Get(":id")
  async read(@Param("id") id: string) {
    try {
      return await this.orders.read(id);
    } catch {
      return { error: "the order could not be read" };  // finding
    }
  }
}
```

Use instead:

`src/orders.controller.ts`
```typescript
import { Controller, Get, Param, InternalServerErrorException } from "@nestjs/common";

@Controller("orders")
export class OrdersController {
  constructor(private readonly orders: Orders) {}

  @Get(":id")
  async read(@Param("id") id: string) {
    try {
      return await this.orders.read(id);
    } catch {
      throw new InternalServerErrorException({ error: "the order could not be read" });
    }
  }
}
```

### Java

`src/main/java/com/shop/OrderController.java`
```java
package com.shop;

import java.util.Map;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

@RestController
class OrderController {
    @GetMapping("/orders/{id}")
    ResponseEntity<?> read(@PathVariable long id) {
        try {
            return ResponseEntity.ok(load(id));
        } catch (NoSuchElementException e) {
            return ResponseEntity.ok(Map.of("error", "no such order"));  // finding
        }
    }
}
```

Use instead:

`src/main/java/com/shop/OrderController.java`
```java
package com.shop;

import java.util.Map;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

@RestController
class OrderController {
    @GetMapping("/orders/{id}")
    ResponseEntity<?> read(@PathVariable long id) {
        try {
            return ResponseEntity.ok(load(id));
        } catch (NoSuchElementException e) {
            return ResponseEntity.status(404).body(Map.of("error", "no such order"));
        }
    }
}
```

### Rust

`src/orders.rs`
```rust
use actix_web::{get, web, HttpResponse};
use serde_json::json;

#[get("/orders/{order_id}")]
async fn read_order(order_id: web::Path<i64>) -> HttpResponse {
    match load(*order_id).await {
        Ok(order) => HttpResponse::Ok().json(order),
        Err(LoadError::NotFound) => HttpResponse::Ok().json(json!({ "error": "no such order" })),  // finding
    }
}
```

Use instead:

`src/orders.rs`
```rust
use actix_web::{get, web, HttpResponse};
use serde_json::json;

#[get("/orders/{order_id}")]
async fn read_order(order_id: web::Path<i64>) -> HttpResponse {
    match load(*order_id).await {
        Ok(order) => HttpResponse::Ok().json(order),
        Err(LoadError::NotFound) => HttpResponse::NotFound().json(json!({ "error": "no such order" })),
    }
}
```

## Fix
Sets a status: the one that fits the exception, else 500; NestJS throws. It is not applied unseen, because clients may have learned to
look for the body.

## References
RFC 9110, section 15 · RFC 9457, Problem Details for HTTP APIs ·
Palma et al., "Detection of REST Patterns and Antipatterns" (Ignoring Status Code)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from msgspec.structs import replace

from architrave.facts.api import Reply
from architrave.findings import ALSO_HERE, Finding, Related
from architrave.model.classes import Place
from architrave.model.graph import Model
from architrave.regexes import regex
from architrave.rule import fix, rule

_NAMED = 20  # Places that a finding of many leads to.
_ERROR_KEYS = frozenset(
    {"error", "errors", "err", "error_message", "errorMessage", "error_description", "exception", "error_code", "errorCode"}
)
_MESSAGE_KEYS = frozenset({"message", "detail", "msg", "reason"})
_VERDICT_KEYS = frozenset({"isValid", "is_valid", "valid", "validity"})
_VALIDATION = regex(r"(?i)(^|[./])(is_?valid|validat(e|ion))")
_NOTIFICATION = regex(r"(?i)web_?hook|(^|[/_.-])(ipn|notify_?url)([/_.-]|$)")


@rule(severity="warning", since="0.1")
def status_always_200(model: Model, *, most: int = 5) -> Iterator[Finding]:
    by_service: dict[str, list[Finding]] = defaultdict(list)
    for path, reply in model.each(Reply):
        if not reply.in_error_branch or reply.status is None or not 200 <= reply.status < 300:
            continue
        key = next((key for key in reply.keys if key in _ERROR_KEYS), None)
        if key is None and reply.keys and set(reply.keys) <= _MESSAGE_KEYS | {"success", "ok", "status", "code"}:
            key = next((key for key in reply.keys if key in _MESSAGE_KEYS), None)
        if key is None or _is_verdict(model, path, reply) or _is_notification(model, path, reply):
            continue
        status = f"{reply.status}" if reply.is_status_explicit else f"{reply.status}, the default"
        finding = Finding(
            model.at(path, reply.span),
            f"An error is answered with status {status}",
            f"{reply.function} {','.join(reply.keys)}",
            (f"body key `{key}`", f"status {status}"),
            fix=fix("Set an error status", path, reply.fix),
        )
        by_service[model.services.of(path)].append(finding)
    for service, found in by_service.items():
        yield from found if len(found) <= most else (_convention(service, found),)


def _convention(service: str, found: list[Finding]) -> Finding:
    """Return one finding for a service that answers its errors so everywhere: it is one decision, and mended as one."""
    first, *others = sorted(found, key=lambda finding: (finding.location.path, finding.location.span.chunk, finding.location.span))
    return replace(
        first,
        message=f"{len(found)} errors of {f'`{service}`' if service else 'the service'} are answered with a status of success",
        subject="errors of the service",
        related=tuple(Related(other.location, ALSO_HERE) for other in others[:_NAMED]),
        fix=None,
    )


def _is_notification(model: Model, path: str, reply: Reply) -> bool:
    """Whether another system is answered, which sends again, for days, what was not taken with a success."""
    if _NOTIFICATION.search(reply.function):
        return True
    return any(_NOTIFICATION.search(endpoint.path) for endpoint in model.routes.by_handler.get(Place(path, reply.function), ()))


def _is_verdict(model: Model, path: str, reply: Reply) -> bool:
    """Whether the answer is the one that was asked for: that something is not valid, and why."""
    if not _VERDICT_KEYS.isdisjoint(reply.keys) or _VALIDATION.search(reply.function):
        return True
    return any(_VALIDATION.search(endpoint.path) for endpoint in model.routes.by_handler.get(Place(path, reply.function), ()))
