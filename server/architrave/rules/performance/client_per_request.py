"""A client or connection pool is made anew for each request.

## Why it matters
A client holds the pool of connections that makes calls cheap. Made inside a handler it starts empty each time: every request pays for DNS,
TCP and TLS again (two to three round trips before the first byte), and under load the sockets in TIME_WAIT or the database's connection
limit run out long before the CPU does.

## Example

### Python

`app/orders.py`
```python
import httpx
from fastapi import APIRouter

router = APIRouter()


@router.get("/stock/{sku}")
async def stock(sku: str):
    client = httpx.AsyncClient(timeout=5)  # finding
    return (await client.get(f"https://inventory.example.com/items/{sku}")).json()
```

Use instead:

`app/orders.py`
```python
import httpx
from fastapi import APIRouter

client = httpx.AsyncClient(timeout=5)

router = APIRouter()


@router.get("/stock/{sku}")
async def stock(sku: str):
    return (await client.get(f"https://inventory.example.com/items/{sku}")).json()
```

### Go

`orders.go`
```go
package orders

import (
        "github.com/gin-gonic/gin"
        "github.com/redis/go-redis/v9"
)

func Register(r *gin.Engine) {
        r.GET("/orders/:id", read)
}

func read(c *gin.Context) {
        cache := redis.NewClient(&redis.Options{Addr: address})  // finding
        c.String(200, cache.Get(c, "order:"+c.Param("id")).Val())
}
```

Use instead:

`orders.go`
```go
package orders

import (
        "github.com/gin-gonic/gin"
        "github.com/redis/go-redis/v9"
)

func Register(r *gin.Engine) {
        r.GET("/orders/:id", read)
}

func read(c *gin.Context) {
        c.String(200, cache.Get(c, "order:"+c.Param("id")).Val())
}

var cache = redis.NewClient(&redis.Options{Addr: address})
```

### TypeScript

`src/stock.ts`
```typescript
import { Router } from "express";
import { Pool } from "pg";

export const router = Router();

router.get("/stock/:sku", async (req, res) => {
  const pool = new Pool({ connectionString: process.env.DATABASE_URL });  // finding
  const { rows } = await pool.query("SELECT count FROM stock WHERE sku = $1", [req.params.sku]);
  res.json(rows[0]);
});
```

Use instead:

`src/stock.ts`
```typescript
import { Router } from "express";
import { Pool } from "pg";

const pool = new Pool({ connectionString: process.env.DATABASE_URL });

export const router = Router();

router.get("/stock/:sku", async (req, res) => {
  const { rows } = await pool.query("SELECT count FROM stock WHERE sku = $1", [req.params.sku]);
  res.json(rows[0]);
});
```

### Java

`src/main/java/com/shop/StockController.java`
```java
package com.shop;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestTemplate;

@RestController
class StockController {
    @GetMapping("/stock/{sku}")
    String stock(@PathVariable String sku) {
        var client = new RestTemplate();  // finding
        return client.getForObject("https://inventory.example.com/items/{sku}", String.class, sku);
    }
}
```

Use instead:

`src/main/java/com/shop/StockController.java`
```java
package com.shop;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestTemplate;

@RestController
class StockController {
    private final RestTemplate client = new RestTemplate();

    @GetMapping("/stock/{sku}")
    String stock(@PathVariable String sku) {
        return client.getForObject("https://inventory.example.com/items/{sku}", String.class, sku);
    }
}
```

### Rust

`src/stock.rs`
```rust
use std::time::Duration;

use axum::extract::{Path, State};
use axum::{routing::get, Router};

pub fn router(state: AppState) -> Router {
    Router::new().route("/stock/{sku}", get(stock)).with_state(state)
}

async fn stock(State(state): State<AppState>, Path(sku): Path<String>) -> Result<String, Error> {
    let client = reqwest::Client::builder().timeout(Duration::from_secs(5)).build()?;  // finding
    Ok(client.get(format!("{}/items/{sku}", state.inventory_url)).send().await?.text().await?)
}
```

Use instead:

`src/stock.rs`
```rust
use std::time::Duration;

use axum::extract::{Path, State};
use axum::{routing::get, Router};

static CLIENT: std::sync::LazyLock<reqwest::Client> =
    std::sync::LazyLock::new(|| reqwest::Client::builder().timeout(Duration::from_secs(5)).build().expect("HTTP client"));

pub fn router(state: AppState) -> Router {
    Router::new().route("/stock/{sku}", get(stock)).with_state(state)
}

async fn stock(State(state): State<AppState>, Path(sku): Path<String>) -> Result<String, Error> {
    let client = CLIENT.clone();
    Ok(client.get(format!("{}/items/{sku}", state.inventory_url)).send().await?.text().await?)
}
```

## Options
- `depth`: how many calls inside the workspace are followed from a handler to the construction.

## Fix
Moves the construction to where it is done once: the top of the module in Python and TypeScript, a variable of the package in Go, a field
of the class in Java, a static in Rust, of which handlers get a clone that shares its connections. Offered where the arguments are constants
and settings and the function neither opens, closes nor sets up the client; not for single connections, which one thread has to itself. It
is not applied unseen: the client then lives as long as the process, and may want to be closed at its end.

## References
Microsoft Azure Architecture Center, "Improper Instantiation antipattern" · HTTPX documentation, "Clients" ·
Go net/http, type Client: "Clients should be reused instead of created as needed"
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import dirname

from architrave.facts.api import Client
from architrave.facts.code import Block, Call, Definition
from architrave.facts.values import Invocation, Name, Sequence
from architrave.findings import Finding, Related
from architrave.model.calls import Caller
from architrave.model.classes import Place
from architrave.model.entries import asked
from architrave.model.graph import Model
from architrave.model.tools import is_tool
from architrave.regexes import regex
from architrave.rule import fix, rule

_OWN = regex(
    r"(close|aclose|connect|disconnect|end|quit|open|start|stop|shutdown|release|terminate|destroy)$"
    r"|(set|add|use|with|on|enable|disable|register|mount|headers?|interceptors?)(_|[A-Z]|$)",
    re.IGNORECASE,
)


@rule(severity="warning", since="0.1")
def client_per_request(model: Model, *, depth: int = 2) -> Iterator[Finding]:
    return model.in_each(Client, _of_client, depth)


def _of_client(model: Model, path: str, client: Client, depth: int) -> Iterator[Finding]:
    if client.is_cached or is_tool(model, path) or (not client.function and not client.in_loop):
        return
    handlers = model.derived(asked)
    place = Place(path, client.function)
    if client.in_loop and _is_tried_again(model, path, client):
        return
    way: tuple[Caller, ...] = ()
    if place not in handlers and not client.in_loop:
        found = model.calls.way_to(place, handlers.__contains__, depth)
        if found is None:
            return
        way = found
    if client.in_loop and place not in handlers and not way:
        message = f"A {client.library} client is made anew in each turn of a loop"
    else:
        endpoint = handlers[way[0].place if way else place][0]
        message = f"A {client.library} client is made anew for each `{endpoint.method} {endpoint.path}`"
    yield Finding(
        model.at(path, client.span),
        message,
        f"{client.function} {client.library}",
        related=tuple(
            Related(model.at(caller.place.path, caller.call.name_span), f"`{caller.place.name}` calls it here") for caller in way
        ),
        fix=fix("Make it once", path, client.hoist) if not _is_its_own(model, path, client) else None,
        cause=f"{path} {client.function} {message}",
    )


def _is_tried_again(model: Model, path: str, client: Client) -> bool:
    """Whether the loop goes over nothing but attempts: `while True`, `for {`, `for attempt in range(5)`."""
    loops = [block for block in model.of(path, Block) if block.kind == "loop" and block.span.contains(client.span)]
    if not loops or client.kind == "http":
        return False
    subject = max(loops, key=lambda block: block.span.start).subject
    return subject is None or not isinstance(subject, Name | Invocation | Sequence) or getattr(subject, "callee", "") == "range"


def _is_its_own(model: Model, path: str, client: Client) -> bool:
    """Whether the function opens, closes or sets up the client, which one that all share must not be; or its name is taken beside it."""
    if sum((item.function, item.name) == (client.function, client.name) for item in model.of(path, Client)) > 1:
        return True
    calls = [call for call in model.inside((path, client.function), Call) if call.receiver == client.name]
    if any(_OWN.match(call.callee.rpartition(".")[2].lstrip("$")) for call in calls):
        return True
    package = [other for other in model.files if dirname(other) == dirname(path)] if path.endswith(".go") else [path]
    return any(item.name == client.name for other in package for item in model.of(other, Definition)) or any(
        item.name == client.name and not item.function for other in package for item in model.of(other, Client)
    )
