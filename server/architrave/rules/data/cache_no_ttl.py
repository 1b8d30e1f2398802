"""A cached value never expires.

## Why it matters
A key that is made of an id is a new key for every id. Without a lifetime each of them stays for ever: the memory of Redis fills in weeks
or months, and then writes fail or other keys are thrown out, depending on a setting that nobody chose. A value that is wrong once stays
wrong, too. Judged is what is plainly a cache: a function that looks under a key and fills it, or a name that says so. Keys that are deleted
or given a lifetime elsewhere are left alone, as is a Redis that is told to throw out what is used least.

## Options
- `seconds`: the lifetime that a fix writes where no other value of the service has one.

## Example

### Python

`app/orders.py`
```python
import json

import redis

cache = redis.Redis()


def summary(customer_id: str) -> dict:
    cached = cache.get(f"summary:{customer_id}")
    if cached:
        return json.loads(cached)
    counts = count_orders(customer_id)
    cache.set(f"summary:{customer_id}", json.dumps(counts))  # finding
#   ^^^^^^^^^
    return counts
```

Use instead:

`app/orders.py`
```python
import json

import redis

cache = redis.Redis()


def summary(customer_id: str) -> dict:
    cached = cache.get(f"summary:{customer_id}")
    if cached:
        return json.loads(cached)
    counts = count_orders(customer_id)
    cache.set(f"summary:{customer_id}", json.dumps(counts), ex=3600)
    return counts
```

### TypeScript, ioredis

`src/orders.ts`
```typescript
import Redis from "ioredis";

const redis = new Redis(process.env.REDIS_URL!);

export async function customer(id: string) {
  await redis.set(`session:${id}`, "1", "EX", 900);
  const cached = await redis.get(`customer:${id}`);
  if (cached) return JSON.parse(cached);
  const found = await load(id);
  await redis.set(`customer:${id}`, JSON.stringify(found));  // finding
  return found;
}
```

Use instead:

`src/orders.ts`
```typescript
import Redis from "ioredis";

const redis = new Redis(process.env.REDIS_URL!);

export async function customer(id: string) {
  await redis.set(`session:${id}`, "1", "EX", 900);
  const cached = await redis.get(`customer:${id}`);
  if (cached) return JSON.parse(cached);
  const found = await load(id);
  await redis.set(`customer:${id}`, JSON.stringify(found), "EX", 900);
  return found;
}
```

### TypeScript, node-redis

`src/orders.ts`
```typescript
import { createClient } from "redis";

const client = createClient();

export async function customer(id: string) {
  const cached = await client.get(`customer:${id}`);
  if (cached) return JSON.parse(cached);
  const found = await load(id);
  await client.set(`customer:${id}`, JSON.stringify(found));  // finding
  return found;
}
```

Use instead:

`src/orders.ts`
```typescript
import { createClient } from "redis";

const client = createClient();

export async function customer(id: string) {
  const cached = await client.get(`customer:${id}`);
  if (cached) return JSON.parse(cached);
  const found = await load(id);
  await client.set(`customer:${id}`, JSON.stringify(found), { EX: 3600 });
  return found;
}
```

### Go

`cache.go`
```go
package orders

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

const timeout = 2 * time.Second

func Total(ctx context.Context, client *redis.Client, id string) (string, error) {
	if cached, err := client.Get(ctx, "total:"+id).Result(); err == nil {
		return cached, nil
	}
	total := count(id)
	return total, client.Set(ctx, "total:"+id, total, 0).Err()  // finding
}
```

Use instead:

`cache.go`
```go
package orders

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

const timeout = 2 * time.Second

func Total(ctx context.Context, client *redis.Client, id string) (string, error) {
	if cached, err := client.Get(ctx, "total:"+id).Result(); err == nil {
		return cached, nil
	}
	total := count(id)
	return total, client.Set(ctx, "total:"+id, total, 3600*time.Second).Err()
}
```

### Java, Spring

`src/main/java/com/shop/Totals.java`
```java
package com.shop;

import org.springframework.data.redis.core.StringRedisTemplate;

class Totals {
    private final StringRedisTemplate redis;

    Totals(StringRedisTemplate redis) {
        this.redis = redis;
    }

    String total(String id) {
        String cached = redis.opsForValue().get("total:" + id);
        if (cached != null) {
            return cached;
        }
        String total = count(id);
        redis.opsForValue().set("total:" + id, total);  // finding
        return total;
    }
}
```

Use instead:

`src/main/java/com/shop/Totals.java`
```java
package com.shop;

import org.springframework.data.redis.core.StringRedisTemplate;

class Totals {
    private final StringRedisTemplate redis;

    Totals(StringRedisTemplate redis) {
        this.redis = redis;
    }

    String total(String id) {
        String cached = redis.opsForValue().get("total:" + id);
        if (cached != null) {
            return cached;
        }
        String total = count(id);
        redis.opsForValue().set("total:" + id, total, java.time.Duration.ofSeconds(3600));
        return total;
    }
}
```

### Rust

`src/totals.rs`
```rust
use redis::aio::MultiplexedConnection;
use redis::AsyncCommands;

pub async fn total(mut connection: MultiplexedConnection, id: &str) -> redis::RedisResult<String> {
    if let Some(cached) = connection.get(format!("total:{id}")).await? {
        return Ok(cached);
    }
    let total = count(id);
    connection.set(format!("total:{id}"), &total).await?;  // finding
    Ok(total)
}
```

Use instead:

`src/totals.rs`
```rust
use redis::aio::MultiplexedConnection;
use redis::AsyncCommands;

pub async fn total(mut connection: MultiplexedConnection, id: &str) -> redis::RedisResult<String> {
    if let Some(cached) = connection.get(format!("total:{id}")).await? {
        return Ok(cached);
    }
    let total = count(id);
    connection.set_ex(format!("total:{id}"), &total, 3600).await?;
    Ok(total)
}
```

## Fix
A lifetime is given in the way of the client: the one that most values of the service have, or else an hour. Not safe: how old a value may
be is for its readers to say.

## References
Redis documentation, Key eviction · Microsoft Azure Architecture Center, Caching guidance
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise

from architrave.facts import values
from architrave.facts.code import Call, Import
from architrave.facts.deployment import Workload
from architrave.facts.messaging import CacheOperation
from architrave.facts.values import Number, Replacement, String, Value
from architrave.findings import Finding, Fix, Related
from architrave.model.classes import Place
from architrave.model.clients import Clients
from architrave.model.graph import Model, by_value
from architrave.model.tools import is_tool
from architrave.regexes import regex
from architrave.rule import fix, rule

_SETS = frozenset({"set", "Set", "SetNX", "setnx"})
_IS_CACHE = regex(r"cache", re.IGNORECASE)
_EVICTS = regex(r"allkeys-(lru|lfu|random)")
_NODE = {"ioredis": ', "EX", {}', "redis": ", {{ EX: {} }}"}


@rule(severity="warning", since="0.1")
def cache_no_ttl(model: Model, *, seconds: int = 3600) -> Iterator[Finding]:
    if not model.derived(_is_bounded):
        yield from model.in_each(CacheOperation, _of_operation, seconds)


@by_value
def _is_bounded(model: Model) -> bool:
    """Whether a Redis of the workspace throws out what is used least when its memory is full."""
    return any(_EVICTS.search(" ".join(workload.command)) for _, workload in model.each(Workload))


def _of_operation(model: Model, path: str, operation: CacheOperation, seconds: int) -> Iterator[Finding]:
    key = operation.key
    if operation.operation != "set" or operation.has_ttl or "{}" not in key or len(key) <= len("{}") or is_tool(model, path):
        return
    call = _call(model, path, operation)
    if call is None or call.written.rpartition(".")[2] not in _SETS or "cache-manager" in call.callee or "pipeline" in call.written:
        return
    others = model.under(CacheOperation, _by_key, key)
    if any(other.operation in ("delete", "expire") or other.has_ttl for _, other in others):
        return
    own = model.inside((path, operation.function), CacheOperation)
    if any(item.operation == "expire" for item in own):
        return
    read = next((item for item in own if item.operation == "get" and item.key == key), None)
    if read is None and not _IS_CACHE.search(f"{call.receiver} {operation.function} {key}"):
        return
    related = (Related(model.at(path, read.span), "what is not found here is cached"),) if read is not None else ()
    yield Finding(
        model.at(path, operation.span),
        f"`{key}` is cached without an end: every new key stays for ever",
        f"set {key}",
        (f"{call.written.rpartition('.')[2]} {key}", "no lifetime here, no expiry or deletion of this key elsewhere"),
        related,
        _fix(model, path, operation, call, seconds),
    )


def _by_key(path: str, operations: tuple[CacheOperation, ...]) -> Mapping[str, tuple[str, CacheOperation]]:
    """Return for each key what ends the life of its values, or else any operation on it."""
    found: dict[str, tuple[str, CacheOperation]] = {}
    for operation in operations:
        if operation.key not in found or operation.operation in ("delete", "expire") or operation.has_ttl:
            found[operation.key] = (path, operation)
    return found


def _call(model: Model, path: str, operation: CacheOperation) -> Call | None:
    inside = model.calls.inside(Place(path, operation.function))
    return next((call for call in inside if call.name_span.end == operation.span.end and call.span.start == operation.span.start), None)


def _fix(model: Model, path: str, operation: CacheOperation, call: Call, seconds: int) -> Fix | None:
    edits = _edits(model, path, operation, call, model.derived(_usual).get(model.services.of(path), seconds))
    return fix("Give it a lifetime", path, edits)


def _edits(model: Model, path: str, operation: CacheOperation, call: Call, seconds: int) -> tuple[Replacement, ...]:
    language, arguments = model.files.get(path, ""), call.arguments
    if language == "go":
        last = arguments[-1].value if len(arguments) == 4 else None
        has_time = any(item.module == "time" for item in model.of(path, Import))
        return (Replacement(last.span, f"{seconds}*time.Second"),) if isinstance(last, Number) and has_time else ()
    if len(arguments) != 2 or call.written.rpartition(".")[2] != "set":
        return ()
    after = arguments[1].span.after
    if language == "python":
        return (Replacement(after, f", ex={seconds}"),)
    if language == "java" and operation.library == "spring-data-redis":
        is_imported = any(item.module == "java.time" and item.name == "Duration" for item in model.of(path, Import))
        return (Replacement(after, f", {'' if is_imported else 'java.time.'}Duration.ofSeconds({seconds})"),)
    if language == "rust":
        return (Replacement(call.name_span, "set_ex"), Replacement(after, f", {seconds}"))
    written = _NODE.get(_library(model, path, call))
    return (Replacement(after, written.format(seconds)),) if written is not None else ()


def _library(model: Model, path: str, call: Call) -> str:
    owner = call.callee.rpartition(".")[0]
    client = model.derived(Clients).named(path, owner)
    return client.library if client is not None else owner.partition("(")[0].partition(".")[0]


@by_value
def _usual(model: Model) -> dict[str, int]:
    """The lifetime in seconds that most values of a service are given."""
    found: dict[str, Counter[int]] = {}
    for path, operation in model.each(CacheOperation):
        call = _call(model, path, operation) if operation.operation == "set" and operation.has_ttl else None
        lifetime = _lifetime(call) if call is not None else None
        if lifetime is not None:
            found.setdefault(model.services.of(path), Counter())[lifetime] += 1
    return {service: counts.most_common(1)[0][0] for service, counts in found.items()}


def _lifetime(call: Call) -> int | None:
    given: list[Value | None] = [call.argument("ex")]
    plain = [item.value for item in call.arguments if not item.name]
    given.extend(after for word, after in pairwise(plain) if isinstance(word, String) and word.value.upper() == "EX")
    given.extend(value.get("EX") for value in plain if isinstance(value, values.Mapping))
    numbers = [int(item.value) for item in given if isinstance(item, Number) and item.value > 0]
    return numbers[0] if numbers else None
