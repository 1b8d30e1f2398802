"""Something that failed is tried again at once, at the same pace, or for ever.

## Why it matters
A service that is overloaded answers late or not at all. Callers that try again at once send it three times as much as it could not take
before, all at the same moment, and keep it down: the retries have become the outage. Waiting longer each time, with some chance in it, and
giving up in the end let it come back. Retries that never end are raised wherever they are; a pace that does not slow down where requests
are tried again, as a warning when there is no wait at all or when a POST is repeated.

## Options
- `depth`: how many calls inside the workspace are followed from what is tried to a request.

## Example

### Python, tenacity

`app/stock.py`
```python
import httpx
from tenacity import retry


@retry  # finding
def stock(sku: str) -> int:
    return httpx.get(f"http://inventory/items/{sku}", timeout=2).json()["count"]
```

Use instead:

`app/stock.py`
```python
import httpx
from tenacity import retry, stop_after_attempt, wait_random_exponential


@retry(stop=stop_after_attempt(5), wait=wait_random_exponential(max=30))
def stock(sku: str) -> int:
    return httpx.get(f"http://inventory/items/{sku}", timeout=2).json()["count"]
```

### Python, urllib3

`app/http.py`
```python
import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

session = requests.Session()
session.mount("http://", HTTPAdapter(max_retries=Retry(total=3)))  # finding
```

Use instead:

`app/http.py`
```python
import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

session = requests.Session()
session.mount("http://", HTTPAdapter(max_retries=Retry(total=3, backoff_factor=0.5)))
```

### TypeScript, axios-retry

`src/http.ts`
```typescript
import axios from "axios";
import axiosRetry from "axios-retry";

export const http = axios.create({ timeout: 2000 });
axiosRetry(http, { retries: 3 });  // finding
```

Use instead:

`src/http.ts`
```typescript
import axios from "axios";
import axiosRetry from "axios-retry";

export const http = axios.create({ timeout: 2000 });
axiosRetry(http, { retries: 3, retryDelay: axiosRetry.exponentialDelay });
```

### Java, Spring Retry

`src/main/java/com/shop/Stock.java`
```java
package com.shop;

import org.springframework.retry.annotation.Backoff;
import org.springframework.retry.annotation.Retryable;
import org.springframework.web.client.RestTemplate;

class Stock {
    private final RestTemplate rest;

    Stock(RestTemplate rest) {
        this.rest = rest;
    }

    @Retryable(maxAttempts = 4, backoff = @Backoff(delay = 200))  // finding
    void reserve(String sku) {
        rest.postForObject("http://inventory/reservations", sku, String.class);
    }
}
```

Use instead:

`src/main/java/com/shop/Stock.java`
```java
package com.shop;

import org.springframework.retry.annotation.Backoff;
import org.springframework.retry.annotation.Retryable;
import org.springframework.web.client.RestTemplate;

class Stock {
    private final RestTemplate rest;

    Stock(RestTemplate rest) {
        this.rest = rest;
    }

    @Retryable(maxAttempts = 4, backoff = @Backoff(delay = 200, multiplier = 2, random = true))
    void reserve(String sku) {
        rest.postForObject("http://inventory/reservations", sku, String.class);
    }
}
```

### Go, retry-go

`stock.go`
```go
package stock

import (
	"net/http"
	"time"

	"github.com/avast/retry-go/v4"
)

var client = &http.Client{Timeout: 2 * time.Second}

func Reserve() error {
	return retry.Do(reserve, retry.DelayType(retry.FixedDelay))  // finding
}

func reserve() error {
	_, err := client.Post("http://inventory/reservations", "application/json", nil)
	return err
}
```

Use instead:

`stock.go`
```go
package stock

import (
	"net/http"
	"time"

	"github.com/avast/retry-go/v4"
)

var client = &http.Client{Timeout: 2 * time.Second}

func Reserve() error {
	return retry.Do(reserve, retry.DelayType(retry.BackOffDelay))
}

func reserve() error {
	_, err := client.Post("http://inventory/reservations", "application/json", nil)
	return err
}
```

### Rust, tokio-retry

`src/stock.rs`
```rust
use tokio_retry::strategy::FixedInterval;
use tokio_retry::Retry;

pub async fn stock() -> anyhow::Result<String> {
    Retry::spawn(FixedInterval::from_millis(100), fetch).await  // finding
}

async fn fetch() -> anyhow::Result<String> {
    Ok(reqwest::get("http://inventory/items").await?.text().await?)
}
```

Use instead:

`src/stock.rs`
```rust
use tokio_retry::strategy::{jitter, ExponentialBackoff};
use tokio_retry::Retry;

pub async fn stock() -> anyhow::Result<String> {
    Retry::spawn(ExponentialBackoff::from_millis(100).map(jitter).take(5), fetch).await
}

async fn fetch() -> anyhow::Result<String> {
    Ok(reqwest::get("http://inventory/items").await?.text().await?)
}
```

## Fix
tenacity, backoff, urllib3, axios-retry, p-retry, retry-go and Spring's `@Backoff` get what is missing, in their own words. Not safe: how
long it may take is for the caller to say. For other helpers there is none.

## References
Microsoft Azure Architecture Center, Retry Storm antipattern · M. Brooker, Timeouts, retries, and backoff with jitter, Amazon Builders'
Library
"""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts.api import HttpCall, RetryPolicy
from architrave.findings import Finding, Related
from architrave.model.graph import Model
from architrave.model.started import started
from architrave.model.tools import is_tool
from architrave.rule import fix, rule
from architrave.text import Location

_FEW = 3  # As many attempts with a pause between them are no storm.


@rule(severity="warning", since="0.1")
def retry_without_backoff(model: Model, *, depth: int = 2) -> Iterator[Finding]:
    return model.in_each(RetryPolicy, _of_policy, depth)


def _of_policy(model: Model, path: str, policy: RetryPolicy, depth: int) -> Iterator[Finding]:
    if is_tool(model, path) or (policy.has_cap and policy.wait == "growing"):
        return
    request = _request(model, path, policy, depth)
    is_asked = policy.is_network or request is not None
    if policy.has_cap and not is_asked:
        return
    if not policy.has_cap:
        message = "is tried again for ever, and at once" if policy.wait == "none" else "is tried again for ever"
    else:
        message = "is tried again at once" if policy.wait == "none" else "is tried again at the same pace"
    name = (policy.handler or policy.function).rpartition(".")[2]
    subject = f"`{name}`" if name and not policy.is_network else "What fails"
    is_mild = policy.has_cap and policy.wait == "constant" and (request is None or request[1].method != "POST")
    related = (Related(request[0], f"`{request[1].method}` is tried again"),) if request is not None else ()
    yield Finding(
        model.at(path, policy.span),
        f"{subject} {message}",
        f"retry {policy.handler or policy.function or policy.library}",
        (f"{policy.library}: {policy.reason}",),
        related,
        fix(policy.fix_title, path, policy.fix),
        "hint" if is_mild and policy.attempts is not None and policy.attempts <= _FEW else "information" if is_mild else None,
    )


def _request(model: Model, path: str, policy: RetryPolicy, depth: int) -> tuple[Location, HttpCall] | None:
    """Return the first request that is tried again, a POST before others."""
    found: list[tuple[Location, HttpCall]] = []
    for place, within in started(model, path, policy, depth):
        for request in model.inside(place, HttpCall):
            if (within is None or within.contains(request.span)):
                found.append((model.at(place.path, request.span), request))
    return min(found, key=lambda item: item[1].method != "POST") if found else None
