"""An endpoint for administrators lets in everybody who has signed in.

## Why it matters
To be signed in is not to be allowed. The endpoint that checks the token and forgets the role works in every test, since tests are run as
the administrator; any customer who guesses its path can delete users or make themselves one of the administrators. No log shows it as
wrong.

Endpoints below `admin`, `backoffice` or `manage`, and those that remove users or change roles and permissions, are reported where they
have a guard that only asks who somebody is, while other endpoints of the service ask for a role. Guards of the workspace are followed to
what they do. The rule is silent where a guard is not known, where the handler or what it calls decides by a role or by whose something
is, where paths are guarded in a place of their own (a filter chain, a policy), and in services that know no roles.

## Example

### Python

`app/admin.py`
```python
from fastapi import APIRouter, Depends

from app.security import get_current_user, require_admin

router = APIRouter(prefix="/admin")


@router.get("/orders", dependencies=[Depends(require_admin)])
def orders(): ...


@router.delete("/users/{user_id}", dependencies=[Depends(get_current_user)])  # finding
def delete_user(user_id: int): ...
```

Use instead:

`app/admin.py`
```python
from fastapi import APIRouter, Depends

from app.security import get_current_user, require_admin

router = APIRouter(prefix="/admin")


@router.get("/orders", dependencies=[Depends(require_admin)])
def orders(): ...


@router.delete("/users/{user_id}", dependencies=[Depends(require_admin)])
def delete_user(user_id: int): ...
```

### TypeScript: Express

`src/admin.ts`
```typescript
import { Router } from "express";

import { requireAdmin, requireUser } from "./auth";
import { audit, remove, report } from "./controller";

export const router = Router();

router.get("/admin/report", requireUser, requireAdmin, report);
router.get("/admin/audit", requireUser, requireAdmin, audit);
router.delete("/admin/users/:id", requireUser, remove);  // finding
```

Use instead:

`src/admin.ts`
```typescript
import { Router } from "express";

import { requireAdmin, requireUser } from "./auth";
import { audit, remove, report } from "./controller";

export const router = Router();

router.get("/admin/report", requireUser, requireAdmin, report);
router.get("/admin/audit", requireUser, requireAdmin, audit);
router.delete("/admin/users/:id", requireUser, requireAdmin, remove);
```

### TypeScript: NestJS

`src/users.controller.ts`
```typescript
import { Controller, Delete, Get, Param, UseGuards } from "@nestjs/common";
import { AuthGuard } from "@nestjs/passport";

import { Roles } from "./roles.decorator";

@Controller("admin/users")
@UseGuards(AuthGuard("jwt"))
export class UsersController {
  @Get()
  @Roles("admin")
  list() {}

  @Delete(":id")  // finding
  remove(@Param("id") id: string) {}
}
```

Use instead:

`src/users.controller.ts`
```typescript
import { Controller, Delete, Get, Param, UseGuards } from "@nestjs/common";
import { AuthGuard } from "@nestjs/passport";

import { Roles } from "./roles.decorator";

@Controller("admin/users")
@UseGuards(AuthGuard("jwt"))
export class UsersController {
  @Get()
  @Roles("admin")
  list() {}

  @Delete(":id")
  @Roles("admin")
  remove(@Param("id") id: string) {}
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
	admin := r.Group("/admin", middleware.RequireUser())
	admin.GET("/orders", middleware.RequireAdmin(), h.Orders)
	admin.DELETE("/users/:id", h.DeleteUser)  // finding
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
	admin := r.Group("/admin", middleware.RequireUser())
	admin.GET("/orders", middleware.RequireAdmin(), h.Orders)
	admin.DELETE("/users/:id", middleware.RequireAdmin(), h.DeleteUser)
}
```

### Java

`src/main/java/com/shop/AdminController.java`
```java
package com.shop;

import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.bind.annotation.*;

@RestController
@RequestMapping("/admin")
class AdminController {
    @GetMapping("/orders")
    @PreAuthorize("hasRole('ADMIN')")
    Order[] orders() { return null; }

    @DeleteMapping("/users/{id}")  // finding
    @PreAuthorize("isAuthenticated()")
    void delete(@PathVariable long id) {}
}
```

Use instead:

`src/main/java/com/shop/AdminController.java`
```java
package com.shop;

import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.bind.annotation.*;

@RestController
@RequestMapping("/admin")
class AdminController {
    @GetMapping("/orders")
    @PreAuthorize("hasRole('ADMIN')")
    Order[] orders() { return null; }

    @DeleteMapping("/users/{id}")
    @PreAuthorize("hasRole('ADMIN')")
    void delete(@PathVariable long id) {}
}
```

### Rust

`src/admin.rs`
```rust
use actix_web::{delete, get, web, HttpResponse};

use crate::auth::{AdminUser, AuthUser};

#[get("/admin/orders")]
async fn orders(user: AdminUser) -> HttpResponse { HttpResponse::Ok().finish() }

#[delete("/admin/users/{id}")]  // finding
async fn remove(user: AuthUser, id: web::Path<i64>) -> HttpResponse { HttpResponse::Ok().finish() }
```

Use instead:

`src/admin.rs`
```rust
use actix_web::{delete, get, web, HttpResponse};

use crate::auth::{AdminUser, AuthUser};

#[get("/admin/orders")]
async fn orders(user: AdminUser) -> HttpResponse { HttpResponse::Ok().finish() }

#[delete("/admin/users/{id}")]
async fn remove(user: AdminUser, id: web::Path<i64>) -> HttpResponse { HttpResponse::Ok().finish() }
```

## Fix
The role guard that most of the endpoints of the same file have is written here too, as an argument of the route or as a decorator; none
where it would take the place of another guard. It is not applied unseen: who may call the endpoint is for its author to say.

## References
CWE-285 · CWE-862 · OWASP API5:2023 Broken Function Level Authorization
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from architrave.facts.api import Guard, RightsCheck
from architrave.facts.code import Block, Call, Decorator
from architrave.facts.values import Invocation, Name, Replacement, Sequence, String, Value, walk
from architrave.findings import Finding, Related
from architrave.identity import asks_rights, asks_who, words
from architrave.model.classes import Place
from architrave.model.graph import Model
from architrave.model.guard_copies import copied
from architrave.model.guards import Guards
from architrave.model.routes import Endpoint
from architrave.model.tools import is_test
from architrave.regexes import regex
from architrave.rule import fix, rule

_ADMIN = regex(r"/(admin|admins|administration|back-?office|superuser|superadmin|manage|management)(/|$)", re.IGNORECASE)
_REMOVES = regex(r"/(users|accounts|members|customers)/\{[^/{}]+\}$", re.IGNORECASE)
_GRANTS = regex(r"/(roles?|permissions?|privileges|grants)(/\{[^/{}]+\})?$", re.IGNORECASE)
_OWN = regex(r"/(me|self|own|current|profile)(/|$)", re.IGNORECASE)
_MACHINES = frozenset("internal service machine system apikey key signature hmac webhook cron basic ip host".split())  # noqa: SIM905
# What only finds out who asks, whatever it is written in.
_IDENTITY = frozenset(
    """auth authn authenticate authenticated authentication login logged signin signed jwt bearer passport user token session
    principal""".split()  # noqa: SIM905
)
_ONLY_SIGNED_IN = regex(r"isAuthenticated\(\)|isFullyAuthenticated\(\)|permitAll")
_DEPTH = 2  # Calls from a guard or a handler to what decides.


@rule(severity="warning", since="0.1")
def admin_endpoint_without_role(model: Model) -> Iterator[Finding]:
    judged = [item for item in dict.fromkeys(model.routes.endpoints) if _is_for_admins(item) and not is_test(item.file)]
    if not judged:
        return
    guards = Guards(model)
    chains = {model.services.of(path) for path, guard in model.each(Guard) if not guard.router and asks_rights(guard.name)}
    asked: dict[str, list[tuple[Endpoint, tuple[str, ...]]]] = defaultdict(list)
    for endpoint in dict.fromkeys(model.routes.endpoints):
        names = _rights(model, endpoint)
        if names:
            asked[endpoint.service].append((endpoint, names))
    seen = set()
    for endpoint in judged:
        others = asked[endpoint.service]
        beside = [item for item in others if item[0].file == endpoint.file]
        if not others or (endpoint.service in chains and not beside) or (endpoint.file, endpoint.route.span) in seen:
            continue
        guarding = guards.of(endpoint)
        if guarding.access != "guarded" or _rights(model, endpoint) or _may_decide(model, endpoint):
            continue
        if not all(_only_identity(model, endpoint, name) for name in guarding.names):
            continue
        seen.add((endpoint.file, endpoint.route.span))
        yield _finding(model, endpoint, guarding.names, beside or others)


def _is_for_admins(endpoint: Endpoint) -> bool:
    if _OWN.search(endpoint.path) or endpoint.method in ("OPTIONS", "HEAD"):
        return False
    if _ADMIN.search(endpoint.path):
        return not re.search(r"/(log-?in|log-?out|sessions?$|password|health)", endpoint.path, re.IGNORECASE)
    removes = endpoint.method == "DELETE" and _REMOVES.search(endpoint.path) is not None
    return removes or (endpoint.method in ("POST", "PUT", "PATCH", "DELETE") and _GRANTS.search(endpoint.path) is not None)


def _rights(model: Model, endpoint: Endpoint) -> tuple[str, ...]:
    """Return what stands before an endpoint and asks for a role or the like."""
    found = [name for name in endpoint.guards if asks_rights(name)]
    found += [mark.name for mark in _marks(model, endpoint) if asks_rights(mark.name) and not _only_signed_in(mark)]
    found += [name for name in Guards(model).names(endpoint) if asks_rights(name)]
    if _signed_in(model, endpoint):
        found = [name for name in found if not name.endswith("PreAuthorize")]
    found += [name for name, given in _given(model, endpoint) if given]
    return tuple(dict.fromkeys(found))


def _marks(model: Model, endpoint: Endpoint) -> Iterator[Decorator]:
    handler = endpoint.handler
    for place in (handler, Place(handler.path, handler.name.rpartition(".")[0] or "?")):
        definition = model.definition(place)
        yield from definition.decorators if definition is not None else ()


def _only_signed_in(mark: Decorator) -> bool:
    """`@PreAuthorize("isAuthenticated()")`."""
    return any(isinstance(item.value, String) and _ONLY_SIGNED_IN.fullmatch(item.value.value) for item in mark.arguments)


def _signed_in(model: Model, endpoint: Endpoint) -> bool:
    marks = [mark for mark in _marks(model, endpoint) if mark.name.endswith("PreAuthorize")]
    return bool(marks) and all(_only_signed_in(mark) for mark in marks)


def _given(model: Model, endpoint: Endpoint) -> Iterator[tuple[str, bool]]:
    """Yield the guards that are called with a text: `authenticate("admin")` may ask for a role, whatever it is called."""
    for call in model.of(endpoint.file, Call):
        if call.span.until(call.name_span) == endpoint.route.span:
            for argument in call.arguments[1:-1]:
                callee = getattr(argument.value, "callee", "")
                if callee:
                    yield callee, any(isinstance(part, String) for part in walk(argument.value))


def _only_identity(model: Model, endpoint: Endpoint, name: str) -> bool:
    """Whether a guard is known to find out who asks, and nothing more."""
    found = set(words(name))
    if name.endswith("PreAuthorize") and _signed_in(model, endpoint):
        return True
    if asks_rights(name) or found & _MACHINES:
        return False
    place = model.classes.find(endpoint.file, name)
    if place is not None and model.definition(place) is not None:
        members = ("", ".canActivate", ".handle", ".use", ".__call__", ".from_request", ".from_request_parts")
        return not any(_decides(model, Place(place.path, f"{place.name}{member}")) for member in members)
    return bool(found & _IDENTITY) or (asks_who(name) and bool(found & {"current", "viewer", "customer", "member", "account"}))


def _may_decide(model: Model, endpoint: Endpoint) -> bool:
    """Whether the handler decides by itself, or may, by a condition that is not known: of its own, or, where it is given who asks, of what
    it calls."""
    handler = endpoint.handler
    if _decides(model, handler):
        return True
    definition = model.definition(handler)
    parameters = definition.parameters if definition is not None else ()
    is_given = any(asks_who(name) for item in parameters for name in (item.type, item.name, *_called(item.default)))
    for reached, _ in model.calls.reached(handler, _DEPTH if is_given else 0):
        branches = (block for block in model.inside(reached, Block) if block.kind == "branch")
        if any(not isinstance(block.subject, Name | Sequence | Invocation) for block in branches):
            return True
    return False


def _called(value: Value | None) -> Iterator[str]:
    """Yield what is asked for in `Depends(get_current_user)`."""
    for argument in value.arguments if isinstance(value, Invocation) else ():
        if isinstance(argument.value, Name):
            yield argument.value.name


def _decides(model: Model, place: Place) -> bool:
    """Whether a function, or one that it calls, decides by a role or by whose something is."""
    for reached, _ in model.calls.reached(place, _DEPTH):
        checks = model.of_file(reached.path, RightsCheck, _functions)
        if any(name == reached.name or name.startswith(f"{reached.name}.") for name in checks):
            return True
    return False


def _functions(path: str, checks: tuple[RightsCheck, ...]) -> frozenset[str]:
    return frozenset(check.function for check in checks)


def _finding(model: Model, endpoint: Endpoint, names: tuple[str, ...], others: list[tuple[Endpoint, tuple[str, ...]]]) -> Finding:
    usual = Counter(name for _, found in others for name in found).most_common(1)[0][0]
    example = next(item for item, found in others if usual in found)
    edits = _instead(model, endpoint, others) or copied(model, endpoint, others, asks_rights)
    who, what = (name.replace("()", "").rpartition(".")[2] for name in (names[0], usual))
    return Finding(
        model.at(endpoint.file, endpoint.route.span),
        f"`{endpoint.method} {endpoint.path}` lets in everybody whom `{who}` knows; it asks for no role",
        f"{endpoint.method} {endpoint.shape}",
        (f"{len(others)} endpoints of the service ask for a role",),
        (Related(model.at(example.file, example.route.span), f"`{example.method} {example.path}` asks for one by `{what}`"),),
        fix(f"Guard it with `{what}` too", endpoint.file, edits),
        cause=" ".join(endpoint.handler) if endpoint.handler.name else "",  # Under however many paths.
    )


def _instead(model: Model, endpoint: Endpoint, others: list[tuple[Endpoint, tuple[str, ...]]]) -> tuple[Replacement, ...]:
    """Write `@PreAuthorize("hasRole('ADMIN')")` in the place of `@PreAuthorize("isAuthenticated()")`."""
    weak = next((mark for mark in _marks(model, endpoint) if _only_signed_in(mark)), None)
    for other, _ in others if weak is not None and endpoint.handler.path == endpoint.file else ():
        for mark in _marks(model, other) if other.file == endpoint.file else ():
            if weak is not None and mark.name == weak.name and not _only_signed_in(mark):
                return (Replacement(weak.span, "{}", copied=mark.span),)
    return ()
