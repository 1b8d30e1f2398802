"""A number is read, changed in the program and written back, and nothing keeps others from doing the same.

## Why it matters
Two requests read a balance of 100 at the same moment; one takes 30 off, the other 50. Both write what they have worked out, the second
overwrites the first, and 30 have never been taken. No error is raised and no test with one user sees it; it begins with the first two
requests that meet. A transaction alone does not help: below SERIALIZABLE both may read before either writes. The database can count by
itself in one statement, lock the row while it is being changed, or refuse an update of a row that has changed since it was read.

## Example

### Python, Django

`bank/views.py`
```python
from bank.models import Account
from django.db import models
from django.http import HttpResponse
from django.shortcuts import get_object_or_404


def withdraw(request, pk):
    account = get_object_or_404(Account, pk=pk)
    account.balance -= 30  # finding
    account.save(update_fields=["balance"])
    return HttpResponse(status=204)
```

Use instead:

`bank/views.py`
```python
from bank.models import Account
from django.db import models
from django.http import HttpResponse
from django.shortcuts import get_object_or_404


def withdraw(request, pk):
    account = get_object_or_404(Account, pk=pk)
    account.balance = models.F("balance") - 30
    account.save(update_fields=["balance"])
    return HttpResponse(status=204)
```

### Python, SQLAlchemy

`app/accounts.py`
```python
from fastapi import APIRouter
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

router = APIRouter()


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    balance: Mapped[int]


@router.post("/accounts/{account_id}/withdrawals")
def withdraw(account_id: int, amount: int, session: Session):
    account = session.get(Account, account_id)
    account.balance -= amount  # finding
    session.commit()
```

Use instead:

`app/accounts.py`
```python
from fastapi import APIRouter
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

router = APIRouter()


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    balance: Mapped[int]


@router.post("/accounts/{account_id}/withdrawals")
def withdraw(account_id: int, amount: int, session: Session):
    account = session.get(Account, account_id, with_for_update=True)
    account.balance -= amount
    session.commit()
```

### TypeScript, Prisma

`src/accounts.ts`
```typescript
import { PrismaClient } from "@prisma/client";
import { Router } from "express";

const prisma = new PrismaClient();
export const router = Router();

router.post("/accounts/:id/withdrawals", async (req, res) => {
  const account = await prisma.account.findUnique({ where: { id: req.params.id } });
  await prisma.account.update({
    where: { id: req.params.id },
    data: { balance: account.balance - req.body.amount },  // finding
  });
  res.sendStatus(204);
});
```

Use instead:

`src/accounts.ts`
```typescript
import { PrismaClient } from "@prisma/client";
import { Router } from "express";

const prisma = new PrismaClient();
export const router = Router();

router.post("/accounts/:id/withdrawals", async (req, res) => {
  const account = await prisma.account.findUnique({ where: { id: req.params.id } });
  await prisma.account.update({
    where: { id: req.params.id },
    data: { balance: { decrement: req.body.amount } },
  });
  res.sendStatus(204);
});
```

### TypeScript, Mongoose

`src/accounts.ts`
```typescript
import { Router } from "express";
import mongoose from "mongoose";

const Account = mongoose.model("Account", new mongoose.Schema({ balance: Number }));
export const router = Router();

router.post("/accounts/:id/withdrawals", async (req, res) => {
  const account = await Account.findById(req.params.id);
  await Account.updateOne({ _id: req.params.id }, { $set: { balance: account.balance - req.body.amount } });  // finding
  res.sendStatus(204);
});
```

Use instead:

`src/accounts.ts`
```typescript
import { Router } from "express";
import mongoose from "mongoose";

const Account = mongoose.model("Account", new mongoose.Schema({ balance: Number }));
export const router = Router();

router.post("/accounts/:id/withdrawals", async (req, res) => {
  const account = await Account.findById(req.params.id);
  await Account.updateOne({ _id: req.params.id }, { $inc: { balance: -req.body.amount } });
  res.sendStatus(204);
});
```

### Go, database/sql

`accounts.go`
```go
package accounts

import (
	"database/sql"
	"net/http"
)

var db *sql.DB

func init() {
	http.HandleFunc("POST /accounts/{id}/withdrawals", withdraw)
}

func withdraw(w http.ResponseWriter, r *http.Request) {
	var balance int64
	id := r.PathValue("id")
	if err := db.QueryRow("SELECT balance FROM accounts WHERE id = $1", id).Scan(&balance); err != nil {
		http.NotFound(w, r)
		return
	}
	db.Exec("UPDATE accounts SET balance = $1 WHERE id = $2", balance-30, id)  // finding
}
```

Use instead:

`accounts.go`
```go
package accounts

import (
	"database/sql"
	"net/http"
)

var db *sql.DB

func init() {
	http.HandleFunc("POST /accounts/{id}/withdrawals", withdraw)
}

func withdraw(w http.ResponseWriter, r *http.Request) {
	db.Exec("UPDATE accounts SET balance = balance - $1 WHERE id = $2", 30, r.PathValue("id"))
}
```

### Java, Spring Data

`src/main/java/com/bank/Account.java`
```java
package com.bank;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;

@Entity
public class Account {
    @Id
    private Long id;
    private long balance;
}
```

`src/main/java/com/bank/AccountRepository.java`
```java
package com.bank;

import org.springframework.data.jpa.repository.JpaRepository;

public interface AccountRepository extends JpaRepository<Account, Long> {
}
```

`src/main/java/com/bank/Accounts.java`
```java
package com.bank;

import org.springframework.transaction.annotation.Transactional;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
class Accounts {
    private final AccountRepository accounts;

    Accounts(AccountRepository accounts) {
        this.accounts = accounts;
    }

    @Transactional
    @PostMapping("/accounts/{id}/withdrawals")
    void withdraw(@PathVariable long id) {
        Account account = accounts.findById(id).orElseThrow();
        account.setBalance(account.getBalance() - 30);  // finding
    }
}
```

Use instead:

`src/main/java/com/bank/Account.java`
```java
package com.bank;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Version;

@Entity
public class Account {
    @Id
    private Long id;
    private long balance;
    @Version
    private long version;
}
```

### Rust, sqlx

`src/accounts.rs`
```rust
use axum::{extract::{Path, State}, routing::post, Router};
use sqlx::PgPool;

pub fn router() -> Router<PgPool> {
    Router::new().route("/accounts/{id}/withdrawals", post(withdraw))
}

async fn withdraw(State(pool): State<PgPool>, Path(id): Path<i64>) {
    let balance: i64 = sqlx::query_scalar("SELECT balance FROM accounts WHERE id = $1").bind(id).fetch_one(&pool).await.unwrap();
    let update = sqlx::query("UPDATE accounts SET balance = $1 WHERE id = $2").bind(balance - 30);  // finding
    update.bind(id).execute(&pool).await.unwrap();
}
```

Use instead:

`src/accounts.rs`
```rust
use axum::{extract::{Path, State}, routing::post, Router};
use sqlx::PgPool;

pub fn router() -> Router<PgPool> {
    Router::new().route("/accounts/{id}/withdrawals", post(withdraw))
}

async fn withdraw(State(pool): State<PgPool>, Path(id): Path<i64>) {
    let update = sqlx::query("UPDATE accounts SET balance = balance - $1 WHERE id = $2").bind(30);
    update.bind(id).execute(&pool).await.unwrap();
}
```

## Fix
Django's attribute becomes an `F` expression where it is not looked at again, Prisma's value `increment` or `decrement`, and MongoDB's
`$set` an `$inc`. Not safe: a test of the value before it, such as whether the balance suffices, still looks at what was read.

## References
CWE-362, Concurrent Execution using Shared Resource with Improper Synchronization · M. Fowler, Patterns of Enterprise Application
Architecture, Optimistic Offline Lock
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.facts.code import Call, Field
from architrave.facts.data import Counted, Query, Transaction
from architrave.findings import Finding, Related
from architrave.locks import says_alone
from architrave.model.classes import Place
from architrave.model.entries import is_reached
from architrave.model.graph import Model
from architrave.model.schema import SchemaTable
from architrave.model.tools import is_one_off, is_test, is_tool
from architrave.regexes import regex
from architrave.rule import fix, rule

_NUMBER = regex(r"int|long|short|decimal|numeric|float|double|real|money|number|serial|[iuf](8|16|32|64|128)\b", re.IGNORECASE)
_COUNTERS = regex(
    r"(balance|amount|count|counter|total|stock|quantity|qty|credit|point|score|like|view|vote|hit|used|usage|remaining|available"
    r"|attempt|click|download|seat|inventory|money|coin|token)s?$",
    re.IGNORECASE,
)
_TIMED = regex(r"(_at|At|_on|date|Date|time|Time|until|Until|expiry|deadline)$")
_VERSION = regex(r"(^|_)(version|revision|etag|optlock)($|_)|^_?rev$|version$", re.IGNORECASE)
_VERSION_MARKS = frozenset({"Version", "VersionColumn", "VersionField"})
_READS = frozenset({"get_object_or_404", "aget_object_or_404"})  # What no query fact tells of.
_MAPPED = frozenset({"jpa", "spring-data", "sqlalchemy", "sqlmodel"})  # Libraries that write what has changed when a transaction ends.
_DEPTH = 2  # Calls between a function and the query that reads for it, or the lock that is held round it.


@rule(severity="warning", since="0.1")
def read_modify_write(model: Model) -> Iterator[Finding]:
    yield from model.in_each(Counted, _judged)


def _judged(model: Model, path: str, item: Counted) -> Iterator[Finding]:
    place = Place(path, item.function)
    if item.is_alone or item.is_time or _TIMED.search(item.member) or is_test(path) or is_tool(model, path) or is_one_off(model, path):
        return
    found = _of_argument(model, place, item) if item.call is not None else _of_row(model, place, item)
    if found is None:
        return
    reader, query, library = found
    if item.call is None and not _is_saved(model, place, item, library):
        return
    table = _table(model, reader, query, item)
    if not _is_counter(item, table) or (table is not None and _has_version(model, table)):
        return
    if any(_is_alone(model, other) for other in (reader, *_above(model, place)) if other != place):
        return
    name = f"{item.variable}.{item.member}" if item.variable else item.member
    verb = "counted down" if item.operator == "-" else "counted up"
    source = query.span if query is not None and reader == place else item.source
    yield Finding(
        model.at(path, item.span),
        f"`{name}` is {verb} from what was read before: of two that do so at once, one is lost",
        f"{item.function}: {name}",
        (f"`{name}` is read, {verb} and written back", "no lock, no version and no atomic update"),
        (Related(model.at(path, source), "it is read here"),) if source is not None else (),
        fix("Let the database count", path, item.fix) if item.fix_library == library else None,
        None if is_reached(model, place) else "information",
    )


def _above(model: Model, place: Place) -> Iterator[Place]:
    """Yield the functions that call one, and those that call these."""
    frontier, seen = [place], {place}
    for _ in range(_DEPTH):
        frontier = [caller.place for below in frontier for caller in model.calls.callers(below) if caller.place not in seen]
        seen.update(frontier)
        yield from frontier


_Read = tuple[Place, Query | None, str]  # The function that reads the row, its query if a fact tells of it, and the library.


def _of_row(model: Model, place: Place, item: Counted) -> _Read | None:
    """Return how the variable got its row; None where it may hold anything else."""
    if item.source is None:
        return None
    queries = _asked(model, place, "select")
    for query in queries:
        if item.source.contains(query.span) or (
            query.result == item.variable.partition(".")[0]
            and query.span.chunk == item.source.chunk
            and item.source.start <= query.span.start < item.span.start
        ):
            return place, query, query.library
    if item.asked.rpartition(".")[2] in _READS:
        return place, None, "django"
    declared = model.data.table_of(place.path, item.model) if item.model and not item.asked else None
    if declared is not None:
        return place, None, declared.library
    target = model.classes.find(place.path, item.asked) if item.asked else None
    if target is None:
        return None
    for reached, _ in model.calls.reached(model.classes.served_by(target), _DEPTH - 1):
        for query in _asked(model, reached, "select"):
            if not query.is_many:
                return reached, query, query.library
    return None


def _of_argument(model: Model, place: Place, item: Counted) -> _Read | None:
    """Return how the row was read, if the call that the result is an argument of writes it back."""
    if item.call is None:
        return None
    update = next((query for query in _asked(model, place, "update") if _is_of(item, query)), None)
    if update is None:
        if "save" in item.saved:  # account.update({ balance: account.balance - n })
            return _of_row(model, place, item)
        is_mongo = item.asked.rpartition(".")[2] in ("find_one", "Decode") and item.fix_library == "mongodb"
        return (place, None, "mongodb") if is_mongo else None
    member = _plain(item.member)
    if member in {_plain(name.rpartition(".")[2]) for name in update.filters}:  # Nothing is written unless it is as it was.
        return None
    if not item.key and member not in {_plain(name.rpartition(".")[2]) for name in update.written}:
        return None
    found = _of_row(model, place, item) if item.variable else None
    if found is not None or item.key:
        return (*found[:2], "mongodb" if found[2] == "mongoose" else found[2]) if found is not None else None
    for query in _asked(model, place, "select"):
        is_before = query.span.chunk == update.span.chunk and query.span.start < update.span.start
        if is_before and not set(query.tables).isdisjoint(update.tables):
            columns = {_plain(name.rpartition(".")[2]) for name in query.columns}
            if member in columns or (item.variable and "*" in columns):
                return place, query, query.library
    return None


def _is_of(item: Counted, query: Query) -> bool:
    call = item.call
    return call is not None and (
        query.span.contains(call) or (call.chunk == query.span.chunk and (call.start == query.span.start or call.contains(query.span)))
    )


def _is_saved(model: Model, place: Place, item: Counted, library: str) -> bool:
    """Whether the row is written back after the change."""
    if "save" in item.saved or (item.saved and library in _MAPPED):
        return True
    within = model.inside(place, Transaction)
    return library in _MAPPED and any(found.span.contains(item.span) for found in within)


def _table(model: Model, reader: Place, query: Query | None, item: Counted) -> SchemaTable | None:
    path = reader.path
    if query is not None:
        names = model.data.tables(path, query)
    else:
        known = model.data.table_of(path, item.model) if item.model else None
        names = (known.name,) if known is not None else ()
    return next((model.data.modelled.find(name, path) or model.data.migrated.find(name, path) for name in names), None)


def _is_counter(item: Counted, table: SchemaTable | None) -> bool:
    """Whether it is a number, by its column or by what is done with it."""
    wanted = _plain(item.member)
    columns = table.columns.values() if table is not None else ()
    column = next((each for each in columns if wanted in (_plain(each.attribute), _plain(each.name))), None)
    if column is not None and column.type:
        return _NUMBER.search(column.type) is not None
    return item.operator == "-" or item.is_number or _COUNTERS.search(item.member) is not None


def _has_version(model: Model, table: SchemaTable) -> bool:
    """Whether an update of a row that has changed since it was read fails."""
    if any(_VERSION.search(name) for column in table.columns.values() for name in (column.name, column.attribute) if name):
        return True
    if table.model is None:
        return False
    path, owner = table.model
    fields = [item for item in model.of(path, Field) if item.owner == owner]
    marks = {mark.name.rpartition(".")[2] for item in fields for mark in item.decorators}
    return not marks.isdisjoint(_VERSION_MARKS) or any(item.name == "__mapper_args__" for item in fields)


def _is_alone(model: Model, place: Place) -> bool:
    """Whether a function holds a lock or the like, by its name, its decorators and what it calls."""
    definition = model.definition((place.path, place.name))
    marks = definition.decorators if definition is not None else ()
    return says_alone((place.name, *(mark.name for mark in marks))) or place.name in model.of_file(place.path, Call, _locking)


def _locking(path: str, calls: tuple[Call, ...]) -> frozenset[str]:
    words: dict[str, list[str]] = {}
    for call in calls:
        words.setdefault(call.function, []).append(call.callee)
    return frozenset(function for function, callees in words.items() if says_alone(callees))


def _plain(name: str) -> str:
    """Return a name without the ways in which words are joined: `lastSeen` and `last_seen` are one."""
    return name.replace("_", "").lower()


def _asked(model: Model, place: Place, kind: str) -> Iterator[Query]:
    return (query for query in model.inside(place, Query) if query.kind == kind)
