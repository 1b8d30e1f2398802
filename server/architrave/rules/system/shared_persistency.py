"""Two services keep their data in one database.

## Why it matters
A table that two services read is a contract that nobody wrote down. Neither team may change a column without the other, a migration of one
locks the other out, and a load peak of one empties the connection pool of both. The services can be deployed apart but not changed apart.

Databases are compared by host and name, as connection settings in compose, Kubernetes, `.env` files and code give them. Different schemas
of one database are kept apart. Addresses of the developer's own machine are not compared.

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

## Fix
None.

## References
D. Taibi and V. Lenarduzzi, On the Definition of Microservice Bad Smells, 2018: shared persistency · C. Richardson, Database per service
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from architrave.facts.data import Database, Query
from architrave.findings import Finding, Related
from architrave.model.graph import Model
from architrave.rule import rule
from architrave.urls import LOCAL

_WRITES = ("insert", "update", "delete")


@rule(severity="information", since="0.1")
def shared_persistency(model: Model) -> Iterator[Finding]:
    users: dict[tuple[str, str, str], dict[str, tuple[str, Database]]] = defaultdict(dict)
    for path, database in model.each(Database):
        if database.host in LOCAL or "$" in database.host or not database.name:
            continue
        for service in model.deployment.owners(path, database.owner):
            users[database.engine, database.host, database.name].setdefault(service, (path, database))
    shared = {key: services for key, services in users.items() if len(services) > 1}
    if not shared:
        return
    writers = {model.services.of(path) for path, query in model.each(Query) if query.kind in _WRITES}
    for (engine, host, name), services in shared.items():
        ordered = sorted(services.items(), key=lambda item: (item[1][0], item[1][1].span, item[0]))
        last, (path, database) = ordered[-1]
        others = [f"`{service or '.'}`" for service, _ in ordered[:-1]]
        related = tuple(Related(model.at(where, item.span), f"`{service or '.'}` uses it too") for service, (where, item) in ordered[:-1])
        yield Finding(
            model.at(path, database.span),
            f"`{last or '.'}` keeps its data in the {engine} database `{host}/{name}` of {', '.join(others)}",
            f"{host}/{name}",
            evidence=tuple(f"{service or '.'}: {host}/{name}" for service, _ in ordered),
            related=related,
            severity="warning" if len(writers & set(services)) > 1 else None,
        )
