"""The errors of one service do not look alike.

## Why it matters
A client reads the reason of a failure in one place: `error`, `message`, `detail`. Where some endpoints put it elsewhere, what people see is
"undefined" or a bare number, the retry that hangs on a code never runs, and each client grows a list of all the shapes there are. It comes
up when something fails, and nowhere before.

The literal bodies of answers with a status of 400 and above, and of failures that are caught, are counted for each service, and in an
OpenAPI description the named schemas of such answers. From five on (`at_least`), where seven of ten have one shape (`share`), the others
are found; a body that has more than that shape, or less, is none of them. Where no shape has so many, there is one finding. Answers that a
framework makes of an exception count for FastAPI, as long as nothing handles them.

## Options
- `at_least`: how many bodies of errors a service must have.
- `share`: the part of them, from 0 to 1, that must have one shape for the others to be found.

## Example

### TypeScript

`src/orders.ts`
```typescript
import express from "express";

const app = express();

app.get("/orders/:id", async (req, res) => {
  if (!req.params.id) return res.status(400).json({ error: "no id" });
  const order = await find(req.params.id);
  if (!order) return res.status(404).json({ error: "no such order" });
  if (order.hidden) return res.status(403).json({ error: "not yours" });
  res.json(order);
});

app.delete("/orders/:id", async (req, res) => {
  if (await isSent(req.params.id)) return res.status(409).json({ message: "it is on its way" });  // finding
  if (!(await cancel(req.params.id))) return res.status(404).json({ error: "no such order" });
  res.sendStatus(204);
});
```

Use instead:

`src/orders.ts`
```typescript
import express from "express";

const app = express();

app.get("/orders/:id", async (req, res) => {
  if (!req.params.id) return res.status(400).json({ error: "no id" });
  const order = await find(req.params.id);
  if (!order) return res.status(404).json({ error: "no such order" });
  if (order.hidden) return res.status(403).json({ error: "not yours" });
  res.json(order);
});

app.delete("/orders/:id", async (req, res) => {
  if (await isSent(req.params.id)) return res.status(409).json({ error: "it is on its way" });
  if (!(await cancel(req.params.id))) return res.status(404).json({ error: "no such order" });
  res.sendStatus(204);
});
```

### Python

`app/orders.py`
```python
from fastapi import APIRouter, HTTPException
from fastapi.responses import JSONResponse

router = APIRouter()


@router.get("/orders/{id}")
def read(id: int):
    if id < 0:
        raise HTTPException(400, "a negative id")
    if is_hidden(id):
        raise HTTPException(403, "not yours")
    if not exists(id):
        return JSONResponse({"error": "no such order"}, status_code=404)  # finding
    return load(id)


@router.delete("/orders/{id}")
def cancel(id: int):
    if is_sent(id):
        raise HTTPException(409, "it is on its way")
    if not exists(id):
        raise HTTPException(404, "no such order")
```

Use instead:

`app/orders.py`
```python
from fastapi import APIRouter, HTTPException

router = APIRouter()


@router.get("/orders/{id}")
def read(id: int):
    if id < 0:
        raise HTTPException(400, "a negative id")
    if is_hidden(id):
        raise HTTPException(403, "not yours")
    if not exists(id):
        raise HTTPException(404, "no such order")
    return load(id)


@router.delete("/orders/{id}")
def cancel(id: int):
    if is_sent(id):
        raise HTTPException(409, "it is on its way")
    if not exists(id):
        raise HTTPException(404, "no such order")
```

### Go

`main.go`
```go
package main

import "github.com/gin-gonic/gin"

func read(c *gin.Context) {
	if c.Param("id") == "" {
		c.JSON(400, gin.H{"error": "no id"})
		return
	}
	if isHidden(c) {
		c.JSON(403, gin.H{"error": "not yours"})
		return
	}
	c.JSON(404, gin.H{"error": "no such order"})
}

func cancel(c *gin.Context) {
	if isSent(c) {
		c.JSON(409, gin.H{"reason": "it is on its way"})  // finding
		return
	}
	c.JSON(404, gin.H{"error": "no such order"})
}
```

Use instead:

`main.go`
```go
package main

import "github.com/gin-gonic/gin"

func read(c *gin.Context) {
	if c.Param("id") == "" {
		c.JSON(400, gin.H{"error": "no id"})
		return
	}
	if isHidden(c) {
		c.JSON(403, gin.H{"error": "not yours"})
		return
	}
	c.JSON(404, gin.H{"error": "no such order"})
}

func cancel(c *gin.Context) {
	if isSent(c) {
		c.JSON(409, gin.H{"error": "it is on its way"})
		return
	}
	c.JSON(404, gin.H{"error": "no such order"})
}
```

### Java

`src/main/java/com/shop/OrderController.java`
```java
package com.shop;

import java.util.Map;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.*;

@RestController
class OrderController {
    @GetMapping("/orders/{id}")
    ResponseEntity<?> read(@PathVariable long id) {
        if (id < 0) return ResponseEntity.badRequest().body(Map.of("error", "a negative id"));
        if (isHidden(id)) return ResponseEntity.status(403).body(Map.of("error", "not yours"));
        if (!exists(id)) return ResponseEntity.status(404).body(Map.of("message", "no such order"));  // finding
        return ResponseEntity.ok(load(id));
    }

    @DeleteMapping("/orders/{id}")
    ResponseEntity<?> cancel(@PathVariable long id) {
        if (isSent(id)) return ResponseEntity.status(409).body(Map.of("error", "it is on its way"));
        if (!exists(id)) return ResponseEntity.status(404).body(Map.of("error", "no such order"));
        return ResponseEntity.noContent().build();
    }
}
```

Use instead:

`src/main/java/com/shop/OrderController.java`
```java
package com.shop;

import java.util.Map;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.*;

@RestController
class OrderController {
    @GetMapping("/orders/{id}")
    ResponseEntity<?> read(@PathVariable long id) {
        if (id < 0) return ResponseEntity.badRequest().body(Map.of("error", "a negative id"));
        if (isHidden(id)) return ResponseEntity.status(403).body(Map.of("error", "not yours"));
        if (!exists(id)) return ResponseEntity.status(404).body(Map.of("error", "no such order"));
        return ResponseEntity.ok(load(id));
    }

    @DeleteMapping("/orders/{id}")
    ResponseEntity<?> cancel(@PathVariable long id) {
        if (isSent(id)) return ResponseEntity.status(409).body(Map.of("error", "it is on its way"));
        if (!exists(id)) return ResponseEntity.status(404).body(Map.of("error", "no such order"));
        return ResponseEntity.noContent().build();
    }
}
```

### Rust

`src/orders.rs`
```rust
use actix_web::{delete, get, web, HttpResponse};
use serde_json::json;

#[get("/orders/{id}")]
async fn read(id: web::Path<i64>) -> HttpResponse {
    match load(*id).await {
        Ok(order) => HttpResponse::Ok().json(order),
        Err(LoadError::Negative) => HttpResponse::BadRequest().json(json!({ "error": "a negative id" })),
        Err(LoadError::Hidden) => HttpResponse::Forbidden().json(json!({ "error": "not yours" })),
        Err(LoadError::NotFound) => HttpResponse::NotFound().json(json!({ "message": "no such order" })),  // finding
    }
}

#[delete("/orders/{id}")]
async fn cancel(id: web::Path<i64>) -> HttpResponse {
    match remove(*id).await {
        Ok(()) => HttpResponse::NoContent().finish(),
        Err(LoadError::Sent) => HttpResponse::Conflict().json(json!({ "error": "it is on its way" })),
        Err(LoadError::NotFound) => HttpResponse::NotFound().json(json!({ "error": "no such order" })),
    }
}
```

Use instead:

`src/orders.rs`
```rust
use actix_web::{delete, get, web, HttpResponse};
use serde_json::json;

#[get("/orders/{id}")]
async fn read(id: web::Path<i64>) -> HttpResponse {
    match load(*id).await {
        Ok(order) => HttpResponse::Ok().json(order),
        Err(LoadError::Negative) => HttpResponse::BadRequest().json(json!({ "error": "a negative id" })),
        Err(LoadError::Hidden) => HttpResponse::Forbidden().json(json!({ "error": "not yours" })),
        Err(LoadError::NotFound) => HttpResponse::NotFound().json(json!({ "error": "no such order" })),
    }
}

#[delete("/orders/{id}")]
async fn cancel(id: web::Path<i64>) -> HttpResponse {
    match remove(*id).await {
        Ok(()) => HttpResponse::NoContent().finish(),
        Err(LoadError::Sent) => HttpResponse::Conflict().json(json!({ "error": "it is on its way" })),
        Err(LoadError::NotFound) => HttpResponse::NotFound().json(json!({ "error": "no such order" })),
    }
}
```

### OpenAPI

`openapi.yaml`
```yaml
openapi: 3.0.3
info: { title: Orders, version: 1.0.0 }
paths:
  /orders/{id}:
    get:
      responses:
        "404": { description: None., content: { application/json: { schema: { $ref: "#/components/schemas/Problem" } } } }
    delete:
      responses:
        "404": { description: None., content: { application/json: { schema: { $ref: "#/components/schemas/Problem" } } } }
    put:
      responses:
        "404": { description: None., content: { application/json: { schema: { $ref: "#/components/schemas/Problem" } } } }
  /orders:
    get:
      responses:
        "400": { description: Wrong., content: { application/json: { schema: { $ref: "#/components/schemas/Problem" } } } }
    post:  # finding
      responses:
        "422": { description: Wrong., content: { application/json: { schema: { $ref: "#/components/schemas/Failure" } } } }
components:
  schemas:
    Problem: { type: object, properties: { title: { type: string }, status: { type: integer } } }
    Failure: { type: object, properties: { error: { type: string } } }
```

Use instead:

`openapi.yaml`
```yaml
openapi: 3.0.3
info: { title: Orders, version: 1.0.0 }
paths:
  /orders/{id}:
    get:
      responses:
        "404": { description: None., content: { application/json: { schema: { $ref: "#/components/schemas/Problem" } } } }
    delete:
      responses:
        "404": { description: None., content: { application/json: { schema: { $ref: "#/components/schemas/Problem" } } } }
    put:
      responses:
        "404": { description: None., content: { application/json: { schema: { $ref: "#/components/schemas/Problem" } } } }
  /orders:
    get:
      responses:
        "400": { description: Wrong., content: { application/json: { schema: { $ref: "#/components/schemas/Problem" } } } }
    post:
      responses:
        "422": { description: Wrong., content: { application/json: { schema: { $ref: "#/components/schemas/Problem" } } } }
components:
  schemas:
    Problem: { type: object, properties: { title: { type: string }, status: { type: integer } } }
```

## Fix
Where both shapes are one key, and the body is written as an argument, the key is renamed. It is not applied unseen: a client may read the
other one.

## References
RFC 9457, Problem Details for HTTP APIs · OWASP A10:2025 Mishandling of Exceptional Conditions · Zalando RESTful API Guidelines,
Problem JSON
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Literal, NamedTuple

from architrave.facts.api import ApiDocument, ApiSchema, Reply
from architrave.facts.code import Call, Definition
from architrave.facts.values import Mapping as Object
from architrave.findings import Edit, Finding, Fix
from architrave.model.descriptions import Descriptions
from architrave.model.graph import Model, by_value
from architrave.model.routes import shape
from architrave.model.tools import is_tool
from architrave.rule import rule
from architrave.text import Location, Span

_Keys = frozenset[str]
_MOST_SHAPES = 3  # That a message names.


class _Body(NamedTuple):
    path: str
    span: Span
    function: str
    keys: tuple[str, ...]


@rule(severity="information", since="0.1")
def error_shape_inconsistent(model: Model, *, at_least: int = 5, share: float = 0.7) -> Iterator[Finding]:
    bodies: dict[str, list[_Body]] = defaultdict(list)
    for path, reply in model.each(Reply):
        is_error = reply.status >= 400 if reply.status is not None else reply.in_error_branch
        service = model.services.of(path)
        if not is_error or not reply.keys or is_tool(model, path):
            continue
        if reply.keys != ("detail",) or not path.endswith(".py") or service not in model.derived(_handled):
            bodies[service].append(_Body(path, reply.span, reply.function, reply.keys))
    for service, items in bodies.items():
        counts = Counter(frozenset(item.keys) for item in items)
        usual = _usual(counts, at_least, share)
        if usual is None:
            continue
        if usual == "none":
            yield _mixed(model, service, items, counts)
            continue
        for item in items:
            if not (usual <= set(item.keys) or set(item.keys) <= usual):
                yield Finding(
                    model.at(item.path, item.span),
                    f"This error has {_shown(item.keys)}; {counts[usual]} of the {len(items)} errors of this service have {_shown(usual)}",
                    f"{item.function} {' '.join(item.keys)}",
                    fix=_renamed(model, item, usual),
                )
    yield from _described(model, at_least, share)


@by_value
def _handled(model: Model) -> frozenset[str]:
    """The services that make the answers to errors in one place; all calls are looked through for that, so only where it is asked."""
    paths = chain(model.in_each(Definition, _handling), model.in_each(Call, _handling_call))
    return frozenset(model.services.of(path) for path in paths)


def _handling(model: Model, path: str, definition: Definition) -> Iterator[str]:
    if any(mark.name.endswith((".exception_handler", ".errorhandler")) for mark in definition.decorators):
        yield path


def _handling_call(model: Model, path: str, call: Call) -> Iterator[str]:
    if call.callee.endswith((".add_exception_handler", ".register_error_handler")):
        yield path


def _usual(counts: Mapping[_Keys, int], at_least: int, share: float) -> _Keys | Literal["none"] | None:
    """Return the shape that most errors have, "none" where none has so many, None where there are too few or all are like one another."""
    total = sum(counts.values())
    if total < at_least or len(counts) < 2:
        return None
    like = {keys: sum(count for other, count in counts.items() if keys <= other or other <= keys) for keys in counts}
    usual = max(counts, key=lambda keys: (counts[keys], -len(keys)))
    if like[usual] == total:
        return None
    return usual if like[usual] >= share * total and counts[usual] > 1 else "none"


def _mixed(model: Model, service: str, items: list[_Body], counts: Counter[_Keys]) -> Finding:
    second = counts.most_common(2)[1][0]
    at = next(item for item in items if frozenset(item.keys) == second)
    said = ", ".join(f"{_shown(keys)} {count} {'time' if count == 1 else 'times'}" for keys, count in counts.most_common(_MOST_SHAPES))
    more = f", and {len(counts) - _MOST_SHAPES} more" if len(counts) > _MOST_SHAPES else ""
    message = f"The errors of this service have no common shape: {said}{more}"
    return Finding(model.at(at.path, at.span), message, f"errors of {service or '.'}")


def _shown(keys: Iterable[str]) -> str:
    return ", ".join(f"`{key}`" for key in sorted(keys)[:4])


def _renamed(model: Model, item: _Body, usual: _Keys) -> Fix | None:
    """Rename the one key of a body that is written as an argument of a call."""
    if len(item.keys) != 1 or len(usual) != 1:
        return None
    found = {
        entry.span
        for call in model.inside((item.path, item.function), Call)
        if call.span.chunk == item.span.chunk and call.span.start <= item.span.start < call.span.end
        for argument in call.arguments
        if isinstance(argument.value, Object) and len(argument.value.entries) == 1
        for entry in argument.value.entries
        if entry.key == item.keys[0] and entry.value.span.start > entry.span.start
    }
    if len(found) != 1:
        return None
    (span,) = found
    name = next(iter(usual))
    quotes = span.end - span.start - len(item.keys[0].encode())
    if quotes not in (0, 2):
        return None
    inside = Span(span.start + quotes // 2, span.end - quotes // 2, span.chunk)
    return Fix(f"Say `{name}`", (Edit(Location(item.path, inside), name),))


def _described(model: Model, at_least: int, share: float) -> Iterator[Finding]:
    for path, document in model.each(ApiDocument):
        if document.is_generated:
            continue
        named: dict[str, Hashable] = {item.name: frozenset(item.properties) for item in model.of(path, ApiSchema)}
        operations = model.derived(Descriptions).operations(path)
        counts = Counter(named[name] for item in operations for name in item.errors if name in named)
        total = sum(counts.values())
        if total < at_least or len(counts) < 2:
            continue
        usual, count = counts.most_common(1)[0]
        for item in operations if count >= share * total else ():
            for name in item.errors:
                if name in named and not _is_like(named[name], usual):
                    shown = next(known for known, keys in named.items() if keys == usual)
                    message = f"`{item.method} {item.path}` fails with `{name}`; {count} of {total} such answers are `{shown}`"
                    yield Finding(model.at(path, item.span), message, f"{item.method} {shape(item.path)} {name}")


def _is_like(one: Hashable, other: Hashable) -> bool:
    return isinstance(one, frozenset) and isinstance(other, frozenset) and (one <= other or other <= one)
