"""A whole body, upload or table is taken into memory, however large it is.

## Why it matters
What a client may send and what a table may grow to is decided by others. A handler that reads an upload to its end holds all of it: ten
uploads of 500 MB at once, by mistake or on purpose, and the process is killed with everything else that it was doing. A job that loads a
table works for two years, then needs more memory than its container has, every night at the same hour. A limit turns the first into an
answer 413; reading in portions makes the second cost the same at any size.

Lists that a GET answers whole are what `api-unpaginated-list` finds.

## Options
- `small_tables`: last words of the names of tables that stay small.

## Example

### Go

`hooks.go`
```go
package hooks

import (
	"io"
	"net/http"
)

func init() {
	http.HandleFunc("POST /hooks", hook)
}

func hook(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)  // finding
	if err != nil {
		http.Error(w, "too long", http.StatusRequestEntityTooLarge)
		return
	}
	w.Write(body)
}
```

Use instead:

`hooks.go`
```go
package hooks

import (
	"io"
	"net/http"
)

func init() {
	http.HandleFunc("POST /hooks", hook)
}

func hook(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		http.Error(w, "too long", http.StatusRequestEntityTooLarge)
		return
	}
	w.Write(body)
}
```

### TypeScript, Express

`src/uploads.ts`
```typescript
import { Router } from "express";
import multer from "multer";

const upload = multer({ storage: multer.memoryStorage() });  // finding
export const router = Router();

router.post("/logos", upload.single("logo"), (req, res) => {
  res.json({ size: req.file.size });
});
```

Use instead:

`src/uploads.ts`
```typescript
import { Router } from "express";
import multer from "multer";

const upload = multer({ storage: multer.memoryStorage(), limits: { fileSize: 10 * 1024 * 1024 } });
export const router = Router();

router.post("/logos", upload.single("logo"), (req, res) => {
  res.json({ size: req.file.size });
});
```

### TypeScript, NestJS

`src/logos.controller.ts`
```typescript
import { Controller, Post, UploadedFile, UseInterceptors } from "@nestjs/common";
import { FileInterceptor } from "@nestjs/platform-express";

@Controller("logos")
export class LogosController {
  @Post()
  @UseInterceptors(FileInterceptor("logo"))  // finding
  upload(@UploadedFile() logo: Express.Multer.File) {
    return { size: logo.size };
  }
}
```

Use instead:

`src/logos.controller.ts`
```typescript
import { Controller, Post, UploadedFile, UseInterceptors } from "@nestjs/common";
import { FileInterceptor } from "@nestjs/platform-express";

@Controller("logos")
export class LogosController {
  @Post()
  @UseInterceptors(FileInterceptor("logo", { limits: { fileSize: 10 * 1024 * 1024 } }))
  upload(@UploadedFile() logo: Express.Multer.File) {
    return { size: logo.size };
  }
}
```

### Python

`app/logos.py`
```python
from fastapi import FastAPI, UploadFile

app = FastAPI()


@app.post("/logos")
async def upload(logo: UploadFile):
    content = await logo.read()  # finding
    return {"size": len(content)}
```

Use instead:

`app/logos.py`
```python
from fastapi import FastAPI, HTTPException, UploadFile

app = FastAPI()


@app.post("/logos")
async def upload(logo: UploadFile):
    content = await logo.read(10_000_000)
    if await logo.read(1):
        raise HTTPException(413)
    return {"size": len(content)}
```

### Python, Celery

`app/reports.py`
```python
from celery import Celery
from django.db import models

app = Celery("reports")


class Order(models.Model):
    total = models.IntegerField()


@app.task
def report():
    for order in Order.objects.all():  # finding
        print(order.total)
```

Use instead:

`app/reports.py`
```python
from celery import Celery
from django.db import models

app = Celery("reports")


class Order(models.Model):
    total = models.IntegerField()


@app.task
def report():
    for order in Order.objects.all().iterator():
        print(order.total)
```

### Java

`src/main/java/com/shop/Hooks.java`
```java
package com.shop;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
class Hooks {
    @PostMapping("/hooks")
    int hook(HttpServletRequest request) throws IOException {
        byte[] body = request.getInputStream().readAllBytes();  // finding
        return body.length;
    }
}
```

Use instead:

`src/main/java/com/shop/Hooks.java`
```java
package com.shop;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

@RestController
class Hooks {
    @PostMapping("/hooks")
    int hook(HttpServletRequest request) throws IOException {
        byte[] body = request.getInputStream().readNBytes(1 << 20);
        if (request.getInputStream().read() >= 0) {
            throw new ResponseStatusException(HttpStatus.PAYLOAD_TOO_LARGE);
        }
        return body.length;
    }
}
```

### Rust

`src/hooks.rs`
```rust
use axum::{body::to_bytes, extract::Request, routing::post, Router};

pub fn router() -> Router {
    Router::new().route("/hooks", post(hook))
}

async fn hook(request: Request) -> String {
    let body = to_bytes(request.into_body(), usize::MAX).await.unwrap();  // finding
    body.len().to_string()
}
```

Use instead:

`src/hooks.rs`
```rust
use axum::{body::to_bytes, extract::Request, routing::post, Router};

pub fn router() -> Router {
    Router::new().route("/hooks", post(hook))
}

async fn hook(request: Request) -> String {
    let body = to_bytes(request.into_body(), 1024 * 1024).await.unwrap();
    body.len().to_string()
}
```

## Fix
Bodies are read up to 1 MB in Go and axum, uploads are taken up to 10 MB by multer, Nest and axum, and Django's rows come with `iterator`.
Not safe: clients that send more are refused from then on.

## References
CWE-770, Allocation of Resources Without Limits or Throttling · CWE-789, Memory Allocation with Excessive Size Value · Microsoft Azure
Architecture Center, Extraneous Fetching antipattern
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from architrave.facts.api import WholeRead
from architrave.facts.code import Block, Call
from architrave.facts.data import Query
from architrave.facts.deployment import ScheduledJob
from architrave.facts.messaging import Subscribe
from architrave.facts.values import Replacement
from architrave.findings import Finding, Fix
from architrave.model.classes import Place
from architrave.model.graph import Model, by_value
from architrave.model.schema import SMALL, is_small
from architrave.model.tools import is_test, is_tool
from architrave.regexes import regex
from architrave.rule import fix, rule

_SMALL = (
    *SMALL,
    *("category", "config", "configuration", "feature", "flag", "option", "organisation", "organization", "permission", "plan", "provider"),
    *("region", "scope", "setting", "tenant", "timezone", "unit", "zone"),
)
# Libraries that hand all rows over at once, and for those that need not, the method that does.
_WHOLE: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("django", "prisma", "typeorm", "sequelize", "mongoose", "spring-data", "sqlmodel", "sqlalchemy"), frozenset()),
    **dict.fromkeys(("psycopg", "psycopg2", "sqlite3", "aiosqlite", "pymysql"), frozenset({"fetchall"})),
    "gorm": frozenset({"Find", "Scan"}),
    "sqlx": frozenset({"fetch_all"}),
    "sea-orm": frozenset({"all"}),
    "jpa": frozenset({"getResultList"}),
}
_PORTIONS = (
    *("iterator", "aiterator", "yield_per", "stream", "stream_scalars", "cursor", "eachAsync", "FindInBatches", "Rows", "getResultStream"),
    *("partitions", "paginate", "Paginator", "islice", "fetchmany", "count", "exists", "aggregate", "in_bulk", "first", "take", "limit"),
)
_FILTERS = frozenset({"filter", "filter_by", "where", "Where", "exclude", "in_", "having"})
# Calls whose arguments narrow nothing.
_PLAIN = frozenset({"select", "scalars", "execute", "exec", "query", "order_by", "orderBy", "sort"})
_SENDS = regex(r"client|retr(y|ies)|transport|round_?trip")
_DEPTH = 2


@rule(severity="information", since="0.1")
def unbounded_load(model: Model, *, small_tables: tuple[str, ...] = _SMALL) -> Iterator[Finding]:
    yield from model.in_each(WholeRead, _read)
    yield from model.in_each(Query, _loaded, small_tables)


def _read(model: Model, path: str, item: WholeRead) -> Iterator[Finding]:
    if _SENDS.search(f"{path} {item.function}".lower()):  # What goes out, its own service has made.
        return
    if item.is_limited or is_test(path) or is_tool(model, path) or model.services.of(path) in model.derived(_limited):
        return
    what = "An upload" if item.what == "upload" else "The body of a request"
    yield Finding(
        model.at(path, item.span),
        f"{what} is taken into memory whole, however long it is",
        f"{item.function or path}: {item.what}",
        ("nothing in the service limits how much a client may send",),
        fix=fix("Set a limit", path, item.fix),
    )


@by_value
def _limited(model: Model) -> frozenset[str]:
    """The services that say how much a request may bring."""
    return frozenset(model.services.of(path) for path, item in model.each(WholeRead) if item.is_limited)


def _loaded(model: Model, path: str, query: Query, small_tables: tuple[str, ...]) -> Iterator[Finding]:
    """Whole tables that jobs and consumers of messages load."""
    methods = _WHOLE.get(query.library)
    if methods is None or query.kind != "select" or not query.is_many or query.has_limit or query.filters or query.loop is not None:
        return
    if (query.columns and "*" not in query.columns) or query.dynamic or is_test(path) or is_tool(model, path):
        return
    place = Place(path, query.function)
    table = next(iter(model.data.tables(path, query)), query.model).rpartition(".")[2]
    if not table or is_small(table, small_tables):
        return
    calls = [call for call in model.calls.inside(place) if call.span.chunk == query.span.chunk]
    names = {call.callee.rpartition(".")[2] for call in calls}
    if not names.isdisjoint(_PORTIONS) or (methods and names.isdisjoint(methods)) or _is_narrowed(model, place, query, calls):
        return
    if not _is_background(model, place):  # Last, as it looks for callers everywhere.
        return
    yield Finding(
        model.at(path, query.span),
        f"All rows of `{table}` are loaded at once, in work that nobody pages through",
        f"{query.function}: {table}",
        ("neither a filter nor a limit", "a job or a consumer of messages asks"),
        fix=_iterated(path, query, calls),
    )


def _is_narrowed(model: Model, place: Place, query: Query, calls: list[Call]) -> bool:
    """Whether what is asked for may be less than all rows, or may yet become less before it is asked for."""
    if any(call.callee.rpartition(".")[2] in _FILTERS for call in calls):
        return True
    if query.library == "django":  # Nothing is read before somebody goes through it.
        loops = model.of_file(place.path, Block, _loops)
        return not any(block.subject is not None and block.subject.span == query.span for block in loops)
    if query.library == "spring-data" and not any(call.callee.rpartition(".")[2] in ("findAll", "list") for call in calls):
        return True  # What a method of a repository asks for, its annotation says.
    own = [call for call in calls if query.span.contains(call.span) or call.span.contains(query.span)]
    return not query.tables and any(call.arguments and call.callee.rpartition(".")[2] not in _PLAIN for call in own)


def _loops(path: str, blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    return tuple(block for block in blocks if block.kind == "loop")


def _is_background(model: Model, place: Place) -> bool:
    """Whether a function works on a message or at a time, itself or for one that does."""
    starts = model.derived(_background)
    return place in starts or model.calls.way_to(place, starts.__contains__, _DEPTH) is not None


@by_value
def _background(model: Model) -> frozenset[Place]:
    found: set[Place] = set()
    for kind in (Subscribe, ScheduledJob):
        facts: Iterator[tuple[str, Subscribe | ScheduledJob]] = model.each(kind)
        for path, fact in facts:
            if fact.handler or fact.function:
                found.add((model.classes.find(path, fact.handler) if fact.handler else None) or Place(path, fact.handler or fact.function))
    return frozenset(found)


def _iterated(path: str, query: Query, calls: list[Call]) -> Fix | None:
    """Take the rows of Django in portions, where a loop goes through the query itself."""
    last = next((call for call in calls if call.span == query.span), None)
    if query.library != "django" or query.result or last is None or last.callee.rpartition(".")[2] not in ("all", "order_by"):
        return None
    return fix("Take the rows in portions", path, (Replacement(query.span.after, ".iterator()"),))
