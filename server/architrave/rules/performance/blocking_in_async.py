"""Blocking work runs on the event loop.

## Why it matters
An event loop serves all requests of a process on one thread. While one handler sleeps, reads a file or waits for a synchronous client,
every other request of that process waits too: a call of 200 ms caps the whole process at five requests a second, and health checks
time out although the machine is idle.

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

### TypeScript

`src/reports.ts`
```typescript
import fs from "node:fs";

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
    Mono<String> confirm(long id) {
        return Mono.delay(Duration.ofSeconds(2)).thenReturn("confirmed");
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

## Options
- `depth`: how many calls inside the workspace are followed from an async function to the blocking one.

## Fix
Writes the awaitable form where it is one expression and the file already imports what it needs, such as `await asyncio.sleep(…)`.

## References
Python documentation, "Developing with asyncio", Running Blocking Code · Node.js, "Don't Block the Event Loop" ·
Tokio, "What is blocking?" · ruff ASYNC251
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.facts.api import BlockingCall
from architrave.findings import Finding, Related
from architrave.model.calls import Caller
from architrave.model.classes import Place
from architrave.model.graph import Model
from architrave.model.tools import is_tool
from architrave.rule import fix, rule

_REACTIVE = ("Mono<", "Flux<", "CompletionStage<", "Uni<", "Multi<")
_BEFORE = re.compile(
    r"(^|\.)(_?lifespan\w*|(on_?)?startup|on_?start|bootstrap|onModuleInit|onApplicationBootstrap|init_db|create_tables)$", re.I
)
_EVENT_LOOPS = ("javascript", "typescript")


@rule(severity="warning", since="0.1")
def blocking_in_async(model: Model, *, depth: int = 2) -> Iterator[Finding]:
    def is_async(place: Place) -> bool:
        if model.files.get(place.path) in _EVENT_LOOPS and place in model.routes.by_handler:
            return True  # Node has no other thread for any handler.
        definition = model.classes.definition(place)
        if definition is None or _BEFORE.search(place.name) or any(item.name.endswith(".on_event") for item in definition.decorators):
            return False  # Nothing is served yet.
        return definition.is_async or definition.returns.rpartition(".")[2].startswith(_REACTIVE)

    for path, blocking in model.each(BlockingCall):
        if is_tool(path):
            continue
        place = Place(path, blocking.function)
        way: tuple[Caller, ...] = ()
        if not is_async(place):
            found = model.calls.way_to(place, is_async, depth)
            if found is None:
                continue
            way = found
        holder = way[0].place.name if way else blocking.function
        yield Finding(
            model.at(path, blocking.span),
            f"`{blocking.callee}` blocks the event loop of `{holder}`",
            f"{blocking.function} {blocking.callee}",
            (f"{blocking.what}" + (f"; `{blocking.instead}` does not block" if blocking.instead else ""),),
            tuple(Related(model.at(caller.place.path, caller.call.name_span), f"`{caller.place.name}` calls it here") for caller in way),
            fix(f"Use `{blocking.instead}`", path, blocking.fix) if not way else None,
        )
