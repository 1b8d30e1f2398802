"""A client may ask for any number of rows.

## Why it matters
`?limit=10000000` makes the service read, hold and serialise the whole table: one request of one client takes the memory and the database
time of thousands. It is the cheapest way to take an API down, and an innocent export script does it as well as an attacker.

## Example

### Python

`app/orders.py`
```python
from fastapi import APIRouter
from sqlalchemy.orm import Session

from app.models import Order

router = APIRouter()


@router.get("/orders")
def list_orders(session: Session, limit: int = 50):  # finding
    return session.query(Order).limit(limit).all()
```

Use instead:

`app/orders.py`
```python
from fastapi import APIRouter
from fastapi import Query
from sqlalchemy.orm import Session

from app.models import Order

router = APIRouter()


@router.get("/orders")
def list_orders(session: Session, limit: int = Query(default=50, le=100)):
    return session.query(Order).limit(limit).all()
```

## Fix
Bounds the value where it comes in, or where it reaches the query. It is not applied unseen: a client may rely on larger pages.

## References
OWASP API Security Top 10 2023, API4 Unrestricted Resource Consumption · CWE-770
"""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts.api import PageSize
from architrave.findings import Edit, Finding, Fix, Related
from architrave.model.graph import Model
from architrave.rule import rule


@rule(severity="warning", since="0.1")
def page_size_unbounded(model: Model) -> Iterator[Finding]:
    for path, size in model.each(PageSize):
        taker = model.classes.find(path, size.callee) if size.callee else None
        if size.is_bounded or (taker is not None and model.classes.definition(taker) is not None):
            continue  # A function of the workspace may bound it, in ways that are not followed.
        fix = None
        if size.fix_span is not None:
            where = model.at(path, size.fix_span)
            edits = [Edit(where, size.fix_text, copied=where if "{}" in size.fix_text else None, line=size.fix_line)]
            if size.fix_import and size.fix_import_span is not None:
                edits.append(Edit(model.at(path, size.fix_import_span), size.fix_import, size.fix_import_line))
            fix = Fix(f"Bound `{size.name}`", tuple(edits))
        at = size.source_span or size.span
        yield Finding(
            model.at(path, at),
            f"`{size.name}` comes from the request and sets how many rows are read, without a greatest value",
            f"{size.function} {size.name}",
            related=(Related(model.at(path, size.span), "it reaches the query here"),) if at != size.span else (),
            fix=fix,
        )
