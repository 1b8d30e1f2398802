"""A domain that is kept free of frameworks imports one.

## Why it matters
A domain folder beside `application`, `adapters` or `infrastructure` promises that what the business does can be read, tested and kept
without the web framework, the ORM and the broker. One import breaks that: its tests need a database, its types change with the next version
of the library, and the next author takes it for allowed. Judged is a domain of which nearly all files keep the promise; where most of them
import a framework it is another style.

## Options
- `share`: the share of a domain's files that must be free of frameworks for the others to be raised.
- `least`: how many files a domain must have to be judged.

## Example

### Python

`shop/domain/order.py`
```python
from dataclasses import dataclass


@dataclass
class Order:
    total: int
```

`shop/domain/discount.py`
```python
def discounted(total: int) -> int:
    return total * 9 // 10
```

`shop/domain/customer.py`
```python
from dataclasses import dataclass


@dataclass
class Customer:
    name: str
```

`shop/domain/stock.py`
```python
import requests  # finding


def available(sku: str) -> int:
    return requests.get(f"http://inventory/items/{sku}", timeout=5).json()["count"]
```

`shop/infrastructure/tables.py`
```python
import sqlalchemy
```

Use instead:

`shop/domain/stock.py`
```python
from typing import Protocol


class Stock(Protocol):
    def available(self, sku: str) -> int: ...
```

### TypeScript

`src/orders/domain/order.ts`
```typescript
export class Order {}
```

`src/orders/domain/line.ts`
```typescript
export class Line {}
```

`src/orders/domain/discount.ts`
```typescript
export const discount = (total: number) => total * 0.9;
```

`src/orders/domain/customer.ts`
```typescript
import { Column, Entity } from "typeorm";  // finding

@Entity()
export class Customer {
  @Column()
  name!: string;
}
```

`src/orders/infrastructure/order.repository.ts`
```typescript
import { Repository } from "typeorm";
```

Use instead:

`src/orders/domain/customer.ts`
```typescript
export class Customer {
  constructor(readonly name: string) {}
}
```

### Go

`internal/domain/order.go`
```go
package domain

type Order struct{}
```

`internal/domain/line.go`
```go
package domain

type Line struct{}
```

`internal/domain/discount.go`
```go
package domain

func Discount(total int) int { return total * 9 / 10 }
```

`internal/domain/customer.go`
```go
package domain

import "gorm.io/gorm"  // finding

type Customer struct {
	gorm.Model
	Name string
}
```

`internal/adapters/postgres.go`
```go
package adapters

import "gorm.io/gorm"
```

Use instead:

`internal/domain/customer.go`
```go
package domain

type Customer struct {
	ID   int64
	Name string
}
```

### Java

`src/main/java/com/shop/domain/Order.java`
```java
package com.shop.domain;

class Order {}
```

`src/main/java/com/shop/domain/Line.java`
```java
package com.shop.domain;

class Line {}
```

`src/main/java/com/shop/domain/Discount.java`
```java
package com.shop.domain;

class Discount {}
```

`src/main/java/com/shop/domain/Placed.java`
```java
package com.shop.domain;

import org.springframework.kafka.core.KafkaTemplate;  // finding

class Placed {
    private KafkaTemplate<String, String> kafka;
}
```

`src/main/java/com/shop/application/PlaceOrder.java`
```java
package com.shop.application;

class PlaceOrder {}
```

Use instead:

`src/main/java/com/shop/domain/Placed.java`
```java
package com.shop.domain;

interface Placed {
    void tell(Order order);
}
```

### Rust

`src/domain/order.rs`
```rust
pub struct Order;
```

`src/domain/line.rs`
```rust
pub struct Line;
```

`src/domain/discount.rs`
```rust
pub fn discount(total: i64) -> i64 {
    total * 9 / 10
}
```

`src/domain/customer.rs`
```rust
use axum::extract::Query;  // finding

pub fn name(query: Query<String>) -> String {
    query.0
}
```

`src/infrastructure/http.rs`
```rust
use axum::Router;
```

Use instead:

`src/domain/customer.rs`
```rust
pub fn name(name: String) -> String {
    name
}
```

## Fix
None: the domain says what it needs as an interface, and an adapter outside gives it.

## References
A. Cockburn, Hexagonal Architecture · R. Martin, Clean Architecture, ch. 22
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from architrave.facts.code import Import
from architrave.findings import Finding
from architrave.model.graph import Model, by_value
from architrave.model.tools import is_test
from architrave.regexes import regex
from architrave.rule import rule

_DOMAIN = regex(r"(?:^|.*/)domain(?=/)", re.IGNORECASE)  # The innermost folder of that name.
_AROUND = frozenset(
    """application infrastructure infra adapters adapter ports presentation interfaces persistence usecases use_cases usecase
    interactors""".split()  # noqa: SIM905
)
_CODE = frozenset({"python", "javascript", "typescript", "tsx", "go", "java", "rust"})
_NAMES: Mapping[str, str] = {
    "a web framework": """flask fastapi starlette django.http django.views rest_framework aiohttp sanic express fastify koa hono
        @nestjs/platform-express @nestjs/platform-fastify next/server net/http github.com/gin-gonic/gin github.com/labstack/echo
        github.com/go-chi/chi github.com/gofiber/fiber org.springframework.web org.springframework.http jakarta.servlet javax.servlet
        jakarta.ws.rs javax.ws.rs axum actix_web rocket warp""",
    "an ORM or driver": """sqlalchemy sqlmodel django.db peewee tortoise psycopg psycopg2 asyncpg pymongo motor typeorm @nestjs/typeorm
        @prisma/client mongoose @nestjs/mongoose sequelize sequelize-typescript knex drizzle-orm pg mysql2 mongodb @mikro-orm/core
        gorm.io/gorm database/sql github.com/jmoiron/sqlx github.com/jackc/pgx xorm.io/xorm go.mongodb.org/mongo-driver entgo.io/ent
        jakarta.persistence javax.persistence org.hibernate org.springframework.data org.springframework.jdbc org.apache.ibatis
        com.baomidou.mybatisplus sqlx diesel sea_orm tokio_postgres""",
    "an HTTP client": """requests httpx urllib3 axios node-fetch got undici @nestjs/axios java.net.http okhttp3 feign
        org.springframework.cloud.openfeign reqwest hyper ureq""",
    "a broker": """pika aio_pika kafka confluent_kafka aiokafka celery kombu kafkajs amqplib bullmq @nestjs/microservices @nestjs/bullmq
        github.com/segmentio/kafka-go github.com/rabbitmq/amqp091-go github.com/IBM/sarama github.com/nats-io org.springframework.kafka
        org.springframework.amqp org.apache.kafka com.rabbitmq rdkafka lapin""",
    "a cache": "redis ioredis github.com/redis/go-redis github.com/go-redis/redis",
    "a cloud": """boto3 botocore google.cloud azure @aws-sdk aws-sdk @google-cloud @azure firebase-admin github.com/aws cloud.google.com
        github.com/Azure software.amazon.awssdk com.amazonaws com.google.cloud com.azure""",
}
_KINDS = {name: kind for kind, names in _NAMES.items() for name in names.split()}


@rule(severity="warning", since="0.1")
def domain_framework_leak(model: Model, *, share: float = 0.7, least: int = 4) -> Iterator[Finding]:
    domains = model.derived(_domains)
    if domains:
        yield from model.in_each(Import, _of_import, share, least)


@by_value
def _domains(model: Model) -> dict[str, tuple[str, ...]]:
    """The files of each domain folder that stands beside what is to know the outside."""
    files: dict[str, list[str]] = defaultdict(list)
    folders: dict[str, set[str]] = defaultdict(set)
    for path, language in model.files.items():
        if language not in _CODE or is_test(path):
            continue
        found = _DOMAIN.match(path)
        if found is not None:
            files[found[0]].append(path)
        at = path.find("/")
        while at >= 0:
            above, _, name = path[:at].rpartition("/")
            folders[above].add(name.lower())
            at = path.find("/", at + 1)
    return {root: tuple(paths) for root, paths in files.items() if folders[root.rpartition("/")[0]] & _AROUND}


@by_value
def _kept(model: Model) -> dict[str, float]:
    """The share of each domain's files that import no framework."""
    return {
        root: sum(1 for path in paths if not any(_brings_in(model, path, item) for item in model.of(path, Import))) / len(paths)
        for root, paths in model.derived(_domains).items()
    }


