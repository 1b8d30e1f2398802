"""A table of Supabase has no row level security: whoever has the key of the page may read and write all of it.

## Why it matters
Supabase answers HTTP requests for every table of the schema `public`, and the key for that is in the page that it was made for. The only
thing between a visitor and the rows of all other visitors is row level security. A table that a migration makes has none until `ENABLE
ROW LEVEL SECURITY` says so: one request with the public key reads it whole, another one empties it.

The migrations of `supabase/migrations` are followed to the end. A table is left out when something switches security on for tables that
are not named, when its rights are taken from `anon`, and when `supabase/config.toml` does not show the schema. Where code asks the table,
or Supabase's client is among its packages, it is a warning, else information. A table with security on and no policy gives nobody
anything: that is information where a client with the public key asks it.

## Example

### SQL

`supabase/migrations/20250101000000_orders.sql`
```sql
CREATE TABLE public.orders (  -- finding
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES auth.users (id),
    total_cents bigint NOT NULL
);
CREATE INDEX orders_user_id_idx ON public.orders (user_id);
```

`src/orders.ts`
```typescript
import { createClient } from "@supabase/supabase-js";

const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!);

export const orders = () => supabase.from("orders").select("id, total_cents").limit(50);
```

Use instead:

`supabase/migrations/20250101000001_secure_rows.sql`
```sql
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY orders_of_their_user ON orders TO authenticated
    USING (user_id = (SELECT auth.uid())) WITH CHECK (user_id = (SELECT auth.uid()));
```

### TypeScript

`supabase/migrations/20250101000000_reviews.sql`
```sql
CREATE TABLE reviews (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, stars integer NOT NULL);
ALTER TABLE reviews ENABLE ROW LEVEL SECURITY;
```

`src/reviews.ts`
```typescript
import { createClient } from "@supabase/supabase-js";

const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!);

export const reviews = () => supabase.from("reviews").select("id, stars").limit(50);  // finding
```

Use instead:

`supabase/migrations/20250101000000_reviews.sql`
```sql
CREATE TABLE reviews (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, stars integer NOT NULL);
ALTER TABLE reviews ENABLE ROW LEVEL SECURITY;
CREATE POLICY reviews_for_all ON reviews FOR SELECT TO anon USING (true);
```

### Python

`supabase/migrations/20250101000000_notes.sql`
```sql
CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text NOT NULL);  -- finding
```

`app/notes.py`
```python
import os

from supabase import create_client

supabase = create_client(os.environ["SUPABASE_URL"], os.environ["SUPABASE_SERVICE_ROLE_KEY"])


def notes():
    return supabase.table("notes").select("id, text").limit(50).execute()
```

Use instead:

`supabase/migrations/20250101000001_secure_rows.sql`
```sql
-- No policy yet: until there is one, only the service role reads and writes.
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
```

## Fix
The next migration switches security on for all such tables of the project, with a policy for the rows of each user where a column says
whose they are, and without one where none does; none where a page reads a table of which no column says whose its rows are. Not for
tables that have security and no policy. It is not applied unseen: what a page could read until now it may not be able to any more.

## References
Supabase splinter 0013 RLS disabled in public · PostgreSQL, Row Security Policies · CWE-862 · OWASP API1:2023 Broken Object Level
Authorization
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from architrave.facts.data import Migration, RowSecurity, TableAccess
from architrave.facts.deployment import Manifest
from architrave.findings import Edit, Finding, Fix, Related
from architrave.model.graph import Model
from architrave.model.next_migration import next_migration
from architrave.model.schema import SchemaTable, quoted
from architrave.model.tools import is_test
from architrave.rule import rule
from architrave.text import FILE_START, Location

_OWNERS = ("user_id", "owner_id", "profile_id", "author_id", "created_by", "owner")
_Access = tuple[str, TableAccess]


@dataclass
class _Project:
    """What the migrations of one folder `supabase` say of its tables."""

    secured: dict[str, Location] = field(default_factory=dict)
    policies: set[str] = field(default_factory=set)
    revoked: set[str] = field(default_factory=set)
    is_closed: bool = False  # By something that names no table, or for all of them.


@rule(severity="warning", since="0.1")
def supabase_rls_disabled(model: Model) -> Iterator[Finding]:
    projects = _projects(model)
    asked: dict[str, list[_Access]] = defaultdict(list)
    for path, access in model.each(TableAccess):
        if not is_test(path):
            asked[_plain(access.table) or access.table].append((path, access))
    has_client = bool(asked) or any("supabase" in name for _, manifest in model.each(Manifest) for name in manifest.dependencies)
    tools = {path: migration.tool for path, migration in model.each(Migration)}
    open_: dict[str, list[SchemaTable]] = defaultdict(list)
    for table in model.data.migrated.tables:
        path, name = table.location.path, _plain(table.name)
        root = _root(path)
        if root is None or tools.get(path) != "supabase" or not name or not table.is_complete:
            continue
        project = projects.get(root, _Project())
        if project.is_closed or name in project.revoked:
            continue
        if name not in project.secured:
            open_[root].append(table)
        elif name not in project.policies:
            by_anybody = [item for item in asked[name] if item[1].is_service is False]
            if by_anybody:
                yield _without_policy(model, table, by_anybody)
    for tables in open_.values():
        fix = _fix(model, tables, asked)
        for table in tables:
            yield _finding(model, table, asked[_plain(table.name)], has_client, fix)


def _projects(model: Model) -> dict[str, _Project]:
    found: dict[str, _Project] = defaultdict(_Project)
    for path, item in model.each(RowSecurity):  # By path, so in the order of the migrations, whose names begin with their time.
        root = _root(path)
        if root is None:
            continue
        project, name = found[root], _plain(item.table)
        if item.kind == "unexposed" or not item.table:
            project.is_closed = True
        elif item.kind == "enabled":
            project.secured[name] = model.at(path, item.span)
        elif item.kind == "disabled":
            project.secured.pop(name, None)
        elif item.kind == "policy":
            project.policies.add(name)
        else:
            project.revoked.add(name)
    return found


def _root(path: str) -> str | None:
    """Return the folder `supabase` that a file lies in."""
    before, found, _ = f"/{path}".rpartition("/supabase/")
    return before if found else None


def _plain(name: str) -> str:
    """Return the name of a table in the schema `public`, "" for one of another."""
    owner, _, bare = name.lower().rpartition(".")
    return bare if owner in ("", "public") else ""


def _finding(model: Model, table: SchemaTable, asked: list[_Access], has_client: bool, fix: Fix | None) -> Finding:
    return Finding(
        table.location,
        f"`{table.name}` has no row level security: the public key of Supabase reads and writes all of it",
        f"{table.name} without security",
        (),
        tuple(Related(model.at(path, access.span), f"`{access.table}` is asked here") for path, access in asked[:5]),
        fix=fix,
        severity=None if has_client else "information",
    )


def _without_policy(model: Model, table: SchemaTable, asked: list[_Access]) -> Finding:
    path, access = asked[0]
    return Finding(
        model.at(path, access.span),
        f"`{table.name}` has row level security and no policy: with the public key it is always empty",
        f"{table.name} without policy",
        (),
        (Related(table.location, f"`{table.name}` is made here"),),
        severity="information",
    )


def _fix(model: Model, tables: list[SchemaTable], asked: dict[str, list[_Access]]) -> Fix | None:
    last = max(tables, key=lambda table: table.location)
    following = next_migration(model, last.location.path)
    if following is None:
        return None
    lines = []
    for table in tables:
        name = quoted(table.name)
        owner = next((column for key in _OWNERS if (column := table.column(key)) is not None and column.type.startswith("uuid")), None)
        if owner is None:
            if any(access.is_service is False for _, access in asked[_plain(table.name)]):
                return None  # Pages read it: who may read what is for its author to say.
            lines.append("-- No policy yet: until there is one, only the service role reads and writes.")
        lines.append(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;")
        if owner is not None:
            own = f"({quoted(owner.name)} = (SELECT auth.uid()))"
            lines.append(f"CREATE POLICY {quoted(f'{_plain(table.name)}_of_their_user')} ON {name} TO authenticated")
            lines.append(f"    USING {own} WITH CHECK {own};")
    files = following.files("secure_rows", "\n".join(lines), "SELECT 1;")
    what = f"`{tables[0].name}`" if len(tables) == 1 else f"the {len(tables)} tables without it"
    return Fix(f"Switch row level security on for {what}", tuple(Edit(Location(path, FILE_START), text) for path, text in files.items()))
