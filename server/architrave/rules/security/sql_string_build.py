"""A value from a caller is pasted into the text of a query.

## Why it matters
Whoever chooses the value chooses the query: `x' OR '1'='1` reads every row, `'; DROP TABLE …` does worse where several statements are
allowed. Escaping by hand fails on some encoding or number. A bound parameter is never read as SQL, and the database can keep the plan. A
pasted name is reported when it is a parameter of its function or comes from the request; constants, numbers, settings and names checked
against a list of allowed ones are not. It is a hint where no handler of a request, a message or a clock is known to call the function.

## Example

### Python

`app/orders.py`
```python
import sqlite3


def find_orders(connection: sqlite3.Connection, status: str) -> list:
    return connection.execute(f"SELECT id, total FROM orders WHERE status = '{status}'").fetchall()  # finding
    #                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
```

Use instead:

`app/orders.py`
```python
import sqlite3


def find_orders(connection: sqlite3.Connection, status: str) -> list:
    return connection.execute("SELECT id, total FROM orders WHERE status = ?", (status,)).fetchall()
```

### Go

`orders.go`
```go
package orders

import (
        "database/sql"

        _ "github.com/lib/pq"
)

func Find(db *sql.DB, status string) (*sql.Rows, error) {
        return db.Query("SELECT id, total FROM orders WHERE status = '" + status + "'")  // finding
}
```

Use instead:

`orders.go`
```go
package orders

import (
        "database/sql"

        _ "github.com/lib/pq"
)

func Find(db *sql.DB, status string) (*sql.Rows, error) {
        return db.Query("SELECT id, total FROM orders WHERE status = $1", status)
}
```

### TypeScript

`src/orders.ts`
```typescript
import { Pool } from "pg";

const pool = new Pool();

export async function findOrders(status: string) {
  return pool.query(`SELECT id, total FROM orders WHERE status = '${status}'`);  // finding
}
```

Use instead:

`src/orders.ts`
```typescript
import { Pool } from "pg";

const pool = new Pool();

export async function findOrders(status: string) {
  return pool.query("SELECT id, total FROM orders WHERE status = $1", [status]);
}
```

### Java

`src/main/java/com/shop/Orders.java`
```java
package com.shop;

import java.util.List;
import java.util.Map;
import org.springframework.jdbc.core.JdbcTemplate;

class Orders {
    private final JdbcTemplate jdbc;

    List<Map<String, Object>> find(String status) {
        return jdbc.queryForList("SELECT id, total FROM orders WHERE status = '" + status + "'");  // finding
    }
}
```

Use instead:

`src/main/java/com/shop/Orders.java`
```java
package com.shop;

import java.util.List;
import java.util.Map;
import org.springframework.jdbc.core.JdbcTemplate;

class Orders {
    private final JdbcTemplate jdbc;

    List<Map<String, Object>> find(String status) {
        return jdbc.queryForList("SELECT id, total FROM orders WHERE status = ?", status);
    }
}
```

### Rust

`src/orders.rs`
```rust
use sqlx::PgPool;

pub async fn find(pool: &PgPool, status: &str) -> sqlx::Result<Vec<Order>> {
    sqlx::query_as(&format!("SELECT id, total FROM orders WHERE status = '{status}'")).fetch_all(pool).await  // finding
}
```

Use instead:

`src/orders.rs`
```rust
use sqlx::PgPool;

pub async fn find(pool: &PgPool, status: &str) -> sqlx::Result<Vec<Order>> {
    sqlx::query_as("SELECT id, total FROM orders WHERE status = $1").bind(status).fetch_all(pool).await
}
```

## Fix
A value that stands where SQL expects a value becomes a bound parameter, in the style of the driver. Safe. Where a name of a table or column
is pasted there is no such fix: choose it from a list of allowed ones.

## References
CWE-89 · OWASP, SQL Injection Prevention Cheat Sheet · Sonar S2077 · ruff S608
"""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts.data import Migration, Query
from architrave.findings import Finding
from architrave.model.classes import Place
from architrave.model.entries import is_reached
from architrave.model.graph import Model
from architrave.model.tools import is_tool
from architrave.regexes import regex
from architrave.rule import fix, rule

_CONFIGURED = regex(r"(?i)(\w+\.)*_?(cfg|conf|config|configuration|settings|props|properties)\.\w")  # No caller says what is there.


@rule(severity="warning", since="0.1")
def sql_string_build(model: Model) -> Iterator[Finding]:
    return model.in_each(Query, _of_query)


def _of_query(model: Model, path: str, query: Query) -> Iterator[Finding]:
    if not query.dynamic or not query.is_dynamic_from_input or model.of(path, Migration):  # Nobody hands a migration anything.
        return
    if is_tool(model, path) or all(_CONFIGURED.match(name) for name in query.dynamic):
        return
    pasted = " and ".join(f"`{name}`" for name in query.dynamic[:3])
    yield Finding(
        model.at(path, query.span),
        f"{pasted} {'is' if len(query.dynamic) == 1 else 'are'} pasted into the text of a query",
        f"{query.function or 'top of the file'}: {', '.join(query.dynamic)}",
        (", ".join(query.dynamic), f"{query.kind} through {query.library}"),
        fix=fix("Bind the value" if len(query.dynamic) == 1 else "Bind the values", path, query.placeholder_fix, is_safe=True),
        severity=None if _is_asked(model, Place(path, query.function)) else "hint",
    )


def _is_asked(model: Model, place: Place) -> bool:
    """Whether a request leads to a function: it is reached from a handler, or takes what handlers take."""
    if is_reached(model, place):
        return True
    definition = model.definition(place)
    names = [parameter.name for parameter in definition.parameters] if definition is not None else []
    return names[:2] in (["req", "res"], ["request", "response"])
