"""A call over the network has no timeout.

## Why it matters
The library waits for ever by default. When the other side accepts the connection and then stalls, every request that needs it holds a
thread, a connection and its memory until none are left, and a service that was healthy goes down with its neighbour. It shows under
load, minutes after the other side slows down, and the logs say nothing, because nothing has failed yet. A module that only sets something
up is one finding: what hangs there is a start.

## Example

### Python

`app/stock.py`
```python
import requests


def stock(sku: str) -> int:
    answer = requests.get(f"http://inventory/items/{sku}")  # finding
    #        ^^^^^^^^^^^^
    return answer.json()["count"]
```

Use instead:

`app/stock.py`
```python
import requests


def stock(sku: str) -> int:
    answer = requests.get(f"http://inventory/items/{sku}", timeout=10)
    return answer.json()["count"]
```

### Go

`stock.go`
```go
package stock

import (
        "net/http"
        "time"
)

var started = time.Now()

func Items() (*http.Response, error) {
        return http.Get("http://inventory/items")  // finding
}

func Item(sku string) (*http.Response, error) {
        client := &http.Client{}  // finding
        return client.Get("http://inventory/items/" + sku)
}
```

Use instead:

`stock.go`
```go
package stock

import (
        "net/http"
        "time"
)

var started = time.Now()

func Items() (*http.Response, error) {
        return (&http.Client{Timeout: 10 * time.Second}).Get("http://inventory/items")
}

func Item(sku string) (*http.Response, error) {
        client := &http.Client{Timeout: 10 * time.Second}
        return client.Get("http://inventory/items/" + sku)
}
```

### TypeScript

`src/stock.ts`
```typescript
import axios from "axios";

export async function stock(sku: string) {
  const answer = await axios.get(`http://inventory/items/${sku}`);  // finding
  //                   ^^^^^^^^^
  return answer.data.count;
}

export async function reserve(sku: string) {
  await fetch("http://inventory/reservations", { method: "POST", body: sku });  // finding
}
```

Use instead:

`src/stock.ts`
```typescript
import axios from "axios";

export async function stock(sku: string) {
  const answer = await axios.get(`http://inventory/items/${sku}`, { timeout: 10000 });
  return answer.data.count;
}

export async function reserve(sku: string) {
  await fetch("http://inventory/reservations", { method: "POST", body: sku, signal: AbortSignal.timeout(10000) });
}
```

### Java

`src/main/java/com/shop/Stock.java`
```java
package com.shop;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

class Stock {
    private final HttpClient client;

    String item(String sku) throws Exception {
        var request = HttpRequest.newBuilder(URI.create("http://inventory/items/" + sku)).GET().build();  // finding
        return client.send(request, BodyHandlers.ofString()).body();
    }
}
```

Use instead:

`src/main/java/com/shop/Stock.java`
```java
package com.shop;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

class Stock {
    private final HttpClient client;

    String item(String sku) throws Exception {
        var request = HttpRequest.newBuilder(URI.create("http://inventory/items/" + sku)).GET().timeout(Duration.ofSeconds(10)).build();
        return client.send(request, BodyHandlers.ofString()).body();
    }
}
```

### Java, RestTemplate

`src/main/java/com/shop/Clients.java`
```java
package com.shop;

import org.springframework.context.annotation.Bean;
import org.springframework.web.client.RestTemplate;

class Clients {
    @Bean
    RestTemplate inventory() {
        return new RestTemplate();  // finding
    }
}
```

Use instead:

`src/main/java/com/shop/Clients.java`
```java
package com.shop;

import org.springframework.context.annotation.Bean;
import org.springframework.http.client.SimpleClientHttpRequestFactory;
import org.springframework.web.client.RestTemplate;

class Clients {
    @Bean
    RestTemplate inventory() {
        SimpleClientHttpRequestFactory requestFactory = new SimpleClientHttpRequestFactory();
        requestFactory.setConnectTimeout(10000);
        requestFactory.setReadTimeout(10000);
        return new RestTemplate(requestFactory);
    }
}
```

### Java, RestClient

`src/main/java/com/shop/Stock.java`
```java
package com.shop;

import org.springframework.web.client.RestClient;

class Stock {
    private final RestClient client = RestClient.create("http://inventory");  // finding

    String item(String sku) {
        return client.get().uri("/items/{sku}", sku).retrieve().body(String.class);
    }
}
```

Use instead:

`src/main/java/com/shop/Stock.java`
```java
package com.shop;

import org.springframework.http.client.SimpleClientHttpRequestFactory;
import org.springframework.web.client.RestClient;

class Stock {
    private final RestClient client = RestClient.builder().baseUrl("http://inventory").requestFactory(requestFactory()).build();

    private static SimpleClientHttpRequestFactory requestFactory() {
        SimpleClientHttpRequestFactory factory = new SimpleClientHttpRequestFactory();
        factory.setConnectTimeout(10000);
        factory.setReadTimeout(10000);
        return factory;
    }

    String item(String sku) {
        return client.get().uri("/items/{sku}", sku).retrieve().body(String.class);
    }
}
```

### Rust

`src/stock.rs`
```rust
pub struct Stock {
    client: reqwest::Client,
}

impl Stock {
    pub fn new() -> Self {
        Self { client: reqwest::Client::new() }  // finding
    }
}
```

Use instead:

`src/stock.rs`
```rust
pub struct Stock {
    client: reqwest::Client,
}

impl Stock {
    pub fn new() -> Self {
        Self { client: reqwest::Client::builder().timeout(std::time::Duration::from_secs(10)).build().expect("HTTP client") }
    }
}
```

### Rust, a request of its own

`src/stock.rs`
```rust
use serde::Deserialize;

pub async fn stock(sku: &str) -> Result<String, reqwest::Error> {
    reqwest::get(format!("http://inventory/items/{sku}")).await?.text().await  // finding
}
```

Use instead:

`src/stock.rs`
```rust
use serde::Deserialize;

static CLIENT: std::sync::LazyLock<reqwest::Client> =
    std::sync::LazyLock::new(|| reqwest::Client::builder().timeout(std::time::Duration::from_secs(10)).build().expect("HTTP client"));

pub async fn stock(sku: &str) -> Result<String, reqwest::Error> {
    CLIENT.get(format!("http://inventory/items/{sku}")).send().await?.text().await
}
```

## Options
- `seconds`: the timeout that the fix writes.

## Fix
Gives the call, or the client that it is made with, a timeout. Where a library takes one for its client alone, one is made that has it: with
a factory of requests for `RestTemplate` and `RestClient` of Spring, as a static for `reqwest::get`. It is not applied unseen: how long is
right depends on the endpoint.

## References
CWE-1088 · AWS Builders' Library, "Timeouts, retries, and backoff with jitter" · ruff S113 · Nygard, Release It!, "Integration Points"
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from architrave.facts.api import Client, HttpCall
from architrave.findings import Finding, Related
from architrave.model.classes import Place
from architrave.model.entries import is_reached
from architrave.model.graph import Model
from architrave.model.pages import browsers, is_in
from architrave.model.tools import is_of_one_environment, is_tool
from architrave.model.waiting import with_timeout
from architrave.regexes import regex
from architrave.rule import fix, rule
from architrave.urls import LOCAL

# `setup_index`, `initDb`, `wait_for_search`, `seed`: what runs once before a service does.
_SET_UP = regex(
    r"_?(set_?up|setUp|seed|init|bootstrap|provision|config(ure)?|ensure|wait_?for|waitFor|prepare|pre_?start)(?![a-z])"
    r"|_?(initiali[sz]e|seeder|prepopulate)"
)
_SEVERAL = 3


@rule(severity="warning", since="0.1")
def no_timeout(model: Model, *, seconds: int = 10) -> Iterator[Finding]:
    clients: dict[tuple[str, str], Client] = {}
    for path, client in model.each(Client):
        clients[path, _own(client.name)] = client
        if client.kind == "http" and client.timeout == "none" and not _may_wait(model, path):
            what = f"`{client.name}`" if client.name else f"the {client.library} client"
            yield _finding(
                model, path, client, f"{what} has no timeout: its calls may wait for ever", client.name or client.library, seconds
            )
    unlimited: dict[str, list[HttpCall]] = defaultdict(list)
    for path, call in model.each(HttpCall):
        made_with = clients.get((path, _own(call.client))) if call.client else None
        if call.timeout != "none" or _may_wait(model, path) or (made_with is not None and made_with.timeout != "unknown"):
            continue
        if call.host and call.host.partition(":")[0] in LOCAL and is_of_one_environment(model, path, call.span):
            continue
        unlimited[path].append(call)
    for path, calls in unlimited.items():
        if _is_set_up(model, path, calls):
            yield _of_set_up(model, path, calls, seconds)
        else:
            yield from (_of_call(model, path, call, seconds) for call in calls)


def _may_wait(model: Model, path: str) -> bool:
    """Whether somebody sits before what a file does, who will not wait for ever: at a terminal, or at a page."""
    return is_tool(model, path) or is_in(model, path, browsers)


def _is_set_up(model: Model, path: str, calls: list[HttpCall]) -> bool:
    """Whether a module does no more than set something up, as its name or most of its functions say and no request, message or clock
    denies: what waits there for ever is a start, and one sentence says it."""
    if len(calls) < _SEVERAL:
        return False
    named = [call for call in calls if _SET_UP.match(call.function.rpartition(".")[2])]
    if not _SET_UP.match(path.rpartition("/")[2]) and 2 * len(named) < len(calls):
        return False
    return not any(is_reached(model, Place(path, call.function)) for call in calls)


def _of_set_up(model: Model, path: str, calls: list[HttpCall], seconds: int) -> Finding:
    edits = [edit for call in calls for edit in with_timeout(call.timeout_fix, seconds)]
    is_whole = all(call.timeout_fix for call in calls)
    return Finding(
        model.at(path, calls[0].span),
        f"None of the {len(calls)} requests that set up has a timeout: a start may wait for ever",
        "set-up",
        (f"{calls[0].library} waits for ever unless told otherwise",),
        tuple(Related(model.at(path, call.span), f"A `{call.method}` request") for call in calls[1:]),
        fix(f"Add timeouts of {seconds} s", path, dict.fromkeys(edits) if is_whole else ()),
        severity="information",
    )


def _of_call(model: Model, path: str, call: HttpCall, seconds: int) -> Finding:
    target = call.host or (call.setting if call.setting.isupper() else "")
    if target:
        message = f"`{call.method} {call.path or '…'}` to `{target}` has no timeout"
    else:
        message = f"A `{call.method}` request of `{call.library}` has no timeout"
    # Not the target: the same call is sent to a setting when its address has been taken out of the code.
    return _finding(model, path, call, message, f"{call.function} {call.method} {call.path or target}", seconds)


def _own(name: str) -> str:
    """The name of a field, however it is reached."""
    return name.removeprefix("this.").removeprefix("self.")


def _finding(model: Model, path: str, fact: Client | HttpCall, message: str, subject: str, seconds: int) -> Finding:
    return Finding(
        model.at(path, fact.span),
        message,
        subject,
        (f"{fact.library} waits for ever unless told otherwise",),
        fix=fix(f"Add a timeout of {seconds} s", path, with_timeout(fact.timeout_fix, seconds)),
    )
