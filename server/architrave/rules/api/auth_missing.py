"""An endpoint has no guard, and those beside it do.

## Why it matters
The one route of a router that was added without the line that all others have answers anybody who finds it. Nothing fails, no test is red,
and the gap is found by a scanner or by a customer. Broken access control is what OWASP counts most often.

Guards are known by what they are called and by what they do: dependencies, middlewares, decorators, extractors and filters that stand
before a route, its class, its router, what that is mounted under, or the whole service, and handlers that look at who asks by themselves. A
route is reported when at least three others of its router, and three quarters of them, are guarded; reads and writes are counted each on
their own. Signing in, health, documentation, webhooks and their like are left out, and so is what is marked as public.

## Options
- `share`: the share of the endpoints beside it that must be guarded.

## Example

### Python

`app/orders.py`
```python
from typing import Annotated

from fastapi import APIRouter, Depends

from app.security import current_user

router = APIRouter(prefix="/orders")


@router.get("")
def list_orders(user: Annotated[str, Depends(current_user)]): ...


@router.post("")
def create_order(user: Annotated[str, Depends(current_user)], item: str): ...


@router.put("/{order_id}")
def change_order(user: Annotated[str, Depends(current_user)], order_id: int): ...


@router.delete("/{order_id}")  # finding
def delete_order(order_id: int): ...
```

Use instead:

`app/orders.py`
```python
from typing import Annotated

from fastapi import APIRouter, Depends

from app.security import current_user

router = APIRouter(prefix="/orders")


@router.get("")
def list_orders(user: Annotated[str, Depends(current_user)]): ...


@router.post("")
def create_order(user: Annotated[str, Depends(current_user)], item: str): ...


@router.put("/{order_id}")
def change_order(user: Annotated[str, Depends(current_user)], order_id: int): ...


@router.delete("/{order_id}")
def delete_order(user: Annotated[str, Depends(current_user)], order_id: int): ...
```

### TypeScript: Express

`src/orders.ts`
```typescript
import { Router } from "express";

import { requireUser } from "./auth";
import { cancel, create, list, read } from "./controller";

export const router = Router();

router.get("/orders", requireUser, list);
router.get("/orders/:id", requireUser, read);
router.post("/orders", requireUser, create);
router.post("/orders/:id/cancel", requireUser, cancel);
router.delete("/orders/:id", cancel);  // finding
```

Use instead:

`src/orders.ts`
```typescript
import { Router } from "express";

import { requireUser } from "./auth";
import { cancel, create, list, read } from "./controller";

export const router = Router();

router.get("/orders", requireUser, list);
router.get("/orders/:id", requireUser, read);
router.post("/orders", requireUser, create);
router.post("/orders/:id/cancel", requireUser, cancel);
router.delete("/orders/:id", requireUser, cancel);
```

### TypeScript: NestJS

`src/orders.controller.ts`
```typescript
import { Controller, Delete, Get, Post, Put, UseGuards } from "@nestjs/common";

import { JwtAuthGuard } from "./jwt-auth.guard";

@Controller("orders")
export class OrdersController {
  @Get()
  @UseGuards(JwtAuthGuard)
  list() {}

  @Post()
  @UseGuards(JwtAuthGuard)
  create() {}

  @Put(":id")
  @UseGuards(JwtAuthGuard)
  change() {}

  @Delete(":id")  // finding
  remove() {}
}
```

Use instead:

`src/orders.controller.ts`
```typescript
import { Controller, Delete, Get, Post, Put, UseGuards } from "@nestjs/common";

import { JwtAuthGuard } from "./jwt-auth.guard";

@Controller("orders")
export class OrdersController {
  @Get()
  @UseGuards(JwtAuthGuard)
  list() {}

  @Post()
  @UseGuards(JwtAuthGuard)
  create() {}

  @Put(":id")
  @UseGuards(JwtAuthGuard)
  change() {}

  @Delete(":id")
  @UseGuards(JwtAuthGuard)
  remove() {}
}
```

### Go

`api/router.go`
```go
package api

import (
	"github.com/gin-gonic/gin"

	"shop/middleware"
)

func Routes(r *gin.Engine, h *Handler) {
	orders := r.Group("/orders")
	orders.GET("", middleware.RequireUser(), h.List)
	orders.POST("", middleware.RequireUser(), h.Create)
	orders.PUT("/:id", middleware.RequireUser(), h.Change)
	orders.DELETE("/:id", h.Delete)  // finding
}
```

Use instead:

`api/router.go`
```go
package api

import (
	"github.com/gin-gonic/gin"

	"shop/middleware"
)

func Routes(r *gin.Engine, h *Handler) {
	orders := r.Group("/orders")
	orders.GET("", middleware.RequireUser(), h.List)
	orders.POST("", middleware.RequireUser(), h.Create)
	orders.PUT("/:id", middleware.RequireUser(), h.Change)
	orders.DELETE("/:id", middleware.RequireUser(), h.Delete)
}
```

### Java

`src/main/java/com/shop/OrderController.java`
```java
package com.shop;

import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.bind.annotation.*;

@RestController
@RequestMapping("/orders")
class OrderController {
    @GetMapping("/{id}")
    @PreAuthorize("hasRole('CLERK')")
    Order read(@PathVariable long id) { return null; }

    @PostMapping
    @PreAuthorize("hasRole('CLERK')")
    Order create(@RequestBody NewOrder order) { return null; }

    @PutMapping("/{id}")
    @PreAuthorize("hasRole('CLERK')")
    Order change(@PathVariable long id) { return null; }

    @DeleteMapping("/{id}")  // finding
    void delete(@PathVariable long id) {}
}
```

Use instead:

`src/main/java/com/shop/OrderController.java`
```java
package com.shop;

import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.bind.annotation.*;

@RestController
@RequestMapping("/orders")
class OrderController {
    @GetMapping("/{id}")
    @PreAuthorize("hasRole('CLERK')")
    Order read(@PathVariable long id) { return null; }

    @PostMapping
    @PreAuthorize("hasRole('CLERK')")
    Order create(@RequestBody NewOrder order) { return null; }

    @PutMapping("/{id}")
    @PreAuthorize("hasRole('CLERK')")
    Order change(@PathVariable long id) { return null; }

    @DeleteMapping("/{id}")
    @PreAuthorize("hasRole('CLERK')")
    void delete(@PathVariable long id) {}
}
```

### Rust

`src/orders.rs`
```rust
use actix_web::{delete, get, post, put, web, HttpResponse};

use crate::auth::AuthUser;

#[get("/orders/{id}")]
async fn read(user: AuthUser, id: web::Path<i64>) -> HttpResponse { HttpResponse::Ok().finish() }

#[post("/orders")]
async fn create(user: AuthUser, order: web::Json<NewOrder>) -> HttpResponse { HttpResponse::Ok().finish() }

#[put("/orders/{id}")]
async fn change(user: AuthUser, id: web::Path<i64>) -> HttpResponse { HttpResponse::Ok().finish() }

#[delete("/orders/{id}")]  // finding
async fn remove(id: web::Path<i64>) -> HttpResponse { HttpResponse::Ok().finish() }
```

Use instead:

`src/orders.rs`
```rust
use actix_web::{delete, get, post, put, web, HttpResponse};

use crate::auth::AuthUser;

#[get("/orders/{id}")]
async fn read(user: AuthUser, id: web::Path<i64>) -> HttpResponse { HttpResponse::Ok().finish() }

#[post("/orders")]
async fn create(user: AuthUser, order: web::Json<NewOrder>) -> HttpResponse { HttpResponse::Ok().finish() }

#[put("/orders/{id}")]
async fn change(user: AuthUser, id: web::Path<i64>) -> HttpResponse { HttpResponse::Ok().finish() }

#[delete("/orders/{id}")]
async fn remove(user: AuthUser, id: web::Path<i64>) -> HttpResponse { HttpResponse::Ok().finish() }
```

## Fix
The guard that most of the endpoints beside it have is written as one of them has it: as a decorator, as an argument of the route, or as a
parameter of the handler. It is not applied unseen: who may call the endpoint is for its author to say.

## References
CWE-306 · CWE-862 · OWASP API2:2023 Broken Authentication · OWASP Authorization Cheat Sheet
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from architrave.findings import Finding, Related
from architrave.identity import asks_who
from architrave.model.graph import Model
from architrave.model.guard_copies import copied
from architrave.model.guards import Guarding, Guards
from architrave.model.routes import Endpoint
from architrave.regexes import regex
from architrave.rule import fix, rule

_READS = ("GET", "HEAD", "OPTIONS")
_FOR_ALL = regex(
    r"(^|[/_.-])(log-?in|log-?on|log-?out|sign-?(in|up|out)|register|registration|sessions?|auth|oauth2?|sso|saml|oidc|openid|tokens?"
    r"|refresh|forgot|reset|recover|recovery|passwords?|verify|verification|otp|confirm|confirmation|activate|activation|invite|invitations?"
    r"|unsubscribe|health|healthz|healthcheck|graphql|playground|hooks?|webhooks?|callbacks?|ipn|public|captcha|csrf|setup|install"
    r"|installation|bootstrap|debug)([/_.-]|$)",
    re.IGNORECASE,
)
_READ_BY_ALL = regex(
    r"(^|[/_.-])(live|livez|liveness|ready|readyz|readiness|ping|status|up|version|info|metrics|prometheus|docs?|swagger|openapi|redoc|static"
    r"|assets|media|favicon|robots|sitemap|well-known|locales?|languages?|i18n|translations?|countries|feed|rss|embed|badges?|shared?|config|themes?"
    r"|manifest|settings|tests?|errors?|404|500|actuator)([/_.-]|$)",
    re.IGNORECASE,
)
_PAGE = regex(r"^/?(\{\w+\*\})?$")  # What a browser gets that asks for the site, or for anything that is no endpoint.
_WORD = regex(r"(?<=[a-z0-9])(?=[A-Z])")
_ACCOUNTS = regex(r"/(users?|accounts?|customers|members|auth)$")
_HANDLERS_FOR_ALL = regex(r"log_?in|log_?out|sign_?(in|up|out)|regist|webhook|callback|health|public|anonym|guest", re.IGNORECASE)
_FEWEST = 3  # Guarded siblings.
_Known = tuple[Endpoint, Guarding]


@rule(severity="warning", since="0.1")
def auth_missing(model: Model, *, share: float = 0.75) -> Iterator[Finding]:
    guards = Guards(model)
    siblings: dict[tuple[str, str], list[Endpoint]] = defaultdict(list)
    for endpoint in dict.fromkeys(model.routes.endpoints):
        if not _is_for_all(endpoint):
            router = "" if endpoint.route.framework == "actix-web" else endpoint.route.router  # There each handler is a router.
            siblings[endpoint.file, router].append(endpoint)
    for endpoints in siblings.values():
        named = [endpoint for endpoint in endpoints if guards.names(endpoint)]
        if len(named) < _FEWEST or len(named) == len(endpoints):
            continue
        known = [(endpoint, guards.of(endpoint)) for endpoint in endpoints]
        seen = set()
        for endpoint, guarding in known:
            if guarding.access != "open" or (endpoint.method, endpoint.path) in seen:
                continue
            seen.add((endpoint.method, endpoint.path))
            others = [item for item in known if item[0] is not endpoint]
            like = [item for item in others if _is_read(item[0]) == _is_read(endpoint)]
            if _is_guarded(others, _FEWEST, share) and _is_guarded(like, _FEWEST - 1, share):
                yield _finding(model, endpoint, [item for item in others if item[1].access == "guarded"])


def _is_read(endpoint: Endpoint) -> bool:
    return endpoint.method in _READS


def _is_for_all(endpoint: Endpoint) -> bool:
    path = _WORD.sub("-", endpoint.path)
    return (
        endpoint.method in ("OPTIONS", "HEAD")
        or _FOR_ALL.search(path) is not None
        or (_is_read(endpoint) and (_READ_BY_ALL.search(path) or _PAGE.search(path)) is not None)
        or _HANDLERS_FOR_ALL.search(endpoint.handler.name.rpartition(".")[2]) is not None
        or (endpoint.method == "POST" and _ACCOUNTS.search(endpoint.path.rstrip("/")) is not None)
    )


def _is_guarded(known: list[_Known], fewest: int, share: float) -> bool:
    """Whether most endpoints have a guard. Those that are public on purpose, or guard themselves, count on no side."""
    judged = [guarding.access for _, guarding in known if guarding.access in ("guarded", "open")]
    guarded = judged.count("guarded")
    return guarded >= fewest and guarded >= share * len(judged)


def _finding(model: Model, endpoint: Endpoint, guarded: list[_Known]) -> Finding:
    counted = Counter(name for _, guarding in guarded for name in guarding.names)
    usual = counted.most_common(1)[0][0]
    shown = usual.replace("()", "").rpartition(".")[2]
    example = next(item for item, guarding in guarded if usual in guarding.names)
    siblings = [(item, guarding.names) for item, guarding in guarded]
    return Finding(
        model.at(endpoint.file, endpoint.route.span),
        f"`{endpoint.method} {endpoint.path}` asks nobody who they are; {len(guarded)} endpoints beside it have guards such as `{shown}`",
        f"{endpoint.method} {endpoint.shape}",
        (f"{len(guarded)} of the endpoints beside it are guarded",),
        (Related(model.at(example.file, example.route.span), f"`{example.method} {example.path}` is guarded by `{shown}`"),),
        fix(f"Guard it with `{shown}` as well", endpoint.file, copied(model, endpoint, siblings, asks_who)),
    )
