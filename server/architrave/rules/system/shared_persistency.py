"""Two services keep their data in one database.

## Why it matters
A table that two services read is a contract that nobody wrote down. Neither team may change a column without the other, a migration of one
locks the other out, and a load peak of one empties the connection pool of both. The services can be deployed apart but not changed apart.

A service shares data when it asks for a table that only another service of the workspace declares, while it has tables of its own; and
when two services are given the same database: compared by host and name, as connection settings in compose, Kubernetes, `.env` files and
code give them. Different schemas of one database are kept apart, and addresses of the developer's own machine are not compared.

## Example

### Compose

`compose.yaml`
```yaml
services:
  orders:
    build: orders
    environment:
      DATABASE_URL: postgresql://app@db:5432/shop
  billing:
    build: billing
    environment:
      DATABASE_URL: postgresql://app@db:5432/shop  # finding
  db:
    image: postgres:17
```

Use instead:

`compose.yaml`
```yaml
services:
  orders:
    build: orders
    environment:
      DATABASE_URL: postgresql://app@db:5432/orders
  billing:
    build: billing
    environment:
      DATABASE_URL: postgresql://app@db:5432/billing
  db:
    image: postgres:17
```

### .env

`billing/.env.example`
```sh
DATABASE_URL=postgresql://billing@db.internal:5432/shop
```

`billing/Dockerfile`
```dockerfile
FROM node:24-alpine
COPY . .
USER node
CMD ["node", "main.js"]
```

`orders/.env.example`
```sh
DATABASE_URL=postgresql://orders@db.internal:5432/shop  # finding
```

`orders/Dockerfile`
```dockerfile
FROM node:24-alpine
COPY . .
USER node
CMD ["node", "main.js"]
```

Use instead:

`orders/.env.example`
```sh
DATABASE_URL=postgresql://orders@db.internal:5432/orders
```

### Kubernetes

`orders/Dockerfile`
```dockerfile
FROM gcr.io/distroless/static:nonroot
COPY orders /
CMD ["/orders"]
```

`billing/Dockerfile`
```dockerfile
FROM gcr.io/distroless/static:nonroot
COPY billing /
CMD ["/billing"]
```

`deploy/shop.yaml`
```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: orders
spec:
  template:
    spec:
      containers:
        - name: orders
          image: registry.example.com/orders:1.4
          env:
            - {name: DB_HOST, value: db.internal}
            - {name: DB_NAME, value: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: billing
spec:
  template:
    spec:
      containers:
        - name: billing
          image: registry.example.com/billing:2.0
          env:
            - {name: DB_HOST, value: db.internal}  # finding
            - {name: DB_NAME, value: shop}
```

Use instead:

`deploy/shop.yaml`
```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: orders
spec:
  template:
    spec:
      containers:
        - name: orders
          image: registry.example.com/orders:1.4
          env:
            - {name: DB_HOST, value: db.internal}
            - {name: DB_NAME, value: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: billing
spec:
  template:
    spec:
      containers:
        - name: billing
          image: registry.example.com/billing:2.0
          env:
            - {name: DB_HOST, value: db.internal}
            - {name: DB_NAME, value: billing}
```

### Java

`billing/pom.xml`
```xml
<project>
  <artifactId>billing</artifactId>
</project>
```

`billing/src/main/resources/application.yml`
```yaml
spring:
  datasource:
    url: jdbc:postgresql://db.internal:5432/shop
```

`orders/pom.xml`
```xml
<project>
  <artifactId>orders</artifactId>
</project>
```

`orders/src/main/resources/application.yml`
```yaml
spring:
  datasource:
    url: jdbc:postgresql://db.internal:5432/shop  # finding
```

Use instead:

`orders/src/main/resources/application.yml`
```yaml
spring:
  datasource:
    url: jdbc:postgresql://db.internal:5432/orders
```

### Python

`orders/models.py`
```python
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase): ...


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    total_cents: Mapped[int]
```

`orders/Dockerfile`
```dockerfile
FROM python:3.12-slim
COPY . .
USER 1000
```

`billing/models.py`
```python
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase): ...


class Invoice(Base):
    __tablename__ = "invoices"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int]
```

`billing/Dockerfile`
```dockerfile
FROM python:3.12-slim
COPY . .
USER 1000
```

`billing/totals.py`
```python
from sqlalchemy import text
from sqlalchemy.orm import Session


def total(session: Session, order_id: int) -> int:
    return session.scalar(text("SELECT total_cents FROM orders WHERE id = :id"), {"id": order_id})  # finding
```

Use instead:

`billing/totals.py`
```python
import httpx


def total(orders: httpx.Client, order_id: int) -> int:
    return orders.get(f"/orders/{order_id}").json()["total_cents"]
```

### TypeScript

`orders/prisma/schema.prisma`
```prisma
datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}

model Order {
  id         Int @id
  totalCents Int

  @@map("orders")
}
```

`orders/Dockerfile`
```dockerfile
FROM node:24-alpine
COPY . .
USER node
CMD ["node", "main.js"]
```

`orders/main.ts`
```typescript
console.log("orders");
```

`billing/src/invoice.ts`
```typescript
import { Column, Entity, PrimaryColumn } from "typeorm";

@Entity("invoices")
export class Invoice {
  @PrimaryColumn() id: number;
  @Column() orderId: number;
}
```

`billing/src/totals.ts`
```typescript
import { DataSource } from "typeorm";

export async function settle(data: DataSource, id: number): Promise<void> {
  await data.query("UPDATE orders SET settled = true WHERE id = $1", [id]);  // finding
}
```

`billing/Dockerfile`
```dockerfile
FROM node:24-alpine
COPY . .
USER node
CMD ["node", "dist/main.js"]
```

Use instead:

`billing/src/totals.ts`
```typescript
export async function settle(id: number): Promise<void> {
  await fetch(`${process.env.ORDERS_URL}/orders/${id}/settlement`, { method: "PUT", signal: AbortSignal.timeout(3000) });
}
```

### SQL

`orders/migrations/001_orders.sql`
```sql
CREATE TABLE orders (id bigint PRIMARY KEY, total_cents bigint NOT NULL);
```

`orders/Dockerfile`
```dockerfile
FROM python:3.12-slim
COPY . .
USER 1000
```

`orders/main.py`
```python
print("orders")
```

`billing/migrations/001_invoices.sql`
```sql
CREATE TABLE invoices (id bigint PRIMARY KEY, order_id bigint NOT NULL);
```

`billing/Dockerfile`
```dockerfile
FROM python:3.12-slim
COPY . .
USER 1000
```

`billing/totals.py`
```python
import psycopg


def total(connection: psycopg.Connection, order_id: int) -> int:
    return connection.execute("SELECT total_cents FROM orders WHERE id = %s", (order_id,)).fetchone()[0]  # finding
```

Use instead:

`billing/totals.py`
```python
import httpx


def total(orders: httpx.Client, order_id: int) -> int:
    return orders.get(f"/orders/{order_id}").json()["total_cents"]
```

## Fix
None.

## References
D. Taibi and V. Lenarduzzi, On the Definition of Microservice Bad Smells, 2018: shared persistency · C. Richardson, Database per service
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from architrave.facts.data import Database, Query
from architrave.findings import Finding, Related
from architrave.model.graph import Model
from architrave.model.tools import is_one_off, is_tool
from architrave.rule import rule
from architrave.text import Location
from architrave.urls import LOCAL

_NAMED = 4  # Tables that a message names.
_WRITES = ("insert", "update", "delete")


@rule(severity="information", since="0.1")
def shared_persistency(model: Model) -> Iterator[Finding]:
    writers: dict[str, set[str]] = defaultdict(set)
    used = set(model.in_each(Query, _used))
    for service, table, is_written in used:
        if is_written:
            writers[service].add(table)
    told = set()
    for finding, pair in _foreign_tables(model, {(service, table) for service, table, _ in used}, writers):
        told.add(pair)
        yield finding
    yield from _databases(model, frozenset(writers), told)


def _used(model: Model, path: str, query: Query) -> Iterator[tuple[str, str, bool]]:
    """Yield service, table, and whether it is written. Where the query stands is left out: while that alone changes, nothing else does."""
    if is_tool(model, path) or is_one_off(model, path):
        return
    for table in model.data.tables(path, query):
        yield model.services.of(path), table.lower(), query.kind in _WRITES


def _foreign_tables(
    model: Model, used: set[tuple[str, str]], writers: Mapping[str, set[str]]
) -> Iterator[tuple[Finding, frozenset[str]]]:
    """Services that ask for tables which they do not have, and just one other service has.

    What declares tables and asks for no row is the home of migrations, and no service that the tables are taken from.
    """
    declared: dict[str, dict[str, Location]] = defaultdict(dict)
    for known in (*model.data.migrated.tables, *model.data.modelled.tables):
        declared[known.name.lower()].setdefault(model.services.of(known.location.path), known.location)
    owners = {service for services in declared.values() for service in services} & {service for service, _ in used}
    foreign: dict[tuple[str, str], str] = {}
    for service, table in used:
        homes = declared.get(table, {})
        if len(homes) == 1 and service not in homes and service in owners:
            owner = next(iter(homes))
            if {service, owner} <= model.services.deployed:
                foreign[service, table] = owner
    found: dict[tuple[str, str], dict[str, tuple[str, Query]]] = defaultdict(dict)
    for path, query in model.data.queries if foreign else ():
        for table in map(str.lower, model.data.tables(path, query)):
            service = model.services.of(path)
            if (service, table) in foreign:
                found[service, foreign[service, table]].setdefault(table, (path, query))
    for (service, owner), tables in found.items():
        path, query = next(iter(tables.values()))
        named = [f"`{table}`" for table in tables]
        names = ", ".join(named[:_NAMED]) + (f" and {len(named) - _NAMED} more tables" if len(named) > _NAMED else "")
        verb = "writes" if tables.keys() & writers[service] else "reads"
        elsewhere = list(tables.items())[1:]
        finding = Finding(
            model.at(path, query.span),
            f"`{service or '.'}` {verb} {names}, which `{owner or '.'}` declares",
            f"{service} {owner}",
            evidence=tuple(tables),
            related=(
                *(Related(declared[table][owner], f"`{table}` is declared here") for table in tables),
                *(Related(model.at(where, other.span), f"`{table}` is used here") for table, (where, other) in elsewhere),
            ),
            severity="warning" if verb == "writes" else None,
        )
        yield finding, frozenset((service, owner))


def _databases(model: Model, writers: frozenset[str], told: set[frozenset[str]]) -> Iterator[Finding]:
    """Services whose settings lead to one database."""
    users: dict[tuple[str, str], dict[str, tuple[str, Database]]] = defaultdict(dict)
    for path, database in model.each(Database):
        if database.host in LOCAL or "$" in database.host or not database.name:
            continue
        host = model.deployment.network(path, database.host)
        for service in model.deployment.owners(path, database.owner):
            if not service and not database.owner and service not in model.services.deployed:
                continue  # Settings in the root that nobody is known to read: what they are for is not known.
            if service != model.services.at_host(database.host):  # The image of the database itself.
                users[host, database.name].setdefault(service, (path, database))
    for (_, name), services in sorted(users.items(), key=lambda item: len(item[1])):
        if len(services) < 2 or any(set(services) <= known for known in told):
            continue
        told.add(frozenset(services))
        ordered = sorted(services.items(), key=lambda item: (item[1][0], item[1][1].span, item[0]))
        last, (path, database) = ordered[-1]
        host = database.host
        engine = f"{database.engine} " if database.engine else ""
        others = ", ".join(f"`{service or '.'}`" for service, _ in ordered[:-1])
        yield Finding(
            model.at(path, database.span),
            f"`{last or '.'}` keeps its data in the {engine}database `{host}/{name}` of {others}",
            f"{host}/{name}",
            evidence=tuple(f"{service or '.'}: {host}/{name}" for service, _ in ordered),
            related=tuple(
                Related(model.at(where, item.span), f"`{service or '.'}` uses it too") for service, (where, item) in ordered[:-1]
            ),
            severity="warning" if len(writers & set(services)) > 1 else None,
        )