def _brings_in(model: Model, path: str, item: Import) -> str:
    """Return what kind of framework an import brings in; a module of the workspace may be called like one."""
    kind = _kind(item)
    return "" if kind and any(own == item for own, _ in model.imports.get(path, ())) else kind


def _of_import(model: Model, path: str, item: Import, share: float, least: int) -> Iterator[Finding]:
    kind = _brings_in(model, path, item) if "domain/" in path.lower() else ""
    found = _DOMAIN.match(path) if kind else None
    if found is None:
        return
    paths = model.derived(_domains).get(found[0], ())
    if len(paths) < least or path not in paths or model.derived(_kept).get(found[0], 0) < share:
        return
    if next(other for other in model.of(path, Import) if _brings_in(model, path, other) == kind) == item:
        yield Finding(
            model.at(path, item.span),
            f"The domain `{found[0]}` imports `{item.module}`, {kind}",
            f"{path} imports {item.module}",
            (f"{model.derived(_kept)[found[0]]:.0%} of its files import no framework",),
        )


def _kind(item: Import) -> str:
    """Return what kind of framework an import brings in, "" for none."""
    if item.is_type_only or item.is_reexport or item.module.startswith((".", "crate", "self", "super")):
        return ""
    end = len(item.module)
    while end > 0:
        kind = _KINDS.get(item.module[:end])
        if kind is not None:
            return kind
        cut = max(item.module.rfind(".", 0, end), item.module.rfind("/", 0, end))
        end = cut
    return ""
