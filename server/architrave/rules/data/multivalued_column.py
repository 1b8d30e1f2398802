"""A column keeps a list as one text.

## Why it matters
The database cannot look into the text: to find the orders with one tag it reads all of them, no foreign key says that a value exists, a
value that is a part of another one is found by mistake, and the list is cut where the column ends. Two users who add to it at the same
time lose what one of them wrote. Each of these takes a table of its own, or a type for lists where the database has one, and a migration
of everything that is there by then.

A column of a model counts when code takes it apart at a comma, a semicolon or a bar, or at a space where its name is a plural, and so does
`simple-array` of TypeORM. Texts that are no lists, such as addresses, paths and descriptions, are left out. What is written in SQL alone is
not looked at.

## Example

### Python

`orders/models.py`
```python
from sqlalchemy import BigInteger, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase): ...


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    tags: Mapped[str] = mapped_column(Text)  # finding


def is_tagged(order: Order, tag: str) -> bool:
    return tag in order.tags.split(",")
```

Use instead:

`orders/models.py`
```python
from sqlalchemy import BigInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase): ...


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text))


def is_tagged(order: Order, tag: str) -> bool:
    return tag in order.tags
```

### TypeScript

`src/order.entity.ts`
```typescript
import { Column, Entity, PrimaryGeneratedColumn } from "typeorm";

@Entity("orders")
export class Order {
  @PrimaryGeneratedColumn() id: number;

  @Column("simple-array") tags: string[];  // finding

  @Column() labels: string;  // finding
}

export const hasLabel = (order: Order, label: string) => order.labels.split(";").includes(label);
```

Use instead:

`src/order.entity.ts`
```typescript
import { Column, Entity, PrimaryGeneratedColumn } from "typeorm";

@Entity("orders")
export class Order {
  @PrimaryGeneratedColumn() id: number;

  @Column("text", { array: true }) tags: string[];

  @Column("text", { array: true }) labels: string[];
}

export const hasLabel = (order: Order, label: string) => order.labels.includes(label);
```

### Go

`order.go`
```go
package orders

import (
	"strings"

	"gorm.io/gorm"
)

type Order struct {
	gorm.Model
	Tags string  // finding
}

func tagsOf(order Order) []string {
	return strings.Split(order.Tags, ",")
}
```

Use instead:

`order.go`
```go
package orders

import "gorm.io/gorm"

type Tag struct {
	gorm.Model
	OrderID uint
	Name    string
}

type Order struct {
	gorm.Model
	Tags []Tag
}
```

### Java

`src/main/java/shop/Order.java`
```java
package shop;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

@Entity
@Table(name = "orders")
public class Order {
  @Id
  private Long id;

  private String tags;  // finding

  public String getTags() {
    return tags;
  }
}
```

`src/main/java/shop/Tags.java`
```java
package shop;

class Tags {
  String[] of(Order order) {
    return order.getTags().split(",");
  }
}
```

Use instead:

`src/main/java/shop/Order.java`
```java
package shop;

import jakarta.persistence.ElementCollection;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.Set;

@Entity
@Table(name = "orders")
public class Order {
  @Id
  private Long id;

  @ElementCollection
  private Set<String> tags;

  public Set<String> getTags() {
    return tags;
  }
}
```

`src/main/java/shop/Tags.java`
```java
package shop;

import java.util.Set;

class Tags {
  Set<String> of(Order order) {
    return order.getTags();
  }
}
```

### Rust

`src/order.rs`
```rust
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "orders")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub tags: String,  // finding
}

pub fn tags_of(order: &Model) -> Vec<&str> {
    order.tags.split(',').collect()
}
```

Use instead:

`src/order.rs`
```rust
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "orders")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub tags: Vec<String>,
}

pub fn tags_of(order: &Model) -> &[String] {
    &order.tags
}
```

## Fix
None: a table, a type for lists or JSON are three designs, and what is there has to be moved.

## References
Karwin, SQL Antipatterns, ch. 2: Jaywalking · Codd, A Relational Model of Data for Large Shared Data Banks, 1970 (first normal form)
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from architrave.facts.data import Separation
from architrave.findings import Finding, Related
from architrave.model.graph import Model
from architrave.model.schema import SchemaColumn, SchemaTable
from architrave.model.tools import is_test
from architrave.regexes import regex
from architrave.rule import rule
from architrave.text import Location

_SEPARATORS = frozenset([",", ", ", ";", "; ", "|", "\\|", "\\s*,\\s*", ",\\s*"])
_TEXT = regex(
    r"\b(str|string|text|varchar|char|character varying|clob|(tiny|medium|long)text|n?varchar\(.*|charfield|textfield)\b", re.IGNORECASE
)
_NO_LIST = regex(
    r"(ancestors|ancestry|lineage|breadcrumbs?|path|ur[il]|csv|raw|body|content|lines?|header|address|query|cron|schedule|version|dates?|times?|phone|name|email|host|coordinates?"
    r"|location|geo|lat|latlng|bbox|signature|token|hash|key|id|data|payload|text|description|comment|message|notes?|details?|html|markdown"
    r"|log|expression)$",
    re.IGNORECASE,
)
_SHORTENED = regex(r"\.(strip|trim|toLowerCase|lower|to_lowercase)(\(\))?$")
_OWN = frozenset(["self", "this"])
_Column = tuple[SchemaTable, SchemaColumn]


@rule(severity="information", since="0.1")
def multivalued_column(model: Model) -> Iterator[Finding]:
    places: dict[Location, list[Location]] = defaultdict(list)
    columns: dict[str, list[_Column]] = defaultdict(list)
    for table in model.data.modelled.tables:
        for column in table.columns.values():
            if column.type == "simple-array":
                yield _finding(table, column, "`simple-array` joins its values with commas", ())
            elif table.model is not None and _TEXT.search(column.type) and "[" not in column.type:
                columns[_plain(column.attribute or column.name)].append((table, column))
    found: dict[Location, _Column] = {}
    for path, separation in model.each(Separation) if columns else ():
        known = _column(model, path, separation, columns) if not is_test(path) else None
        if known is not None:
            found[known[1].location] = known
            places[known[1].location].append(Location(path, separation.span))
    for location, (table, column) in found.items():
        related = tuple(Related(place, "It is taken apart here") for place in places[location])
        yield _finding(table, column, "code takes it apart at a separator", related)


def _finding(table: SchemaTable, column: SchemaColumn, why: str, related: tuple[Related, ...]) -> Finding:
    name = f"{table.name}.{column.name}"
    return Finding(column.location, f"`{name}` keeps a list as one text: {why}", f"column {name}", (f"type: {column.type}",), related)


def _column(model: Model, path: str, separation: Separation, columns: Mapping[str, list[_Column]]) -> _Column | None:
    """Return the column that is taken apart."""
    value, written = _shortened(separation.value), _shortened(separation.written)
    attribute = _plain(_attribute(written))
    candidates = columns.get(attribute, [])
    is_list = separation.separator in _SEPARATORS or (not separation.separator.strip() and attribute.endswith(("s", "list")))
    if not candidates or not is_list or _NO_LIST.search(attribute):
        return None
    owner = _last(value.rpartition(".")[0].removesuffix("()"))
    variable = _last(written.rpartition(".")[0])
    if variable in _OWN:
        owner = _last(separation.function.rpartition(".")[0])
    known = [item for item in candidates if _class(item) == owner or (owner == "Model" and _class(item) == "Entity")]  # SeaORM
    if not known and "(" not in value.rpartition(".")[0]:  # Where the type of a variable is not known, its name says it.
        known = [item for item in candidates if _plain(_class(item)) == _plain(variable)]
    service = model.services.of(path)
    known = [item for item in known if item[0].model is not None and model.services.of(item[0].model[0]) == service]
    return known[0] if len(known) == 1 else None


def _class(item: _Column) -> str:
    return _last(item[0].model[1]) if item[0].model is not None else ""


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _shortened(name: str) -> str:
    while (shorter := _SHORTENED.sub("", name)) != name:
        name = shorter
    return name


def _attribute(name: str) -> str:
    """`order.getTags` and `order.tags` are `tags`."""
    last = _last(name).removesuffix("()")
    getter = re.fullmatch(r"get([A-Z]\w*)", last)
    return getter[1] if getter is not None else last


def _plain(name: str) -> str:
    return name.replace("_", "").lower()
