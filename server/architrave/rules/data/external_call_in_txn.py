"""A transaction is held open while something outside the database is waited for.

## Why it matters
A transaction keeps a connection of the pool, and locks on every row that it has changed. While it waits for another service they are
kept too: a request that takes five seconds on a bad day holds both for five seconds, twenty of them empty the pool, and requests that have
nothing to do with the slow service wait as well. A message that is sent before the commit is sent even when the commit fails, and may be
read before the rows are there. What is asked for in a callback that runs after the commit is left alone, as is what nobody waits for.
A transaction that only reads, or is one of a replica, locks nothing: waiting in it is a hint, and messages are left alone.

## Options
- `depth`: how many calls inside the workspace are followed from the transaction.

## Example

### Python, SQLAlchemy

`app/orders.py`
```python
import requests
from sqlalchemy.orm import Session


def cancel(session: Session, order) -> None:
    with session.begin():
        order.status = "cancelled"
        session.add(order)
        requests.post(f"http://inventory/releases/{order.id}", timeout=5)  # finding
#       ^^^^^^^^^^^^^
```

Use instead:

`app/orders.py`
```python
import requests
from sqlalchemy.orm import Session


def cancel(session: Session, order) -> None:
    with session.begin():
        order.status = "cancelled"
        session.add(order)
    requests.post(f"http://inventory/releases/{order.id}", timeout=5)
```

### Python, Django and Celery

`shop/tasks.py`
```python
from celery import shared_task


@shared_task
def send_receipt(order_id): ...
```

`shop/orders.py`
```python
from django.db import transaction

from shop.tasks import send_receipt


def pay(order):
    with transaction.atomic():
        order.paid = True
        order.save()
        send_receipt.delay(order.id)  # finding
```

Use instead:

`shop/orders.py`
```python
from django.db import transaction

from shop.tasks import send_receipt


def pay(order):
    with transaction.atomic():
        order.paid = True
        order.save()
    send_receipt.delay(order.id)
```

### TypeScript, Knex

`src/orders.ts`
```typescript
import axios from "axios";
import knex from "knex";

const db = knex({ client: "pg", connection: process.env.DATABASE_URL });

export async function cancel(id: number) {
  await db.transaction(async (trx) => {
    await trx("orders").where({ id }).update({ status: "cancelled" });
    await axios.post(`http://inventory/releases/${id}`, {}, { timeout: 5000 });  // finding
  });
}
```

Use instead:

`src/orders.ts`
```typescript
import axios from "axios";
import knex from "knex";

const db = knex({ client: "pg", connection: process.env.DATABASE_URL });

export async function cancel(id: number) {
  await db.transaction(async (trx) => {
    await trx("orders").where({ id }).update({ status: "cancelled" });
  });
  await axios.post(`http://inventory/releases/${id}`, {}, { timeout: 5000 });
}
```

### Go

`orders.go`
```go
package orders

import (
	"database/sql"
	"net/http"
	"time"
)

var client = &http.Client{Timeout: 5 * time.Second}

func Cancel(db *sql.DB, id string) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.Exec("UPDATE orders SET status = 'cancelled' WHERE id = $1", id); err != nil {
		return err
	}
	if err := release(id); err != nil {  // finding
		return err
	}
	return tx.Commit()
}

func release(id string) error {
	_, err := client.Post("http://inventory/releases/"+id, "application/json", nil)
	return err
}
```

Use instead:

`orders.go`
```go
package orders

import (
	"database/sql"
	"net/http"
	"time"
)

var client = &http.Client{Timeout: 5 * time.Second}

func Cancel(db *sql.DB, id string) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.Exec("UPDATE orders SET status = 'cancelled' WHERE id = $1", id); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	return release(id)
}

func release(id string) error {
	_, err := client.Post("http://inventory/releases/"+id, "application/json", nil)
	return err
}
```

### Java, Spring

`src/main/java/com/shop/Orders.java`
```java
package com.shop;

import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.web.client.RestTemplate;

@Service
class Orders {
    private final RestTemplate rest;
    private final OrderRepository orders;

    Orders(RestTemplate rest, OrderRepository orders) {
        this.rest = rest;
        this.orders = orders;
    }

    @Transactional
    void cancel(Order order) {
        order.setStatus("cancelled");
        orders.save(order);
        rest.postForObject("http://inventory/releases/" + order.getId(), null, String.class);  // finding
    }
}
```

Use instead:

`src/main/java/com/shop/Orders.java`
```java
package com.shop;

import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.web.client.RestTemplate;

@Service
class Orders {
    private final RestTemplate rest;
    private final OrderRepository orders;
    private final TransactionTemplate transactions;

    Orders(RestTemplate rest, OrderRepository orders, TransactionTemplate transactions) {
        this.rest = rest;
        this.orders = orders;
        this.transactions = transactions;
    }

    void cancel(Order order) {
        transactions.executeWithoutResult(status -> {
            order.setStatus("cancelled");
            orders.save(order);
        });
        rest.postForObject("http://inventory/releases/" + order.getId(), null, String.class);
    }
}
```

### Rust, sqlx

`src/orders.rs`
```rust
use sqlx::PgPool;

pub async fn cancel(pool: &PgPool, client: &reqwest::Client, id: i64) -> anyhow::Result<()> {
    let mut tx = pool.begin().await?;
    sqlx::query("UPDATE orders SET status = 'cancelled' WHERE id = $1").bind(id).execute(&mut *tx).await?;
    client.post("http://inventory/releases").json(&id).send().await?;  // finding
    tx.commit().await?;
    Ok(())
}
```

Use instead:

`src/orders.rs`
```rust
use sqlx::PgPool;

pub async fn cancel(pool: &PgPool, client: &reqwest::Client, id: i64) -> anyhow::Result<()> {
    let mut tx = pool.begin().await?;
    sqlx::query("UPDATE orders SET status = 'cancelled' WHERE id = $1").bind(id).execute(&mut *tx).await?;
    tx.commit().await?;
    client.post("http://inventory/releases").json(&id).send().await?;
    Ok(())
}
```

## Fix
In Python, a call that ends a `with` block and whose result is not used moves below it, after the commit. Not safe: when it fails, the rows
stay changed. Elsewhere none: what the commit depends on cannot be told apart from what it does not.

## References
PostgreSQL documentation, idle_in_transaction_session_timeout · Django documentation, Database transactions, Performing actions after commit
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from architrave.facts.api import HttpCall
from architrave.facts.code import Block, Call
from architrave.facts.data import Transaction
from architrave.facts.messaging import Publish
from architrave.facts.values import Name, Replacement
from architrave.findings import Finding, Fix, Related
from architrave.model.calls import Caller
from architrave.model.classes import Place
from architrave.model.graph import Model
from architrave.model.tools import is_one_off, is_tool
from architrave.rule import fix, rule
from architrave.text import Span

_SLEEPS = frozenset(
    """time.sleep asyncio.sleep anyio.sleep time.Sleep Thread.sleep java.lang.Thread.sleep std.thread.sleep thread.sleep
    tokio.time.sleep timers/promises.setTimeout""".split()  # noqa: SIM905
)
# Callbacks that run where they stand.
_INLINE = frozenset(
    """map flatMap flat_map forEach for_each filter reduce some every find allSettled all and_then ifPresent ifPresentOrElse orElseGet
    orElseThrow computeIfAbsent transaction Transaction $transaction withTransaction runInTransaction inTransaction build_transaction
    then Promise""".split()  # noqa: SIM905
)
# What is handed to these runs on its own, later or elsewhere; nobody waits for it here.
_ELSEWHERE = frozenset(
    """go spawn spawn_blocking create_task ensure_future start_soon run_in_executor submit runAsync supplyAsync on_commit afterCommit
    after_commit registerSynchronization setImmediate nextTick setTimeout add_task queueMicrotask waitUntil""".split()  # noqa: SIM905
)
_AFTER = ("aftercommit", "aftercompletion", "after_commit", "on_commit")


class _Wait(NamedTuple):
    """What is waited for inside a transaction: the place in the transaction, and, some calls away, what it comes to."""

    span: Span
    what: str
    way: Sequence[Caller]
    path: str
    outside: Span
    is_message: bool


@rule(severity="warning", since="0.1")
def external_call_in_txn(model: Model, *, depth: int = 2) -> Iterator[Finding]:
    return model.in_each(Transaction, _of_transaction, depth)


def _of_transaction(model: Model, path: str, transaction: Transaction, depth: int) -> Iterator[Finding]:
    if is_tool(model, path) or transaction.function.lower().endswith(_AFTER) or is_one_off(model, path):
        return
    waits = sorted(_waits(model, path, transaction, depth), key=lambda wait: (wait.is_message, wait.span))
    if transaction.is_read_only:  # There is nothing to commit that a message could come before.
        waits = [wait for wait in waits if not wait.is_message]
    if not waits:
        return
    first = waits[0]
    message = f"{first.what} before the transaction is committed" if first.is_message else f"{first.what} while a transaction is open"
    related = [Related(model.at(path, transaction.span), "the transaction")]
    for caller in first.way:
        related.append(Related(model.at(caller.place.path, caller.call.name_span), f"`{caller.place.name}` calls it here"))
    if first.way:
        related.append(Related(model.at(first.path, first.outside), "what is waited for"))
    related.extend(Related(model.at(path, wait.span), wait.what) for wait in waits[1:] if wait.span != first.span)
    yield Finding(
        model.at(path, first.span),
        message,
        f"{transaction.function}: {first.what}",
        (f"transaction of {transaction.library} in {transaction.function}", first.what),
        tuple(related),
        _moved(model, path, transaction, first),
        severity="hint" if transaction.is_read_only else None,
    )


def _waits(model: Model, path: str, transaction: Transaction, depth: int) -> Iterator[_Wait]:
    place = Place(path, transaction.function)
    for outside, span, what in _outside(model, place):
        if _is_inside(model, place, span, transaction):
            yield _Wait(span, what, (), path, span, isinstance(outside, Publish))
    for call in model.calls.inside(place):
        if not _is_inside(model, place, call.name_span, transaction):
            continue
        if call.callee in _SLEEPS and call.written != "sleep":
            yield _Wait(call.span.until(call.name_span), "The code sleeps", (), path, call.span, False)
        target = model.calls.target(place, call) if depth else None
        if target is None or target == place or _runs_later(model, target, call):
            continue
        for reached, way in model.calls.reached(target, depth - 1):
            if any(_runs_later(model, reached, caller.call) for caller in way[-1:]):
                continue
            for outside, span, what in _outside(model, reached):
                if _is_waited_for(model, reached, span, None):
                    yield _Wait(call.name_span, what, way, reached.path, span, isinstance(outside, Publish))


def _outside(model: Model, place: Place) -> Iterator[tuple[HttpCall | Publish, Span, str]]:
    """Yield what a function asks of the world outside, straight in its body."""
    for request in model.inside(place, HttpCall):
        target = request.host or (request.setting if request.setting.isupper() else "")
        what = f"`{request.method}` to `{target}` is waited for" if target else f"A request of `{request.library}` is waited for"
        yield request, request.span, what
    for message in model.inside(place, Publish):
        yield message, message.span, f"A message goes to `{message.topic}`" if message.topic else "A message is sent"


def _is_inside(model: Model, place: Place, span: Span, transaction: Transaction) -> bool:
    return transaction.span.contains(span) and _is_waited_for(model, place, span, transaction.span)


def _is_waited_for(model: Model, place: Place, span: Span, within: Span | None) -> bool:
    """Whether what stands in a function runs where it stands, and the function goes on only when it is done."""
    for block in model.of_file(place.path, Block, _callbacks):
        if block.span.contains(span) and (within is None or within.contains(block.span)) and block.function == place.name:
            name = block.subject.written if isinstance(block.subject, Name) else ""
            is_own = within is not None and within.end - block.span.end <= 2  # The callback that is the transaction.
            if not is_own and name.rpartition(".")[2] not in _INLINE:
                return False
    for call in model.calls.inside(place):
        if call.arguments_span.contains(span) and call.written.rpartition(".")[2] in _ELSEWHERE:
            return False
        if call.span.contains(span) and call.is_discarded and not call.is_awaited and _is_promise(model, place, call):
            return False
    return True


def _callbacks(path: str, blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    return tuple(block for block in blocks if block.kind == "callback")


def _is_promise(model: Model, place: Place, call: Call) -> bool:
    """Whether a request is only begun here: a promise that nobody awaits."""
    if model.files.get(place.path) not in ("javascript", "typescript"):
        return False
    return any(call.span.contains(item.span) or item.span.contains(call.name_span) for item in model.of(place.path, HttpCall))


def _runs_later(model: Model, target: Place, call: Call) -> bool:
    definition = model.classes.definition(target)
    if definition is None or any(name.rpartition(".")[2] in ("Async", "shared_task", "task") for name in definition.decorators):
        return True
    return definition.is_async and call.is_discarded and not call.is_awaited


def _moved(model: Model, path: str, transaction: Transaction, wait: _Wait) -> Fix | None:
    """Move the last statement of a `with` block below it."""
    if model.files.get(path) != "python":
        return None
    inside = model.calls.inside(Place(path, transaction.function))
    call = next((call for call in inside if call.span.end == transaction.span.end and call.is_discarded), None)
    if call is None or not call.span.contains(wait.span):
        return None
    within = [block for block in model.of(path, Block) if block.span.contains(call.span) and transaction.span.contains(block.span)]
    if [(block.kind, block.span) for block in within] != [("with", transaction.span)] or within[0].subject is None:
        return None
    whole = within[0].subject.span.until(transaction.span)
    edits = (Replacement(whole, "await {}" if call.is_awaited else "{}", "after", call.span), Replacement(call.span, "", "whole"))
    return fix("Do it after the commit", path, edits)
