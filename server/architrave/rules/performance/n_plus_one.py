"""A query runs once for every row of another.

## Why it matters
A list of 200 orders that reads the customer of each costs 201 round trips instead of one or two. At 1 ms each that is a fifth of a second
nobody sees in a test with three rows; over a busy network, or with a page of a thousand, the request times out and the pool runs dry. It is
the most frequent performance fault of code that uses an ORM, because the line that asks the database looks like the reading of a field.
A loop over anything that is not known to be the rows of a query, such as a list handed in, is a hint: it is mostly short.

## Example

### Python, SQLAlchemy

`app/orders.py`
```python
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase): ...


class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    customer: Mapped[Customer] = relationship()


def names(session: Session) -> list[str]:
    found = []
    for order in session.scalars(select(Order)):
        found.append(order.customer.name)  # finding
        #            ^^^^^^^^^^^^^^^^^^^
    return found
```

Use instead:

`app/orders.py`
```python
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from sqlalchemy.orm import selectinload


class Base(DeclarativeBase): ...


class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    customer: Mapped[Customer] = relationship()


def names(session: Session) -> list[str]:
    found = []
    for order in session.scalars(select(Order).options(selectinload(Order.customer))):
        found.append(order.customer.name)
    return found
```

### Go

`orders.go`
```go
package orders

import "gorm.io/gorm"

func WithLines(db *gorm.DB) ([]*Order, error) {
        var orders []*Order
        if err := db.Limit(50).Find(&orders).Error; err != nil {
                return nil, err
        }
        for _, order := range orders {
                if err := db.Where("order_id = ?", order.ID).Find(&order.Lines).Error; err != nil {  // finding
                        return nil, err
                }
        }
        return orders, nil
}
```

Use instead:

`orders.go`
```go
package orders

import "gorm.io/gorm"

func WithLines(db *gorm.DB) ([]*Order, error) {
        var orders []*Order
        if err := db.Limit(50).Preload("Lines").Find(&orders).Error; err != nil {
                return nil, err
        }
        return orders, nil
}
```

### Python, Django

`shop/models.py`
```python
from django.db import models


class Customer(models.Model):
    name = models.CharField(max_length=80)


class Order(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
```

`shop/views.py`
```python
from shop.models import Order


def names():
    return [order.customer.name for order in Order.objects.all()]  # finding
    #       ^^^^^^^^^^^^^^^^^^^
```

Use instead:

`shop/views.py`
```python
from shop.models import Order


def names():
    return [order.customer.name for order in Order.objects.all().select_related("customer")]
```

### TypeScript

`src/orders.ts`
```typescript
import { PrismaClient } from "@prisma/client";

const prisma = new PrismaClient();

export async function customersOf(orders: { customerId: number }[]) {
  const found = [];
  for (const order of orders) {
    found.push(await prisma.customer.findUnique({ where: { id: order.customerId } }));  // finding
  }
  return found;
}
```

Use instead:

`src/orders.ts`
```typescript
import { PrismaClient } from "@prisma/client";

const prisma = new PrismaClient();

export async function customersOf(orders: { customerId: number }[]) {
  return prisma.customer.findMany({ where: { id: { in: orders.map((order) => order.customerId) } } });
}
```

### TypeScript, TypeORM

`src/order.entity.ts`
```typescript
import { Entity, ManyToOne, PrimaryGeneratedColumn } from "typeorm";
import { Customer } from "./customer.entity";

@Entity("orders")
export class Order {
  @PrimaryGeneratedColumn()
  id: number;

  @ManyToOne(() => Customer)
  customer: Promise<Customer>;
}
```

`src/orders.ts`
```typescript
import { Repository } from "typeorm";
import { Order } from "./order.entity";

export async function names(orders: Repository<Order>) {
  const found = [];
  const rows = await orders.find({ take: 50 });
  for (const order of rows) {
    found.push((await order.customer).name);  // finding
  }
  return found;
}
```

Use instead:

`src/orders.ts`
```typescript
import { Repository } from "typeorm";
import { Order } from "./order.entity";

export async function names(orders: Repository<Order>) {
  const found = [];
  const rows = await orders.find({ take: 50, relations: { customer: true } });
  for (const order of rows) {
    found.push((await order.customer).name);
  }
  return found;
}
```

### Java

`src/main/java/com/shop/OrderService.java`
```java
package com.shop;

import java.util.ArrayList;
import java.util.List;

class OrderService {
    private final OrderRepository orders;
    private final CustomerRepository customers;

    List<String> names() {
        var names = new ArrayList<String>();
        for (Order order : orders.findAll()) {
            names.add(customers.findById(order.getCustomerId()).orElseThrow().getName());  // finding
            //        ^^^^^^^^^^^^^^^^^^
        }
        return names;
    }
}
```

Use instead:

`src/main/java/com/shop/OrderService.java`
```java
package com.shop;

import java.util.ArrayList;
import java.util.List;

class OrderService {
    private final OrderRepository orders;
    private final CustomerRepository customers;

    List<String> names() {
        var ids = orders.findAll().stream().map(Order::getCustomerId).toList();
        return customers.findAllById(ids).stream().map(Customer::getName).toList();
    }
}
```

### Java, JPA

`src/main/java/com/shop/Order.java`
```java
package com.shop;

import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.ManyToOne;

@Entity
class Order {
    @Id
    Long id;

    @ManyToOne(fetch = FetchType.LAZY)
    Customer customer;
}
```

`src/main/java/com/shop/OrderRepository.java`
```java
package com.shop;

import java.util.List;
import org.springframework.data.jpa.repository.JpaRepository;

interface OrderRepository extends JpaRepository<Order, Long> {
    List<Order> findByStatus(String status);
}
```

`src/main/java/com/shop/OrderService.java`
```java
package com.shop;

class OrderService {
    private final OrderRepository orders;

    void print() {
        for (Order order : orders.findByStatus("open")) {
            System.out.println(order.getCustomer().getName());  // finding
        }
    }
}
```

Use instead:

`src/main/java/com/shop/OrderRepository.java`
```java
package com.shop;

import java.util.List;
import org.springframework.data.jpa.repository.EntityGraph;
import org.springframework.data.jpa.repository.JpaRepository;

interface OrderRepository extends JpaRepository<Order, Long> {
    @EntityGraph(attributePaths = "customer")
    List<Order> findByStatus(String status);
}
```

### Rust

`src/orders.rs`
```rust
use sqlx::PgPool;

pub async fn names(pool: &PgPool) -> sqlx::Result<Vec<String>> {
    let orders = sqlx::query!("SELECT id, customer_id FROM orders").fetch_all(pool).await?;
    let mut names = Vec::new();
    for order in orders {
        let customer = sqlx::query!("SELECT name FROM customers WHERE id = $1", order.customer_id)  // finding
            .fetch_one(pool)
            .await?;
        names.push(customer.name);
    }
    Ok(names)
}
```

Use instead:

`src/orders.rs`
```rust
use sqlx::PgPool;

pub async fn names(pool: &PgPool) -> sqlx::Result<Vec<String>> {
    let customers = sqlx::query!("SELECT c.name FROM orders o JOIN customers c ON c.id = o.customer_id").fetch_all(pool).await?;
    Ok(customers.into_iter().map(|customer| customer.name).collect())
}
```

## Fix
A relation is loaded with the rows: `selectinload`, `select_related`, `prefetch_related`, `relations` of TypeORM, `include` of Sequelize, an
`@EntityGraph` on the method of the repository, or `Preload` in place of a loop that does nothing but load. Any other query in a loop is to
be asked once for all keys, which no rule can write. Not safe: more rows are held in memory at once.

## References
T.-H. Chen et al., Detecting Performance Anti-patterns for Applications Developed using Object-Relational Mapping, ICSE 2014 · J. Yang et
al., How not to Structure Your Database-Backed Web Applications, ICSE 2018
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from architrave.facts.code import Definition
from architrave.facts.data import Migration, Query, Relation, RelationAccess, Repository
from architrave.facts.values import Replacement
from architrave.findings import Finding, Fix, Related
from architrave.model.classes import Place
from architrave.model.graph import Model
from architrave.model.tools import is_tool
from architrave.rule import fix, rule


@rule(severity="warning", since="0.1")
def n_plus_one(model: Model) -> Iterator[Finding]:
    loops: dict[object, dict[str, Finding]] = {}
    for loop, asked, finding in model.in_each(Query, _in_loop):
        loops.setdefault(loop, {}).setdefault(asked, finding)
    for found in loops.values():
        yield from _of_one_loop(list(found.items()))
    seen: set[object] = set()
    for cause, finding in model.in_each(RelationAccess, _of_relation):
        if cause not in seen:
            seen.add(cause)
            yield finding


def _of_one_loop(found: list[tuple[str, Finding]]) -> Iterator[Finding]:
    """Yield what is asked for in a loop, as one finding but for what is mended by itself."""
    yield from (finding for _, finding in found if finding.fix is not None)
    plain = sorted((item for item in found if item[1].fix is None), key=lambda item: item[1].location.span)
    if plain:
        finding = plain[0][1]
        others = [Related(other.location, f"`{asked or 'A query'}` is asked for in the same loop") for asked, other in plain[1:]]
        if others:
            count = "another query" if len(others) == 1 else f"{len(others)} more queries"
            message = finding.message.replace(" is queried once", f" is queried, with {count}, once")
            finding = replace(finding, message=message, related=(*finding.related, *others))
        yield finding


def _in_loop(model: Model, path: str, query: Query) -> Iterator[tuple[object, str, Finding]]:
    if is_tool(model, path):  # Whoever starts a script waits for it.
        return
    if query.loop is None or not query.keyed_by or query.kind != "select" or model.of(path, Migration):
        return
    if query.keyed_by in {name.partition(".")[0] for name in query.dynamic} or not (query.tables or query.model or query.filters):
        return  # Tables gone through by name, or functions called: nothing that one query could ask for.
    asked = query.model.replace("()", "").rpartition(".")[2] or ", ".join(query.tables)
    finding = Finding(
        model.at(path, query.span),
        f"{f'`{asked}` is queried' if asked else 'A query runs'} once for every `{query.keyed_by}` of a loop",
        f"{query.function}: {asked or 'query'} by {query.keyed_by}",
        (f"for {query.keyed_by} in …", f"{query.library} query that uses {query.keyed_by}"),
        (Related(model.at(path, query.loop), "the loop"),),
        fix=fix("Load it with the rows", path, query.eager_fix),
        severity=None if query.is_over_rows else "hint",
    )
    yield (path, query.loop), asked, finding


def _of_relation(model: Model, path: str, access: RelationAccess) -> Iterator[tuple[object, Finding]]:
    found = model.data.relation(path, access.model, access.relation)
    if is_tool(model, path) or found is None or found[1].is_eager or model.of(path, Migration) or _says_what_it_loads(model, path, access):
        return
    place, relation = found
    owner = access.model.replace("()", "").rpartition(".")[2]
    related = [Related(model.at(place, relation.span), f"`{owner}.{relation.name}` is loaded when it is read")]
    if access.source is not None:
        related.append(Related(model.at(path, access.source), "the query whose rows are gone through"))
    finding = Finding(
        model.at(path, access.span),
        f"`{access.variable}.{access.relation}` runs a query for every row of the loop",
        f"{access.function}: {owner}.{access.relation}",
        (f"{access.variable}.{access.relation}", f"{owner}.{relation.name} is loaded when it is read"),
        tuple(related),
        fix(f"Load `{access.relation}` with the rows", path, _eager(access, relation)) or _graph(model, path, access),
    )
    yield (path, access.function, f"{access.variable}.{access.relation}", access.source), finding


def _eager(access: RelationAccess, relation: Relation) -> Iterator[Replacement]:
    """The edits that load the relation; in Django with the rows themselves where it leads to one row."""
    is_one = access.library == "django" and not relation.is_many
    for item in access.eager_fix:
        yield replace(item, text=item.text.replace("prefetch_related", "select_related")) if is_one else item


def _says_what_it_loads(model: Model, path: str, access: RelationAccess) -> bool:
    """Whether the rows come from a repository's method whose annotation may name relations: `@EntityGraph`, `@Query`."""
    declared = _declared(model, path, access)
    return declared is not None and any(
        item.name.rpartition(".")[2] in ("EntityGraph", "Query", "NamedEntityGraph") for item in declared[1].decorators
    )


def _declared(model: Model, path: str, access: RelationAccess) -> tuple[Place, Definition] | None:
    """Return the method of a repository of the workspace that gave the rows."""
    if access.source is None or access.library != "jpa":
        return None
    for call in model.calls.inside(Place(path, access.function)):
        if access.source.contains(call.name_span) and access.source.end == call.name_span.end:
            target = model.classes.find(path, call.callee)
            definition = model.definition(target) if target is not None else None
            return (target, definition) if target is not None and definition is not None else None
    return None


def _graph(model: Model, path: str, access: RelationAccess) -> Fix | None:
    """Let the method of the repository name the relation in an `@EntityGraph`."""
    declared = _declared(model, path, access)
    if declared is None:
        return None
    place, method = declared
    holder = place.name.rpartition(".")[0]
    repository = next((item for item in model.of(place.path, Repository) if item.name == holder), None)
    if repository is None or repository.imports is None:
        return None
    graph = Replacement(method.span, f'@EntityGraph(attributePaths = "{access.relation}")', "before")
    return fix(f"Load `{access.relation}` with the rows", place.path, (graph, *repository.imports))
