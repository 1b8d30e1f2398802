"""Passwords and codes may be tried as often as somebody likes.

## Why it matters
A password list has ten million lines, a one-time code a million values. An endpoint that answers a hundred guesses a second gives away
weak accounts overnight, and stolen lists are tried against it from a thousand addresses at once; registration and "forgot password" send
mail to whoever is named, as often as they are asked to. A limit for each account and each address makes all of this too slow to be worth
it.

Endpoints that let somebody in, register, reset a password, check a one-time code or give a token are reported where nothing limits them:
no middleware, decorator or dependency of theirs, no library of their service, nothing in it that counts attempts, locks out or asks for a
captcha, and no limit of the Ingress before it. Where limits may stand in what cannot be read (the configuration of nginx or Traefik, a
gateway of a cloud, a web application firewall) the rule is silent. A service that nothing deploys gets a hint only. Where other endpoints
of the same file have a limiter, each one without is reported.

## Example

### TypeScript

`src/auth.ts`
```typescript
import { Router } from "express";

import { limiter } from "./limiter";
import { forgot, login, register } from "./controller";

export const router = Router();

router.post("/auth/register", limiter, register);
router.post("/auth/forgot-password", limiter, forgot);
router.post("/auth/login", login);  // finding
```

Use instead:

`src/auth.ts`
```typescript
import { Router } from "express";

import { limiter } from "./limiter";
import { forgot, login, register } from "./controller";

export const router = Router();

router.post("/auth/register", limiter, register);
router.post("/auth/forgot-password", limiter, forgot);
router.post("/auth/login", limiter, login);
```

### Python

`app/auth.py`
```python
from fastapi import APIRouter, Depends
from fastapi_limiter.depends import RateLimiter

router = APIRouter(prefix="/auth")


@router.post("/register", dependencies=[Depends(RateLimiter(times=5, seconds=60))])
async def register(email: str, password: str): ...


@router.post("/login")  # finding
async def login(email: str, password: str): ...
```

Use instead:

`app/auth.py`
```python
from fastapi import APIRouter, Depends
from fastapi_limiter.depends import RateLimiter

router = APIRouter(prefix="/auth")


@router.post("/register", dependencies=[Depends(RateLimiter(times=5, seconds=60))])
async def register(email: str, password: str): ...


@router.post("/login", dependencies=[Depends(RateLimiter(times=5, seconds=60))])
async def login(email: str, password: str): ...
```

### Go

`main.go`
```go
package main

import "github.com/gin-gonic/gin"

func main() {
	r := gin.Default()
	r.POST("/api/login", login)  // finding
	r.POST("/api/password/reset", reset)
	r.Run()
}
```

Use instead:

`main.go`
```go
package main

import (
	"github.com/gin-gonic/gin"
	"github.com/ulule/limiter/v3"
	limitgin "github.com/ulule/limiter/v3/drivers/middleware/gin"
)

func main() {
	r := gin.Default()
	r.Use(limitgin.NewMiddleware(limiter.New(store, rate)))
	r.POST("/api/login", login)
	r.POST("/api/password/reset", reset)
	r.Run()
}
```

### Java

`src/main/java/com/shop/AuthController.java`
```java
package com.shop;

import org.springframework.web.bind.annotation.*;

@RestController
@RequestMapping("/auth")
class AuthController {
    @PostMapping("/login")  // finding
    Session login(@RequestBody Credentials credentials) { return null; }
}
```

Use instead:

`src/main/java/com/shop/AuthController.java`
```java
package com.shop;

import io.github.resilience4j.ratelimiter.annotation.RateLimiter;
import org.springframework.web.bind.annotation.*;

@RestController
@RequestMapping("/auth")
class AuthController {
    @PostMapping("/login")
    @RateLimiter(name = "login")
    Session login(@RequestBody Credentials credentials) { return null; }
}
```

### Rust

`src/main.rs`
```rust
use axum::{routing::post, Router};

pub fn app() -> Router {
    Router::new().route("/login", post(login))  // finding
}

async fn login() {}
```

Use instead:

`src/main.rs`
```rust
use axum::{routing::post, Router};
use tower_governor::GovernorLayer;

pub fn app() -> Router {
    Router::new().route("/login", post(login)).layer(GovernorLayer { config: limits() })
}

async fn login() {}
```

### Kubernetes

`src/app.js`
```javascript
const express = require("express");
const { login } = require("./login");

const app = express();
app.post("/login", login);  // finding
app.listen(8080);
```

`deploy/ingress.yaml`
```yaml
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: edge
spec:
  ingressClassName: nginx
  defaultBackend: {service: {name: app, port: {number: 80}}}
```

Use instead:

`deploy/ingress.yaml`
```yaml
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: edge
  annotations:
    nginx.ingress.kubernetes.io/limit-rps: "5"
spec:
  ingressClassName: nginx
  defaultBackend: {service: {name: app, port: {number: 80}}}
```

## Fix
Where endpoints of the same file have a limiter, the one that most of them have is written here too. Else none: how often is too often,
and where the counts are kept, is for who runs the service to say. It is not applied unseen.

## References
CWE-307 · OWASP API4:2023 Unrestricted Resource Consumption · OWASP Authentication Cheat Sheet
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from architrave.findings import Finding, Related
from architrave.model.classes import Place
from architrave.model.graph import Model
from architrave.model.guard_copies import copied
from architrave.model.guards import Guards
from architrave.model.limits import limited_services, limits, proxy
from architrave.model.routes import Endpoint
from architrave.model.tools import is_test, is_tool
from architrave.regexes import regex
from architrave.rule import fix, rule

_LETS_IN = regex(r"(log|sign)[-_]?(in|on)|authenticate", re.IGNORECASE)
_SENDS = regex(
    r"(sign[-_]?up|register|registration|forgot([-_]?password)?|forget[-_]?password|(password[-_]?)?reset([-_]?password)?|recover([-_]?password)?"
    r"|recovery|otp|totp|(verify|send|check|resend)[-_]?(otp|code|pin|mfa|2fa)|magic[-_]?link)",
    re.IGNORECASE,
)
_TOKEN = regex(r"tokens?|access[-_]?token|jwt", re.IGNORECASE)
_SESSION = regex(r"sessions?", re.IGNORECASE)
_ACCOUNTS = regex(
    r"(auth|oauth2?|login|users?|accounts?|passwords?|identity|customers?|members?|security|otp|mfa|sessions?)",
    re.IGNORECASE,
)
# Whoever checks the password is somebody else; what comes here is signed.
_BY_OTHERS = regex(
    r"apple|facebook|google|github|gitlab|twitter|linkedin|microsoft|slack|discord|okta|auth0|sso|saml|oidc|openid|social|callback",
    re.IGNORECASE,
)
_PUBLIC_PATH = regex(r"^/?(api|v\d+|rest|public|web|app)?$")
_PROXIED = regex(r"gateway|bff|edge|proxy|ingress")
_DEPTH = 2  # Calls from a handler to what limits.


@rule(severity="information", since="0.1")
def no_rate_limit_auth(model: Model) -> Iterator[Finding]:
    guards = Guards(model)
    entrances: dict[str, list[Endpoint]] = defaultdict(list)
    seen = set()
    for endpoint in model.routes.endpoints:
        key = (endpoint.service, endpoint.method, endpoint.shape)
        if key not in seen and _is_entrance(endpoint) and not is_test(endpoint.file) and not is_tool(model, endpoint.file):
            seen.add(key)
            entrances[endpoint.service].append(endpoint)
    limited = model.derived(limited_services) if entrances else {}
    for service, endpoints in entrances.items():
        for_all = (item for item in endpoints if _lets_in(item) or guards.of(item).access in ("open", "public"))
        open_ = [item for item in for_all if not _limiters(model, item)]
        if service not in limited:
            if model.derived(proxy) or any(_PROXIED.search(other) for other in limited):
                continue
            open_ = [item for item in open_ if not _counts(model, item)]
            if open_:
                first = min(open_, key=lambda item: not _lets_in(item))
                yield _finding(model, first, [item for item in open_ if item is not first], service)
            continue
        beside: dict[str, list[tuple[Endpoint, tuple[str, ...]]]] = defaultdict(list)
        for item in model.routes.by_service.get(service, ()):
            names = _limiters(model, item)
            if names:
                beside[item.file].append((item, names))
        for item in open_:
            if beside[item.file] and not _counts(model, item):
                yield _unlike(model, item, beside[item.file])


def _is_entrance(endpoint: Endpoint) -> bool:
    """Whether an endpoint takes a password, a code or an address that mail goes to, from anybody."""
    if endpoint.method not in ("POST", "PUT", "*"):
        return False
    parts = [part for part in endpoint.path.split("/") if part]
    if not parts or any(part.startswith("{") for part in parts[:-1]):
        return False
    last = parts[-1] if not parts[-1].startswith("{") else (parts[-2] if len(parts) > 1 else "")
    if any(_BY_OTHERS.fullmatch(part) for part in parts):
        return False
    before = "/".join(parts[:-1])
    if _LETS_IN.fullmatch(last):
        return True
    if endpoint.method == "*":
        return False
    if _SESSION.fullmatch(last):
        return _PUBLIC_PATH.match(before) is not None and endpoint.method == "POST"
    if _SENDS.fullmatch(last) or _TOKEN.fullmatch(last):
        is_account = any(_ACCOUNTS.fullmatch(part) or _LETS_IN.fullmatch(part) for part in parts[:-1])
        return is_account or (_SENDS.fullmatch(last) is not None and _PUBLIC_PATH.match(before) is not None)
    return False


def _lets_in(endpoint: Endpoint) -> bool:
    return any(_LETS_IN.fullmatch(part) or _SESSION.fullmatch(part) for part in endpoint.path.split("/"))


def _limiters(model: Model, endpoint: Endpoint) -> tuple[str, ...]:
    """Return what stands before an endpoint and limits it."""
    definition = model.definition(endpoint.handler)
    owner = model.definition(Place(endpoint.handler.path, endpoint.handler.name.rpartition(".")[0] or "?"))
    marks = [item.name for found in (definition, owner) if found is not None for item in found.decorators]
    return tuple(name for name in (*endpoint.guards, *marks) if limits(name))


def _counts(model: Model, endpoint: Endpoint) -> bool:
    """Whether the handler, or what it calls, limits by itself."""
    return any(limits(call.callee) for place, _ in model.calls.reached(endpoint.handler, _DEPTH) for call in model.calls.inside(place))


def _finding(model: Model, endpoint: Endpoint, others: list[Endpoint], service: str) -> Finding:
    return Finding(
        model.at(endpoint.file, endpoint.route.span),
        f"`{endpoint.method} {endpoint.path}` may be tried without limit: neither the service nor what is seen before it limits it",
        f"{endpoint.method} {endpoint.shape}",
        (f"endpoints without a limit: {len(others) + 1}",),
        tuple(Related(model.at(item.file, item.route.span), f"`{item.method} {item.path}` neither") for item in others[:8]),
        severity=None if service in model.services.deployed else "hint",
    )


def _unlike(model: Model, endpoint: Endpoint, siblings: list[tuple[Endpoint, tuple[str, ...]]]) -> Finding:
    example, names = siblings[0]
    other = f"`{example.method} {example.path}` beside it"
    shown = names[0].replace("()", "").rpartition(".")[2]
    return Finding(
        model.at(endpoint.file, endpoint.route.span),
        f"`{endpoint.method} {endpoint.path}` may be tried without limit; {other} is limited by `{shown}`",
        f"{endpoint.method} {endpoint.shape}",
        (),
        (Related(model.at(example.file, example.route.span), f"`{shown}` limits this one"),),
        fix(f"Limit it with `{shown}` too", endpoint.file, copied(model, endpoint, siblings, limits)),
    )
