"""All processes of a service together open more connections than the database takes.

## Why it matters
A pool is sized for one process, but every process of every replica has its own. PostgreSQL takes 100 connections unless it is told
otherwise. When traffic, a rollout or an autoscaler brings all of them up, the database refuses the next connection with `too many clients
already`, and it refuses them to everyone: migrations, backups, and the person who wants to see what is wrong.

## Options
- `reserved`: how many connections are kept free for others when a fix computes a size.

## Example

### Python, SQLAlchemy

`orders/requirements.txt`
```text
sqlalchemy
psycopg
```

`orders/database.py`
```python
from sqlalchemy import create_engine

engine = create_engine("postgresql://db/orders", pool_size=20, max_overflow=20)  # finding
#        ^^^^^^^^^^^^^
```

`orders/Dockerfile`
```dockerfile
FROM python:3.12
COPY . .
CMD ["gunicorn", "--workers", "2", "orders.app"]
```

`deploy/orders.yaml`
```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: orders
spec:
  replicas: 3
  template:
    spec:
      containers:
        - name: orders
          image: shop/orders:1
---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: db
spec:
  replicas: 1
  template:
    metadata:
      labels:
        app: db
    spec:
      containers:
        - name: postgres
          image: postgres:16
---
apiVersion: v1
kind: Service
metadata:
  name: db
spec:
  selector:
    app: db
```

Use instead:

`orders/database.py`
```python
from sqlalchemy import create_engine

engine = create_engine("postgresql://db/orders", pool_size=15, max_overflow=0)
```

### TypeScript, node-postgres

`orders/package.json`
```json
{ "name": "orders", "dependencies": { "pg": "8" } }
```

`orders/src/database.ts`
```typescript
import { Pool } from "pg";

export const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 50 });  // finding
```

`orders/Dockerfile`
```dockerfile
FROM node:22
COPY . .
```

`docker-compose.yml`
```yaml
services:
  orders:
    build: ./orders
    environment:
      DATABASE_URL: postgres://shop:shop@db:5432/orders
    deploy:
      replicas: 3
  db:
    image: postgres:16
    command: postgres -c max_connections=120
```

Use instead:

`orders/src/database.ts`
```typescript
import { Pool } from "pg";

export const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 36 });
```

### Go

`orders/go.mod`
```text
module example.com/orders

require github.com/lib/pq v1.10.9
```

`orders/main.go`
```go
package main

import "database/sql"

func open(url string) (*sql.DB, error) {
	db, err := sql.Open("postgres", url)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(60)  // finding
	return db, nil
}
```

`docker-compose.yml`
```yaml
services:
  orders:
    build: ./orders
    environment:
      DATABASE_URL: postgres://shop:shop@db:5432/orders
    deploy:
      replicas: 2
  db:
    image: postgres:16
```

Use instead:

`orders/main.go`
```go
package main

import "database/sql"

func open(url string) (*sql.DB, error) {
	db, err := sql.Open("postgres", url)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(45)
	return db, nil
}
```

### Java, HikariCP

`orders/pom.xml`
```xml
<project><groupId>com.shop</groupId><artifactId>orders</artifactId></project>
```

`orders/src/main/resources/application.yml`
```yaml
spring:
  datasource:
    url: ${DATABASE_URL}
    hikari:
      maximum-pool-size: 40  # finding
```

`docker-compose.yml`
```yaml
services:
  orders:
    build: ./orders
    environment:
      DATABASE_URL: jdbc:postgresql://db:5432/orders
    deploy:
      replicas: 3
  db:
    image: postgres:16
```

Use instead:

`orders/src/main/resources/application.yml`
```yaml
spring:
  datasource:
    url: ${DATABASE_URL}
    hikari:
      maximum-pool-size: 30
```

### Rust, sqlx

`orders/Cargo.toml`
```toml
[package]
name = "orders"
version = "0.1.0"

[dependencies]
sqlx = { version = "0.8", features = ["postgres"] }
```

`orders/src/main.rs`
```rust
use sqlx::postgres::PgPoolOptions;

async fn pool(url: &str) -> sqlx::Result<sqlx::PgPool> {
    PgPoolOptions::new().max_connections(50).connect(url).await  // finding
}
```

`docker-compose.yml`
```yaml
services:
  orders:
    build: ./orders
    environment:
      DATABASE_URL: postgres://shop:shop@db:5432/orders
    deploy:
      replicas: 4
  db:
    image: postgres:16
```

Use instead:

`orders/src/main.rs`
```rust
use sqlx::postgres::PgPoolOptions;

async fn pool(url: &str) -> sqlx::Result<sqlx::PgPool> {
    PgPoolOptions::new().max_connections(22).connect(url).await
}
```

## Fix
Each process gets an equal share of what the database takes, less what is reserved, where the service has the database for itself and its
pool has a size in the code. Not safe: fewer connections may mean that requests wait for one.

## References
PostgreSQL documentation, max_connections · HikariCP documentation, About Pool Sizing
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from msgspec.structs import replace

from architrave.facts.data import Database, Pool
from architrave.facts.deployment import Resource
from architrave.findings import Finding, Fix, Related
from architrave.model.graph import Model
from architrave.model.scaling import Scale, scales
from architrave.model.services import Running
from architrave.model.tools import is_test, is_tool
from architrave.regexes import regex
from architrave.rule import fix, rule
from architrave.text import Location

_ENGINES = {"postgresql": 100, "mysql": 151}  # Connections that an engine takes unless it is told otherwise.
_IMAGES = regex(r"(^|/)(bitnami/)?(postgres|postgresql|postgis|timescaledb|mysql|mariadb)(:|$|@)")
_TOLD = regex(r"max[_-]connections[= ](\d+)")
# Memory of the classes of Amazon RDS in GiB; PostgreSQL there takes one connection for each 9,531,392 bytes of it.
_MEMORY = {"micro": 1, "small": 2, "medium": 4, "large": 8, "xlarge": 16, "2xlarge": 32}
_BYTES_A_CONNECTION = 9_531_392
_MANAGED = ("aws_db_instance", "aws_rds_cluster", "google_sql", "azurerm_postgresql", "azurerm_mysql")


class _Limit(NamedTuple):
    connections: int
    because: str
    location: Location | None


class _User(NamedTuple):
    """A service that keeps its data in a database: its pool, and how often it runs."""

    service: str
    path: str
    pool: Pool
    scales: tuple[Scale, ...]

    @property
    def processes(self) -> int:
        return sum(scale.processes for scale in self.scales)

    @property
    def connections(self) -> int:
        return self.processes * self.pool.maximum


@rule(severity="warning", since="0.1")
def pool_oversubscribed(model: Model, *, reserved: int = 10) -> Iterator[Finding]:
    users = _users(model)
    if not users:
        return
    hosts = _hosts(model)
    shared: dict[str, list[_User]] = defaultdict(list)
    for user in users:
        limit = _limit(model, user, hosts.get(user.service, ""))
        if user.connections > limit.connections:
            yield _finding(model, user, limit, reserved)
        elif hosts.get(user.service) and all(scale.kind == "compose" for scale in user.scales):
            shared[hosts[user.service]].append(user)
    for host, together in sorted(shared.items()):
        limit = _limit(model, together[0], host)
        total = sum(user.connections for user in together)
        if len(together) > 1 and total > limit.connections:
            yield _sum(model, sorted(together, key=lambda user: -user.connections), limit, total, host)


def _users(model: Model) -> list[_User]:
    pools: dict[str, list[tuple[str, Pool]]] = defaultdict(list)
    for path, pool in model.each(Pool):
        if not is_test(path) and not is_tool(model, path):
            pools[model.services.of(path)].append((path, pool))
    found = []
    for service, kept in sorted(pools.items()):
        path, pool = max(kept, key=lambda item: item[1].maximum)
        running = tuple(scales(model, service))
        # Several workloads of one image: not all of them may open the pool.
        if len(running) == 1 and not pool.is_default and model.data.engine(path) in _ENGINES:
            found.append(_User(service, path, pool, running))
    return found


def _hosts(model: Model) -> dict[str, str]:
    """The one host that each service keeps its data at."""
    found: dict[str, set[str]] = defaultdict(set)
    for path, database in model.each(Database):
        for service in model.deployment.owners(path, database.owner) if database.owner else (model.services.of(path),):
            found[service].add(database.host)
    return {service: next(iter(hosts)) for service, hosts in found.items() if len(hosts) == 1}


def _limit(model: Model, user: _User, host: str) -> _Limit:
    engine = model.data.engine(user.path)
    for running in model.services.running:
        if _IMAGES.search(running.workload.image) and (running.workload.name == host or _is_only(model, running)):
            told = _TOLD.search(" ".join(running.workload.command))
            if told or not _is_managed(model):
                number = int(told[1]) if told else _ENGINES[engine]
                because = f"max_connections is {number}" if told else f"{engine} takes {number} unless it is told otherwise"
                return _Limit(number, because, Location(running.path, running.workload.span))
    for path, resource in model.each(Resource):
        name = dict(resource.attributes).get("instance_class", "").rpartition(".")[2]
        if resource.type == "aws_db_instance" and engine == "postgresql" and name in _MEMORY:
            number = _MEMORY[name] * 2**30 // _BYTES_A_CONNECTION
            return _Limit(number, f"a {name} instance of RDS takes {number}", Location(path, resource.span))
    return _Limit(_ENGINES[engine], f"{engine} takes {_ENGINES[engine]} unless it is told otherwise", None)


def _is_only(model: Model, running: Running) -> bool:
    return sum(1 for item in model.services.running if _IMAGES.search(item.workload.image)) == 1


def _is_managed(model: Model) -> bool:
    """Whether a cloud keeps the databases, so that one of compose is for people's own machines."""
    return any(resource.type.startswith(_MANAGED) for _, resource in model.each(Resource))


