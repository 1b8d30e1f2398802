"""A model loads a collection with every query of it.

## Why it matters
What a model declares eager is joined to each of its queries, also to those that count, check or list. A customer with fifty orders comes
back as fifty rows, in each page of a list that shows names only; with a second such collection each row of the one is paired with each of
the other, and fifty orders and twenty addresses are a thousand rows. Which rows are needed is known by the query, not by the model.

## Example

### Java, JPA

`src/main/java/com/shop/Customer.java`
```java
package com.shop;

import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.OneToMany;
import java.util.List;

@Entity
public class Customer {
    @Id
    private Long id;

    @OneToMany(mappedBy = "customer", fetch = FetchType.EAGER)  // finding
    private List<Order> orders;
}
```

Use instead:

`src/main/java/com/shop/Customer.java`
```java
package com.shop;

import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.OneToMany;
import java.util.List;

@Entity
public class Customer {
    @Id
    private Long id;

    @OneToMany(mappedBy = "customer", fetch = FetchType.LAZY)
    private List<Order> orders;
}
```

### Python, SQLAlchemy

`app/models.py`
```python
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "customers"

    id: Mapped[int] = mapped_column(primary_key=True)
    orders: Mapped[list["Order"]] = relationship(lazy="joined")  # finding
#                                                     ^^^^^^^^
```

Use instead:

`app/models.py`
```python
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "customers"

    id: Mapped[int] = mapped_column(primary_key=True)
    orders: Mapped[list["Order"]] = relationship(lazy="selectin")
```

### TypeScript, TypeORM

`src/customer.ts`
```typescript
import { Entity, OneToMany, PrimaryGeneratedColumn } from "typeorm";
import { Order } from "./order";

@Entity("customers")
export class Customer {
  @PrimaryGeneratedColumn()
  id!: number;

  @OneToMany(() => Order, (order) => order.customer, { eager: true })  // finding
  orders!: Order[];
}
```

Use instead:

`src/customer.ts`
```typescript
import { Entity, OneToMany, PrimaryGeneratedColumn } from "typeorm";
import { Order } from "./order";

@Entity("customers")
export class Customer {
  @PrimaryGeneratedColumn()
  id!: number;

  @OneToMany(() => Order, (order) => order.customer, { eager: false })
  orders!: Order[];
}
```

## Fix
JPA and TypeORM load the collection when it is asked for, SQLAlchemy with one more query for all rows. Not safe: code that reads the
collection after the session is closed, or without asking for it, has to ask.

## References
Sonar, S6904 · V. Mihalcea, High-Performance Java Persistence, Fetching · SQLAlchemy documentation, Relationship Loading Techniques
"""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts.data import Relation
from architrave.findings import Finding, Related
from architrave.model.graph import Model
from architrave.model.tools import is_test, is_tool
from architrave.rule import fix, rule

_OF_A_LABEL = 3  # Columns: a key, a name, and one more.


@rule(severity="information", since="0.1")
def eager_everything(model: Model) -> Iterator[Finding]:
    return model.in_each(Relation, _of_relation)


def _of_relation(model: Model, path: str, relation: Relation) -> Iterator[Finding]:
    if relation.joined is None or not relation.is_many or is_test(path) or is_tool(model, path):
        return
    if relation.is_shared and _is_label(model, path, relation.target):
        return
    owner = relation.model.rpartition(".")[2]
    own = [item for item in model.of(path, Relation) if item.model == relation.model and item.is_many]
    others = [item for item in own if item.joined not in (None, relation.joined)]
    more = f", times {len(others)} more" if others else ""
    yield Finding(
        model.at(path, relation.joined),
        f"Every query of `{owner}` loads all of its `{relation.name}`{more}",
        f"{owner}.{relation.name}",
        (f"{relation.library}: {owner}.{relation.name} is a collection", "loaded with every query"),
        tuple(Related(model.at(path, item.joined), f"`{item.name}` is loaded too") for item in others if item.joined is not None),
        fix(f"Load `{relation.name}` apart", path, relation.lazy_fix),
    )


def _is_label(model: Model, path: str, target: str) -> bool:
    """Whether a table holds no more than names, as tags, roles and specialties do: an object has few of them, and is shown with them."""
    declared = model.data.table_of(path, target)
    table = model.data.modelled.find(declared.name, path) if declared is not None else None
    return table is not None and table.is_complete and not table.references and len(table.columns) <= _OF_A_LABEL
