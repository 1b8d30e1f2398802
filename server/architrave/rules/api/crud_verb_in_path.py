"""A path says what is done with a resource, which the method says already.

## Why it matters
`POST /createOrder`, `GET /getOrders` and `POST /delete-order` are three addresses of one thing. Nobody can guess the next one; caches,
proxies and clients that know what GET and DELETE mean cannot use it, and a description of the API becomes a list of procedures. In time
both `GET /orders/{id}` and `GET /getOrder` are there, and do not answer the same.

A segment of a path is found whose first word is `get`, `create`, `add`, `update`, `delete`, `remove`, `list` or `fetch`, with a resource
behind it: `getOrders`, `create-order`. What is an action (`add-to-cart`, `orders:create`), is meant for procedures (`rpc`, `graphql`,
`webhooks`), or is a word of its own (`add-ons`, `list-prices`) is none. Views that answer any method are the pages of forms. Where most
of the paths of a service are written so, its authors have decided for procedures, and nothing is said. A description is judged where no
code of the workspace serves its path.

## Example

### Python

`app/main.py`
```python
from fastapi import FastAPI

app = FastAPI()


@app.get("/get-orders")  # finding
def orders(): ...


@app.get("/items")
def items(): ...
```

Use instead:

`app/main.py`
```python
from fastapi import FastAPI

app = FastAPI()


@app.get("/orders")
def orders(): ...


@app.get("/items")
def items(): ...
```

### TypeScript

`src/app.ts`
```typescript
import express from "express";

const app = express();

app.post("/createOrder", place);  // finding
app.get("/items", items);
app.listen(3000);
```

Use instead:

`src/app.ts`
```typescript
import express from "express";

const app = express();

app.post("/orders", place);
app.get("/items", items);
app.listen(3000);
```

### Go

`main.go`
```go
package main

import "github.com/gin-gonic/gin"

func main() {
	r := gin.New()
	r.DELETE("/delete_order/:id", cancel)  // finding
	r.GET("/items", items)
	r.Run(":8080")
}
```

Use instead:

`main.go`
```go
package main

import "github.com/gin-gonic/gin"

func main() {
	r := gin.New()
	r.DELETE("/orders/:id", cancel)
	r.GET("/items", items)
	r.Run(":8080")
}
```

### Java

`src/main/java/com/shop/OrderController.java`
```java
package com.shop;

import org.springframework.web.bind.annotation.*;

@RestController
class OrderController {
    @PutMapping("/updateOrder/{id}")  // finding
    Order update(@PathVariable long id) { return null; }

    @GetMapping("/items")
    Items items() { return null; }
}
```

Use instead:

`src/main/java/com/shop/OrderController.java`
```java
package com.shop;

import org.springframework.web.bind.annotation.*;

@RestController
class OrderController {
    @PutMapping("/orders/{id}")
    Order update(@PathVariable long id) { return null; }

    @GetMapping("/items")
    Items items() { return null; }
}
```

### Rust

`src/main.rs`
```rust
use axum::{routing::get, Router};

fn router() -> Router {
    Router::new()
        .route("/list-orders", get(orders))  // finding
        .route("/items", get(items))
}
```

Use instead:

`src/main.rs`
```rust
use axum::{routing::get, Router};

fn router() -> Router {
    Router::new()
        .route("/orders", get(orders))
        .route("/items", get(items))
}
```

### OpenAPI

`openapi.yaml`
```yaml
openapi: 3.0.3
info: { title: Orders, version: 1.0.0 }
paths:
  /createOrder:  # finding
    post:
      responses: { "201": { description: It is placed. } }
  /items:
    get:
      responses: { "200": { description: Items. } }
```

Use instead:

`openapi.yaml`
```yaml
openapi: 3.0.3
info: { title: Orders, version: 1.0.0 }
paths:
  /orders:
    post:
      responses: { "201": { description: It is placed. } }
  /items:
    get:
      responses: { "200": { description: Items. } }
```

## Fix
The segment becomes the resource, in the plural, where the method says the same as the word, the path is written whole in one place, nothing
serves the new one, and neither a call nor a description of the workspace knows the old. It is not applied unseen: somebody outside may call
it.

## References
Palma et al., "Are RESTful APIs Well-Designed? Detection of their Linguistic (Anti)Patterns" (2015), CRUDy URIs · Zalando RESTful API
Guidelines, Keep URLs verb-free
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.facts.api import ApiDocument, ApiOperation, HttpCall
from architrave.findings import Edit, Finding, Fix
from architrave.model.descriptions import Descriptions
from architrave.model.graph import Model
from architrave.model.pages import is_in, pages
from architrave.model.routes import Endpoint, shape
from architrave.model.tools import is_tool
from architrave.regexes import regex
from architrave.rule import rule
from architrave.text import Location, Span

_METHODS = {
    "get": ("GET",),
    "list": ("GET",),
    "fetch": ("GET",),
    "create": ("POST",),
    "add": ("POST",),
    "update": ("PUT", "PATCH"),
    "delete": ("DELETE",),
    "remove": ("DELETE",),
}
_WORDS = regex(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# What is no resource behind a verb: `add-to-cart`, `add-ons`, `get-started`, `list-view`.
_NO_RESOURCE = frozenset(
    """to from on ons in into by with for as and or all started involved view price prices style styles item items-for up down out off
    log time update delete many bulk batch password passwords""".split()  # noqa: SIM905
)
_PROCEDURES = regex(r"(?i)(^|/)(\w*rpc|graphql|\w*hooks?|callbacks?|actions?|commands?|ajax|functions?|admin-ajax|slack|bot)(/|$)")
_MOST = 0.5  # Of the paths of a service: more than that are a style.
_FEWEST = 6


@rule(severity="information", since="0.1")
def crud_verb_in_path(model: Model) -> Iterator[Finding]:
    for endpoints in model.routes.by_service.values():
        found = [(item, part) for item in endpoints if (part := _crud(item.path)) and _is_judged(model, item.file)]
        # A view that answers whatever method comes shows a form and takes it: a page is named for what is done on it.
        forms = {part for item, part in found if item.method == "*"}
        shown = {item.shape for item, part in found if _is_form(item, part)}
        found = [(item, part) for item, part in found if part not in forms and item.shape not in shown]
        paths = {item.shape for item in endpoints}
        if len(paths) >= _FEWEST and len({item.shape for item, _ in found}) > _MOST * len(paths):
            continue
        told: set[tuple[str, str]] = set()
        for item, part in found:
            if (item.file, item.shape) not in told:
                told.add((item.file, item.shape))
                yield Finding(
                    model.at(item.file, item.route.path_span or item.route.span),
                    f"`{part}` in `{item.method} {item.path}` says what the method says",
                    f"{item.method} {item.shape}",
                    fix=_renamed(model, item, part),
                )
    yield from _described(model)


def _is_form(item: Endpoint, part: str) -> bool:
    """Whether a path that would change something is asked for with GET: that is the page on which somebody does so."""
    return item.method == "GET" and _WORDS.findall(part)[0].lower() in ("create", "add", "update", "delete", "remove")


def _is_judged(model: Model, path: str) -> bool:
    return not is_tool(model, path) and not is_in(model, path, pages)  # In pages `api.post("/orders", …)` is a call.


def _described(model: Model) -> Iterator[Finding]:
    served = {item.shape for item in model.routes.endpoints}
    for path, document in model.each(ApiDocument):
        operations = model.derived(Descriptions).operations(path) if not document.is_generated else ()
        paths = {item.path for item in operations}
        found = {item.path: (item, part) for item in operations if (part := _crud(item.path))}
        if len(paths) >= _FEWEST and len(found) > _MOST * len(paths):
            continue
        for item, part in found.values():
            if not any(shape(base + item.path) in served for base in {*document.bases, ""}):
                name = f"{item.method} {item.path}"
                message = f"`{part}` in `{item.path}` says what a method says"
                yield Finding(model.at(path, item.path_span or item.span), message, name)


def _crud(path: str) -> str:
    """Return the segment of a path that has such a verb, "" where none has."""
    if _PROCEDURES.search(path):
        return ""
    for part in path.split("/"):
        if part and "{" not in part and ":" not in part and "." not in part and _resource(part):
            return part
    return ""


def _resource(part: str) -> list[str]:
    """Return the words behind the verb of a segment, none where it is no verb with a resource."""
    verb, *rest = _WORDS.findall(part) or [""]
    if verb.lower() not in _METHODS or not rest or rest[0].lower() in _NO_RESOURCE or rest[0].isdigit():
        return []
    return rest if "".join([verb, *rest]).lower() == re.sub(r"[-_]", "", part).lower() else []


# Mending


def _renamed(model: Model, item: Endpoint, part: str) -> Fix | None:
    span, before = item.route.path_span, item.path.partition(part)[0]
    verb = (_WORDS.findall(part) or [""])[0].lower()
    if span is None or item.path != item.route.path or "{" in before or item.method not in _METHODS[verb]:
        return None
    if span.end - span.start - len(item.path.encode()) not in (2, 2 - item.path.count("{")):  # `:id` is one sign shorter than `{id}`.
        return None
    new = _plural(part[len(verb) :].lstrip("-_"))
    path = shape(item.path.replace(part, new, 1))
    if new in before.split("/") or any(other.shape == path and other.method in (item.method, "*") for other in model.routes.endpoints):
        return None
    known = [*(call.path or "" for _, call in model.each(HttpCall)), *(operation.path for _, operation in model.each(ApiOperation))]
    if any(part in other for other in known):
        return None
    start = span.start + 1 + len(before.encode())
    return Fix(f"Call it `{new}`", (Edit(Location(item.file, Span(start, start + len(part.encode()), span.chunk)), new),))


def _plural(name: str) -> str:
    name = name[:1].lower() + name[1:]
    if name.endswith("s"):
        return name
    if re.search(r"[^aeiou]y$", name):
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith(("x", "ch", "sh")) else f"{name}s"