def _finding(model: Model, user: _User, limit: _Limit, reserved: int) -> Finding:
    scale = user.scales[0]
    factors = [str(part) for part in (scale.replicas, scale.workers, user.pool.maximum) if part is not None and part > 1]
    name, total = scale.name or user.service or ".", " x ".join(factors)
    related = [Related(scale.location, scale.because)]
    if limit.location is not None:
        related.append(Related(limit.location, limit.because))
    return Finding(
        model.at(user.path, user.pool.span),
        f"`{name}` may open {user.connections} connections ({total}); {limit.because}",
        f"pool of {user.service}",
        (f"{user.pool.library}: {user.pool.maximum} a process", f"{user.processes} processes", limit.because),
        tuple(related),
        _fix(user, limit, reserved),
        None if limit.location is not None else "information",
    )


def _sum(model: Model, users: list[_User], limit: _Limit, total: int, host: str) -> Finding:
    first = users[0]
    parts = ", ".join(f"{user.service or '.'} {user.connections}" for user in users)
    return Finding(
        model.at(first.path, first.pool.span),
        f"{len(users)} services may open {total} connections to `{host}` ({parts}); {limit.because}",
        f"pools at {host}",
        tuple(f"{user.service or '.'}: {user.connections}" for user in users),
        tuple(Related(model.at(user.path, user.pool.span), f"the pool of `{user.service or '.'}`") for user in users[1:]),
        severity=None if limit.location is not None else "information",
    )


def _fix(user: _User, limit: _Limit, reserved: int) -> Fix | None:
    size = (limit.connections - reserved) // user.processes
    if size < 1 or not user.pool.fix:
        return None
    edits = [replace(item, text=item.text.replace("{size}", str(size))) for item in user.pool.fix]
    return fix(f"Let each process have {size}", user.path, edits)
