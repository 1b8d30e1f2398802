"""A serverless function opens connections to PostgreSQL or MySQL itself, with no pooler between.

## Why it matters
A platform starts a copy of a function for each request that it has at a time, and each copy holds connections of its own, also after it has
answered, until it is thrown away. A pool inside the function cannot help, as nobody shares it. At two hundred requests at once a database
that takes a hundred connections refuses the rest, for all other services too. A pooler (RDS Proxy, PgBouncer, the poolers of Supabase and
Neon, Prisma Accelerate) lets all copies share a few.

It is said where the address is known: the literal in the code, or what the deployment files set the setting to. Ports and hosts of poolers,
`pgbouncer=true` and local addresses are silent.

## Options
- `depth`: how many calls inside the workspace are followed from a function.

## Example

### TypeScript, AWS Lambda

`serverless.yml`
```yaml
service: shop
provider:
  name: aws
  environment:
    DATABASE_URL: postgres://shop@shop.abc.eu-west-1.rds.amazonaws.com:5432/shop
functions:
  orders:
    handler: src/orders.handler
```

`src/orders.ts`
```typescript
import { Pool } from "pg";

const pool = new Pool({ connectionString: process.env.DATABASE_URL });  // finding

export const handler = async () => (await pool.query("SELECT id FROM orders LIMIT 50")).rows;
```

Use instead:

`serverless.yml`
```yaml
service: shop
provider:
  name: aws
  environment:
    DATABASE_URL: postgres://shop@shop.proxy-abc.eu-west-1.rds.amazonaws.com:5432/shop
functions:
  orders:
    handler: src/orders.handler
```

### Python, AWS SAM

`template.yaml`
```yaml
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: orders/
      Handler: app.handler
      Environment:
        Variables:
          DATABASE_URL: mysql://shop@shop.abc.eu-west-1.rds.amazonaws.com/shop
          DATABASE_POOLED_URL: mysql://shop@shop.proxy-abc.eu-west-1.rds.amazonaws.com/shop
```

`orders/app.py`
```python
import os

from sqlalchemy import create_engine, text

engine = create_engine(os.environ["DATABASE_URL"])  # finding


def handler(event, context):
    with engine.connect() as connection:
        return connection.execute(text("SELECT count(*) FROM orders")).scalar()
```

Use instead:

`orders/app.py`
```python
import os

from sqlalchemy import create_engine, text

engine = create_engine(os.environ["DATABASE_POOLED_URL"])


def handler(event, context):
    with engine.connect() as connection:
        return connection.execute(text("SELECT count(*) FROM orders")).scalar()
```

### TypeScript, Supabase

`supabase/functions/report/index.ts`
```typescript
import postgres from "https://deno.land/x/postgresjs@v3.4.4/mod.js";

const sql = postgres(Deno.env.get("SUPABASE_DB_URL")!);  // finding

Deno.serve(async () => Response.json(await sql`select count(*) from orders`));
```

Use instead:

`supabase/functions/report/index.ts`
```typescript
import postgres from "https://deno.land/x/postgresjs@v3.4.4/mod.js";

const sql = postgres(Deno.env.get("POOLER_URL")!, { prepare: false });

Deno.serve(async () => Response.json(await sql`select count(*) from orders`));
```

## Fix
Where the deployment files set one other setting to the address of a pooler for the same engine, that one is read. Not safe: poolers in
transaction mode keep no session, so prepared statements and `SET` do not work through all of them.

## References
Supabase documentation, Connect to your database · Vercel documentation, Connection Pooling with Functions · AWS documentation, Using Amazon
RDS Proxy with AWS Lambda · SonarSource S6243
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.facts.api import Client
from architrave.facts.deployment import ServerlessFunction, SettingRead
from architrave.facts.values import Replacement
from architrave.findings import Finding, Fix, Related
from architrave.model.functions import functions
from architrave.model.graph import Model
from architrave.regexes import regex
from architrave.rule import fix, rule
from architrave.text import Location, Span
from architrave.urls import LOCAL, database, split

_POOLED = regex(r"pooler|proxy|pgbouncer|pgcat|accelerate|supavisor|-pool\b|:6543\b|:6432\b", re.IGNORECASE)
_POOLED_KEY = regex(r"POOL|PROXY|BOUNCER|ACCELERATE", re.IGNORECASE)
_ENGINES = {"postgresql": "PostgreSQL", "mysql": "MySQL"}
_PORTS = {5432: "postgresql", 3306: "mysql"}
_SUPABASE = "SUPABASE_DB_URL"  # What the platform sets to the address of the database itself.


@rule(severity="warning", since="0.1")
def serverless_direct_db(model: Model, *, depth: int = 2) -> Iterator[Finding]:
    seen: set[Location] = set()
    for path, function, place in functions(model):
        files = {place.path, *(reached.path for reached, _ in model.calls.reached(place, depth))} if place.name else {place.path}
        files |= {target for item, target in model.imports.get(place.path, ()) if not item.is_type_only and target in model.files}
        for file in sorted(files):
            for client in model.of(file, Client):
                location = model.at(file, client.span)
                engine = _engine(model, file, path, function, client) if client.kind == "database" and location not in seen else None
                if engine is not None:
                    seen.add(location)
                    yield _finding(model, location, client, engine, path, function)


def _engine(model: Model, path: str, where: str, function: ServerlessFunction, client: Client) -> str | None:
    """Return the engine that a client is connected to directly, None where it is not known to be."""
    if client.setting == _SUPABASE and function.platform == "Supabase":
        return "postgresql"
    if client.base_url:
        host, _, port = client.base_url.rpartition(":")
        known = _PORTS.get(int(port)) if port.isdigit() else None
        return known if known and host not in LOCAL and not _POOLED.search(client.base_url) else None
    if not client.setting or _POOLED_KEY.search(client.setting):
        return None
    found = {_direct(value) for value in model.deployment.values(model.services.of(path), client.setting)}
    return found.pop() if len(found) == 1 else None


def _direct(value: str) -> str | None:
    """Return the engine of an address that leads to a database itself."""
    known, url = database(value), split(value)
    if known is None or url is None or known[0] not in _ENGINES or known[1] in LOCAL or "." not in known[1]:
        return None
    return None if _POOLED.search(value) else known[0]


def _finding(model: Model, location: Location, client: Client, engine: str, where: str, function: ServerlessFunction) -> Finding:
    is_each = bool(client.function) and not client.is_cached
    how = "each of its invocations connects" if is_each else "each of its copies connects"
    return Finding(
        location,
        f"`{function.name}` runs on {function.platform}, and {how} to {_ENGINES[engine]} directly, without a pooler",
        f"{client.library} {client.setting or client.base_url}",
        (f"{client.setting or client.base_url} leads to the database itself",),
        (Related(model.at(where, function.span), f"{function.platform} runs it"),),
        _fix(model, location, client, engine),
    )


def _fix(model: Model, location: Location, client: Client, engine: str) -> Fix | None:
    """Read the one setting that leads to a pooler."""
    service = model.services.of(location.path)
    declared = model.deployment.settings(service).declared
    pooled = [
        key
        for key, items in declared.items()
        if key != client.setting
        and items
        and all(_POOLED.search(item.declaration.value) and (database(item.declaration.value) or ("",))[0] == engine for item in items)
    ]
    places = [span for item in model.of(location.path, SettingRead) if item.key == client.setting and (span := _key(item)) is not None]
    if len(pooled) != 1 or len(places) != 1:
        return None
    return fix(f"Read `{pooled[0]}`", location.path, (Replacement(places[0], pooled[0]),))


def _key(read: SettingRead) -> Span | None:
    """Return where the key itself is written, when that can be told: alone, in quotes, or as `os.environ["KEY"]`."""
    span, size = read.key_span or read.span, len(read.key)
    around = span.end - span.start - size
    if around == len('os.environ[""]') and read.is_required:
        return Span(span.end - size - 2, span.end - 2, span.chunk)
    if around == len("process.env."):
        return Span(span.end - size, span.end, span.chunk)
    return Span(span.start + around // 2, span.end - around // 2, span.chunk) if around in (0, 2) else None
