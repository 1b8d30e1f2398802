"""Blocking work runs on the event loop.

## Why it matters
An event loop serves all requests of a process on one thread. While one handler sleeps, reads a file or waits for a synchronous client,
every other request of that process waits too: a call of 200 ms caps the whole process at five requests a second, and health checks
time out although the machine is idle. What runs before the server listens is not judged. It is a hint where no handler of a request, a
message or a clock is known to lead to it; in Node, where tools for the command line are asynchronous as well, that is no finding.

## Example

### Python

`app/orders.py`
```python
import asyncio
import time


async def confirm(order_id: int) -> None:
    time.sleep(2)  # finding
#   ^^^^^^^^^^
```

Use instead:

`app/orders.py`
```python
import asyncio
import time


async def confirm(order_id: int) -> None:
    await asyncio.sleep(2)
```

### Python, a client that waits

`app/stock.py`
```python
import requests


async def stock(sku: str) -> int:
    answer = requests.get(f"https://inventory.example.com/items/{sku}", timeout=3)  # finding
    return answer.json()["count"]
```

Use instead:

`app/stock.py`
```python
import asyncio

import requests


async def stock(sku: str) -> int:
    answer = await asyncio.to_thread(requests.get, f"https://inventory.example.com/items/{sku}", timeout=3)
    return answer.json()["count"]
```

### TypeScript

`src/reports.ts`
```typescript
import fs from "node:fs";
import { Router } from "express";

export const router = Router();

router.get("/reports/:name", async (req, res) => res.send(await report(req.params.name)));

export async function report(name: string): Promise<string> {
  const text = fs.readFileSync(`reports/${name}.txt`, "utf8");  // finding
  //           ^^^^^^^^^^^^^^^
  return text;
}
```

Use instead:

`src/reports.ts`
```typescript
import fs from "node:fs";
import { Router } from "express";

export const router = Router();

router.get("/reports/:name", async (req, res) => res.send(await report(req.params.name)));

export async function report(name: string): Promise<string> {
  const text = await fs.promises.readFile(`reports/${name}.txt`, "utf8");
  return text;
}
```

### Java

`src/main/java/com/shop/OrderService.java`
```java
package com.shop;

import java.time.Duration;
import reactor.core.publisher.Mono;

class OrderService {
    Mono<String> confirm(long id) throws InterruptedException {
        Thread.sleep(2000);  // finding
    //  ^^^^^^^^^^^^
        return Mono.just("confirmed");
    }
}
```

Use instead:

`src/main/java/com/shop/OrderService.java`
```java
package com.shop;

import java.time.Duration;
import reactor.core.publisher.Mono;

class OrderService {
    Mono<String> confirm(long id) throws InterruptedException {
        return Mono.delay(Duration.ofMillis(2000)).then(Mono.just("confirmed"));
    }
}
```

### Rust

`src/orders.rs`
```rust
use std::time::Duration;

use tokio::sync::mpsc;

pub async fn confirm(order_id: i64, sender: mpsc::Sender<i64>) {
    std::thread::sleep(Duration::from_secs(2));  // finding
//  ^^^^^^^^^^^^^^^^^^
    sender.send(order_id).await.ok();
}
```

Use instead:

`src/orders.rs`
```rust
use std::time::Duration;

use tokio::sync::mpsc;

pub async fn confirm(order_id: i64, sender: mpsc::Sender<i64>) {
    tokio::time::sleep(Duration::from_secs(2)).await;
    sender.send(order_id).await.ok();
}
```

### Rust, a slow hash

`src/accounts.rs`
```rust
use axum::Json;

pub async fn register(password: String) -> Result<Json<String>, bcrypt::BcryptError> {
    let hash = bcrypt::hash(password, 12)?;  // finding
    Ok(Json(hash))
}
```

Use instead:

`src/accounts.rs`
```rust
use axum::Json;

pub async fn register(password: String) -> Result<Json<String>, bcrypt::BcryptError> {
    let hash = tokio::task::spawn_blocking(move || bcrypt::hash(password, 12)).await.expect("hashing does not panic")?;
    Ok(Json(hash))
}
```

## Options
- `depth`: how many calls inside the workspace are followed from an async function to the blocking one.

## Fix
Writes the form that can be awaited, where an asynchronous function calls the blocking one itself: `asyncio.sleep`, `fs.promises`,
`tokio::time::sleep`, `tokio::fs`, `Mono.delay`. Python hands what threads may share to `asyncio.to_thread`, Rust a hash of values of its
own to `spawn_blocking`, Java what stands in `Mono.just(…)` to another scheduler. None where another client is the remedy, such as a session
of SQLAlchemy or a blocking client of reqwest. It is not applied unseen: what runs beside it may now run in between.

## References
Python documentation, "Developing with asyncio", Running Blocking Code · Node.js, "Don't Block the Event Loop" ·
Tokio documentation, module `task`, Blocking and Yielding · ruff ASYNC251
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.facts.api import BlockingCall
from architrave.facts.deployment import Listen
from architrave.findings import Finding, Related
from architrave.model.calls import Caller
from architrave.model.classes import Place
from architrave.model.entries import is_reached
from architrave.model.graph import Model
from architrave.model.tools import is_tool
from architrave.regexes import regex
from architrave.rule import fix, rule
from architrave.text import Span

_REACTIVE = ("Mono<", "Flux<", "CompletionStage<", "Uni<", "Multi<")
_BEFORE = regex(
    r"(^|\.)(_?lifespan\w*|(on_?)?startup|on_?start|bootstrap|onModuleInit|onApplicationBootstrap|init_db|create_tables)$", re.I
)
_EVENT_LOOPS = ("javascript", "typescript")


@rule(severity="warning", since="0.1")
def blocking_in_async(model: Model, *, depth: int = 2) -> Iterator[Finding]:
    return model.in_each(BlockingCall, _of_call, depth)


def _of_call(model: Model, path: str, blocking: BlockingCall, depth: int) -> Iterator[Finding]:
    if is_tool(model, path):
        return
    place = Place(path, blocking.function)
    way: tuple[Caller, ...] = ()
    if not _is_async(model, place):
        found = model.calls.way_to(place, lambda place: _is_async(model, place), depth)
        if found is None:
            return
        way = found
    holder, span = (way[0].place, way[0].call.span) if way else (place, blocking.span)
    if _is_before_listening(model, holder, span, depth):
        return
    is_asked = is_reached(model, holder)
    if not is_asked and model.files.get(holder.path) in _EVENT_LOOPS:  # Commands and builds are asynchronous there, too.
        return
    yield Finding(
        model.at(path, blocking.span),
        f"`{blocking.callee}` blocks the event loop of `{holder.name}`",
        f"{blocking.function} {blocking.callee}",
        (f"{blocking.what}" + (f"; `{blocking.instead}` does not block" if blocking.instead else ""),),
        tuple(Related(model.at(caller.place.path, caller.call.name_span), f"`{caller.place.name}` calls it here") for caller in way),
        fix(blocking.fix_title or f"Use `{blocking.instead}`", path, blocking.fix) if not way else None,
        severity=None if is_asked else "hint",
    )


def _is_before_listening(model: Model, place: Place, span: Span, depth: int) -> bool:
    """Whether a place in a function is passed before that function listens, or before all that call it do."""
    listens = [listen.span for listen in model.inside(place, Listen)]
    if listens:
        return any(listen.chunk != span.chunk or span.start < listen.start for listen in listens)
    callers = model.calls.callers(place) if depth and place not in model.routes.by_handler else ()
    return bool(callers) and all(_is_before_listening(model, caller.place, caller.call.span, depth - 1) for caller in callers)


def _is_async(model: Model, place: Place) -> bool:
    if model.files.get(place.path) in _EVENT_LOOPS and place in model.routes.by_handler:
        return True  # Node has no other thread for any handler.
    definition = model.classes.definition(place)
    if definition is None or _BEFORE.search(place.name) or any(name.endswith(".on_event") for name in definition.decorators):
        return False  # Nothing is served yet.
    return definition.is_async or definition.returns.rpartition(".")[2].startswith(_REACTIVE)
