"""A query of a sharded table does not say on which shard its rows are.

## Why it matters
Without the shard key the query is sent to every server and is as slow as the slowest of them; with each server that is added to bear more
load, it becomes more work instead of less. An update or delete without the key takes locks on all of them, and a server that is down makes
it fail for everybody.

Tables count that a migration distributes with Citus, collections that a script shards with `sh.shardCollection`, and tables of a VSchema
of Vitess. Looked at are queries of one table whose conditions are known; where a condition cannot be read, or in what runs apart from
requests, such as migrations, scripts and jobs, nothing is said.

## Example

### Python

`migrations/0002_distribute.sql`
```sql
SELECT create_distributed_table('orders', 'customer_id');
```

`app/orders.py`
```python
import psycopg


def one(conn: psycopg.Connection, customer: int, id: int):
    return conn.execute("SELECT id, total FROM orders WHERE customer_id = %s AND id = %s", (customer, id)).fetchone()


def cancel(conn: psycopg.Connection, id: int):
    conn.execute("UPDATE orders SET status = 'off' WHERE id = %s", (id,))  # finding
```

Use instead:

`app/orders.py`
```python
import psycopg


def one(conn: psycopg.Connection, customer: int, id: int):
    return conn.execute("SELECT id, total FROM orders WHERE customer_id = %s AND id = %s", (customer, id)).fetchone()


def cancel(conn: psycopg.Connection, customer: int, id: int):
    conn.execute("UPDATE orders SET status = 'off' WHERE customer_id = %s AND id = %s", (customer, id))
```

### TypeScript

`vschema.json`
```json
{ "sharded": true, "tables": { "orders": { "column_vindexes": [{ "column": "customer_id", "name": "hash" }] } } }
```

`src/orders.ts`
```typescript
import { Pool } from "pg";

const pool = new Pool();

export const cancel = (id: string) => pool.query("UPDATE orders SET status = 'off' WHERE id = $1", [id]);  // finding
```

Use instead:

`src/orders.ts`
```typescript
import { Pool } from "pg";

const pool = new Pool();

export const cancel = (customer: string, id: string) =>
  pool.query("UPDATE orders SET status = 'off' WHERE customer_id = $1 AND id = $2", [customer, id]);
```

### Go

`migrations/0002_distribute.sql`
```sql
SELECT create_distributed_table('orders', 'customer_id');
```

`orders.go`
```go
package orders

import "database/sql"

func cancel(db *sql.DB, id int64) error {
	_, err := db.Exec("UPDATE orders SET status = 'off' WHERE id = $1", id)  // finding
	return err
}
```

Use instead:

`orders.go`
```go
package orders

import "database/sql"

func cancel(db *sql.DB, customer, id int64) error {
	_, err := db.Exec("UPDATE orders SET status = 'off' WHERE customer_id = $1 AND id = $2", customer, id)
	return err
}
```

### Java

`src/main/resources/db/migration/V2__distribute.sql`
```sql
SELECT create_distributed_table('orders', 'customer_id');
```

`src/main/java/shop/Orders.java`
```java
package shop;

import org.springframework.jdbc.core.JdbcTemplate;

class Orders {
  private final JdbcTemplate jdbc;

  Orders(JdbcTemplate jdbc) {
    this.jdbc = jdbc;
  }

  void cancel(long id) {
    jdbc.update("UPDATE orders SET status = 'off' WHERE id = ?", id);  // finding
  }
}
```

Use instead:

`src/main/java/shop/Orders.java`
```java
package shop;

import org.springframework.jdbc.core.JdbcTemplate;

class Orders {
  private final JdbcTemplate jdbc;

  Orders(JdbcTemplate jdbc) {
    this.jdbc = jdbc;
  }

  void cancel(long customer, long id) {
    jdbc.update("UPDATE orders SET status = 'off' WHERE customer_id = ? AND id = ?", customer, id);
  }
}
```

### Rust

`migrations/0002_distribute.sql`
```sql
SELECT create_distributed_table('orders', 'customer_id');
```

`src/orders.rs`
```rust
pub async fn cancel(pool: &sqlx::PgPool, id: i64) {
    sqlx::query("UPDATE orders SET status = 'off' WHERE id = $1").bind(id).execute(pool).await;  // finding
}
```

Use instead:

`src/orders.rs`
```rust
pub async fn cancel(pool: &sqlx::PgPool, customer: i64, id: i64) {
    sqlx::query("UPDATE orders SET status = 'off' WHERE customer_id = $1 AND id = $2").bind(customer).bind(id).execute(pool).await;
}
```

## Fix
None: where the key comes from is known to whoever calls.

## References
Citus documentation, Querying Distributed Tables · MongoDB manual, Targeted Operations vs. Broadcast Operations · Vitess documentation,
VSchema
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from architrave.facts.data import Query, ShardKey
from architrave.findings import Finding, Related
from architrave.model.graph import Model
from architrave.model.tools import is_for_all, is_test, is_tool
from architrave.rule import rule
from architrave.text import Location

_NESTED = frozenset({"OR", "AND", "NOT", "$or", "$and", "$nor", "$expr"})  # What they ask for is not known.


@rule(severity="warning", since="0.1")
def shard_key_missing(model: Model) -> Iterator[Finding]:
    keys: dict[tuple[str, str], list[tuple[str, ShardKey]]] = defaultdict(list)
    for path, key in model.each(ShardKey):
        if not is_test(path):
            keys[model.services.of(path), key.table.lower()].append((path, key))
    if not keys:
        return
    for path, table, query in model.in_each(Query, _filtered):
        service = model.services.of(path)
        known = keys.get((service, table)) or keys.get(("", table)) or []
        if len(known) != 1 or is_test(path) or is_tool(model, path) or is_for_all(path, query.function):
            continue
        where, key = known[0]
        named = {_plain(name) for name in query.filters}
        if _NESTED.intersection(query.filters) or any(_plain(column) in named for column in key.columns[:1]):
            continue
        shard = ", ".join(key.columns)
        yield Finding(
            model.at(path, query.span),
            f"`{table}` is sharded by `{shard}`, which this query does not name: every server is asked",
            f"{table} {query.kind} {query.function}",
            (f"filters by {', '.join(f'`{name}`' for name in query.filters)}", f"{key.tool}: {shard}"),
            (Related(Location(where, key.span), f"It is sharded by `{shard}` here"),),
        )


def _filtered(model: Model, path: str, query: Query) -> Iterator[tuple[str, str, Query]]:
    """Yield a query of one table whose conditions are known."""
    tables = model.data.tables(path, query) if query.filters else ()
    if len(tables) == 1 and query.kind in ("select", "update", "delete") and not query.dynamic:
        yield path, tables[0].lower().rpartition(".")[2], query


def _plain(name: str) -> str:
    """`orders.customer_id`, `customerId` and Django's `customer` are one."""
    bare = name.partition("__")[0].rpartition(".")[2].replace("_", "").lower()
    return bare.removesuffix("id") or bare
