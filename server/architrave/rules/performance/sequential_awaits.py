"""Two requests are waited for one after the other, and neither needs what the other gives.

## Why it matters
The caller waits for the sum of the two, although the second could have been on its way all along. With a service that takes 80 ms and
another that takes 120 ms, every answer comes 80 ms late; the slow days of both add up, and while it waits the handler holds its memory,
its connection and perhaps a transaction.

## Example

### TypeScript

`src/pages.ts`
```typescript
import axios from "axios";

export async function page(id: string) {
  const user = await axios.get(`http://users/v1/users/${id}`);  // finding
  const orders = await axios.get(`http://orders/v1/orders?user=${id}`);
  return { user: user.data, orders: orders.data };
}
```

Use instead:

`src/pages.ts`
```typescript
import axios from "axios";

export async function page(id: string) {
  const [user, orders] = await Promise.all([axios.get(`http://users/v1/users/${id}`), axios.get(`http://orders/v1/orders?user=${id}`)]);
  return { user: user.data, orders: orders.data };
}
```

### Python

`app/pages.py`
```python
import asyncio

import httpx


async def page(client: httpx.AsyncClient, id: int):
    user = await client.get(f"http://users/v1/users/{id}")  # finding
    orders = await client.get(f"http://orders/v1/users/{id}/orders")
    return user.json(), orders.json()
```

Use instead:

`app/pages.py`
```python
import asyncio

import httpx


async def page(client: httpx.AsyncClient, id: int):
    user, orders = await asyncio.gather(client.get(f"http://users/v1/users/{id}"), client.get(f"http://orders/v1/users/{id}/orders"))
    return user.json(), orders.json()
```

### Rust

`src/pages.rs`
```rust
use reqwest::{Client, Response};

pub async fn page(client: &Client, id: i64) -> reqwest::Result<(Response, Response)> {
    let user = client.get(format!("http://users/v1/users/{id}")).send().await?;  // finding
    let orders = client.get(format!("http://orders/v1/users/{id}/orders")).send().await?;
    Ok((user, orders))
}
```

Use instead:

`src/pages.rs`
```rust
use reqwest::{Client, Response};

pub async fn page(client: &Client, id: i64) -> reqwest::Result<(Response, Response)> {
    tokio::try_join!(
        client.get(format!("http://users/v1/users/{id}")).send(),
        client.get(format!("http://orders/v1/users/{id}/orders")).send(),
    )
}
```

### Java

`src/main/java/com/shop/Pages.java`
```java
package com.shop;

import org.springframework.web.reactive.function.client.WebClient;

class Pages {
    private final WebClient http;

    Pages(WebClient http) {
        this.http = http;
    }

    Page page(long id) {
        User user = http.get().uri("http://users/v1/users/{id}", id).retrieve().bodyToMono(User.class).block();  // finding
        Orders orders = http.get().uri("http://orders/v1/users/{id}/orders", id).retrieve().bodyToMono(Orders.class).block();
        return new Page(user, orders);
    }
}
```

Use instead:

`src/main/java/com/shop/Pages.java`
```java
package com.shop;

import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Mono;

class Pages {
    private final WebClient http;

    Pages(WebClient http) {
        this.http = http;
    }

    Page page(long id) {
        Mono<User> user = http.get().uri("http://users/v1/users/{id}", id).retrieve().bodyToMono(User.class);
        Mono<Orders> orders = http.get().uri("http://orders/v1/users/{id}/orders", id).retrieve().bodyToMono(Orders.class);
        return Mono.zip(user, orders, Page::new).block();
    }
}
```

## Fix
In TypeScript and Python, where each statement is no more than the call that it waits for, one `Promise.all` or `asyncio.gather` waits for
them all. Not safe: when one fails, the others have been asked as well.

## References
Microsoft Azure Architecture Center, Chatty I/O antipattern · MDN, Promise.all · Python documentation, asyncio.gather
"""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts.api import HttpCall, Waits
from architrave.facts.data import Query
from architrave.facts.messaging import Publish
from architrave.findings import Finding, Related
from architrave.model.classes import Place
from architrave.model.graph import Model
from architrave.model.pages import is_in, pages
from architrave.model.tools import is_test, is_tool
from architrave.rule import fix, rule
from architrave.text import Span

_READS = frozenset({"GET", "HEAD"})
_DEPTH = 2  # Calls between what is waited for and the request.


@rule(severity="information", since="0.1")
def sequential_awaits(model: Model) -> Iterator[Finding]:
    yield from model.in_each(Waits, _judged)


def _judged(model: Model, path: str, waits: Waits) -> Iterator[Finding]:
    if is_test(path) or is_tool(model, path) or is_in(model, path, pages):
        return
    place = Place(path, waits.function)
    run: list[tuple[Span, str]] = []
    for span in waits.calls:
        asked = _asked(model, place, span)
        if asked is not None:
            run.append((span, asked))
        elif len(run) > 1:
            break
        else:
            run = []
    if len(run) < 2:
        return
    first, *others = run
    yield Finding(
        model.at(path, first[0]),
        f"{len(run)} requests are waited for one after the other, and none needs what another gives",
        f"{waits.function}: {', '.join(asked for _, asked in run)}",
        tuple(asked for _, asked in run),
        tuple(Related(model.at(path, span), "this could be asked at the same time") for span, _ in others),
        fix("Wait for them together", path, waits.fix) if len(run) == len(waits.calls) else None,
    )


def _asked(model: Model, place: Place, span: Span) -> str | None:
    """Return what a call asks of another service, through functions of the workspace too; None if it writes, or asks nobody."""
    own = [item for item in model.inside(place, HttpCall) if span.contains(item.span)]
    if own:
        return _shown(own)
    call = next((call for call in model.calls.inside(place) if call.span == span), None)
    target = model.calls.target(place, call) if call is not None else None
    if target is None:
        return None
    found: list[HttpCall] = []
    for reached, _ in model.calls.reached(target, _DEPTH):
        if any(model.inside(reached, kind) for kind in (Publish, Query)):
            return None
        found.extend(model.inside(reached, HttpCall))
    return _shown(found)


def _shown(requests: list[HttpCall]) -> str | None:
    if not requests or any(item.method not in _READS for item in requests):
        return None
    first = requests[0]
    where = f"{first.host or first.setting}{first.path or ''}" or first.library
    return f"{first.method} {where}"
