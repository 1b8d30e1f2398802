"""A client may set a field that only the service should.

## Why it matters
Whoever adds `"role": "admin"` to the JSON of a sign-up or a profile change becomes an administrator, when all that the request brings is
written into the row. No form shows the field, so no test sends it; the attacker reads its name off any answer of the API.

A request body that becomes a row as a whole is held against the columns of its entity: roles, rights, balances, marks of verification and
the like. A field that is given a value of its own afterwards, that is hidden from JSON, or that an administrator sets behind a guard of
his, is none. Handlers behind a middleware that validates are left out.

## Example

### TypeScript

`src/user.entity.ts`
```typescript
import { Column, Entity, PrimaryGeneratedColumn } from "typeorm";

@Entity("users")
export class User {
  @PrimaryGeneratedColumn()
  id: number;

  @Column()
  name: string;

  @Column()
  email: string;

  @Column({ default: "customer" })
  role: string;
}
```

`src/users.ts`
```typescript
import { Router } from "express";

import { User } from "./user.entity";

export const router = Router();

router.post("/users", async (req, res) => {
  const user = await User.create(req.body);  // finding
  res.status(201).json({ id: user.id });
});
```

Use instead:

`src/users.ts`
```typescript
import { Router } from "express";

import { User } from "./user.entity";

export const router = Router();

router.post("/users", async (req, res) => {
  const user = await User.create({ name: req.body.name, email: req.body.email });
  res.status(201).json({ id: user.id });
});
```

### Python

`app/models.py`
```python
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase): ...


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    is_admin: Mapped[bool] = mapped_column(default=False)
```

`app/users.py`
```python
from flask import Blueprint, request

from app.models import User

bp = Blueprint("users", __name__)


@bp.post("/users")
def create_user():
    user = User(**request.json)  # finding
    return {"id": user.id}, 201
```

Use instead:

`app/users.py`
```python
from flask import Blueprint, request

from app.models import User

bp = Blueprint("users", __name__)


@bp.post("/users")
def create_user():
    user = User(name=request.json["name"])
    return {"id": user.id}, 201
```

### Go

`api/users.go`
```go
package api

import (
	"github.com/gin-gonic/gin"
	"gorm.io/gorm"
)

type User struct {
	ID   uint   `gorm:"primaryKey" json:"id"`
	Name string `json:"name"`
	Role string `json:"role"`
}

type Handler struct{ db *gorm.DB }

func (h *Handler) Create(c *gin.Context) {
	var user User
	if err := c.ShouldBindJSON(&user); err != nil {  // finding
		return
	}
	h.db.Create(&user)
}
```

Use instead:

`api/users.go`
```go
package api

import (
	"github.com/gin-gonic/gin"
	"gorm.io/gorm"
)

type User struct {
	ID   uint   `gorm:"primaryKey" json:"id"`
	Name string `json:"name"`
	Role string `json:"role"`
}

type NewUser struct {
	Name string `json:"name"`
}

type Handler struct{ db *gorm.DB }

func (h *Handler) Create(c *gin.Context) {
	var input NewUser
	if err := c.ShouldBindJSON(&input); err != nil {
		return
	}
	h.db.Create(&User{Name: input.Name})
}
```

### Java

`src/main/java/com/shop/User.java`
```java
package com.shop;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;

@Entity
class User {
    @Id
    Long id;
    String name;
    boolean admin;
}
```

`src/main/java/com/shop/UserController.java`
```java
package com.shop;

import org.springframework.web.bind.annotation.*;

@RestController
class UserController {
    private final UserRepository users;

    UserController(UserRepository users) {
        this.users = users;
    }

    @PostMapping("/users")
    void create(@RequestBody User user) {  // finding
        users.save(user);
    }
}
```

Use instead:

`src/main/java/com/shop/UserController.java`
```java
package com.shop;

import org.springframework.web.bind.annotation.*;

@RestController
class UserController {
    private final UserRepository users;

    UserController(UserRepository users) {
        this.users = users;
    }

    @PostMapping("/users")
    void create(@RequestBody NewUser user) {
        users.save(user.toUser());
    }
}
```

## Fix
In JavaScript and TypeScript the fields that are neither privileged nor set by the database are named one by one. It is not applied unseen:
who may set which of them is for the author to say. In the other languages a class for what a client sends is to be written.

## References
CWE-915 · OWASP API3:2023 Broken Object Property Level Authorization · OWASP Mass Assignment Cheat Sheet
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.facts.api import BodyBinding
from architrave.facts.code import Decorator, Field
from architrave.facts.data import Query
from architrave.facts.values import Name, Replacement, text
from architrave.findings import Finding, Related
from architrave.identity import words
from architrave.model.classes import Place
from architrave.model.graph import Model
from architrave.model.routes import Endpoint
from architrave.model.schema import SchemaColumn, SchemaTable
from architrave.regexes import regex
from architrave.rule import fix, rule

_PRIVILEGED = frozenset(
    """role roles role_id roleid is_admin isadmin admin is_staff isstaff is_superuser issuperuser superuser is_super_admin issuperadmin
    permission permissions privileges scopes balance credit credits is_verified isverified email_verified emailverified is_email_verified
    isemailverified is_owner isowner account_type accounttype user_type usertype is_moderator ismoderator access_level
    accesslevel""".split()  # noqa: SIM905
)
_OF_THE_DATABASE = regex(
    r"^_?id$|^uuid$|^(created|updated|deleted)(_?at|_?on|At|On)$|_id$|[a-z]Id$|password|token|secret|hash|salt", re.IGNORECASE
)
_CHECKED = frozenset("validate validator validation validated schema joi zod celebrate dto sanitize permit pick".split())  # noqa: SIM905
_ADMINS = frozenset(
    "admin admins administrator staff superuser root superadmin permission permissions rbac role roles".split()  # noqa: SIM905
)
_DEPTH = 2  # Calls from where a body is read to where it is written.
_MOST = 12  # Fields that a fix names.


@rule(severity="warning", since="0.1")
def mass_assignment(model: Model) -> Iterator[Finding]:
    for path, binding in model.each(BodyBinding):
        entity = _entity(model, path, binding)
        if entity is None:
            continue
        name, table = entity
        privileged = [column for column in table.columns.values() if _is_privileged(model, path, name, column, binding)]
        endpoints = model.routes.by_handler.get(Place(path, binding.function), ())
        if not privileged or any(_is_checked(endpoint) for endpoint in endpoints) or not _is_written(model, path, binding, table):
            continue
        column = privileged[0]
        shown = f"`{endpoints[0].method} {endpoints[0].path}`" if endpoints else "The request"
        yield Finding(
            model.at(path, binding.span),
            f"{shown} lets a client set `{table.name}.{column.name}`: its whole body becomes the row",
            f"{table.name}.{column.name} {binding.function}",
            tuple(f"`{table.name}.{item.name}` is taken from the request" for item in privileged),
            (Related(column.location, f"`{column.name}` is declared here"),),
            fix("Take only the fields that a client may set", path, _named(binding, table)),
        )


def _entity(model: Model, path: str, binding: BodyBinding) -> tuple[str, SchemaTable] | None:
    """Return the class that a body becomes, and its table."""
    name = binding.model
    table = model.data.table_of(path, name) if name else None
    if table is None:
        asked = next((query for query in model.of(path, Query) if query.model and binding.span.contains(query.span)), None)
        if asked is None:
            return None
        name, table = asked.model, model.data.table_of(path, asked.model)
    found = model.data.modelled.find(table.name, path) if table is not None else None
    return (name, found) if found is not None else None


def _is_privileged(model: Model, path: str, name: str, column: SchemaColumn, binding: BodyBinding) -> bool:
    attribute = column.attribute or column.name
    if column.name.lower() not in _PRIVILEGED and attribute.lower() not in _PRIVILEGED:
        return False
    kept = {item.lower() for item in binding.kept}
    if not kept.isdisjoint((column.name.lower(), attribute.lower())):
        return False
    place = model.classes.find(path, name)
    fields = [item for item in model.of(place.path, Field) if item.owner == place.name] if place is not None else []
    return not any(_is_hidden(mark) for item in fields if item.name == attribute for mark in item.decorators)


def _is_hidden(mark: Decorator) -> bool:
    """`json:"-"`, `@JsonIgnore`, `@JsonProperty(access = READ_ONLY)`, `#[serde(skip_deserializing)]`."""
    last = mark.name.rpartition(".")[2]
    if last == "json":
        return any(text(item.value) == "-" for item in mark.arguments)
    named = {item.value.written.rpartition(".")[2] for item in mark.arguments if isinstance(item.value, Name)}
    return last == "JsonIgnore" or "READ_ONLY" in named or (last == "serde" and not named.isdisjoint(("skip", "skip_deserializing")))


def _is_checked(endpoint: Endpoint) -> bool:
    """Whether something before the endpoint says what the body may hold, or lets administrators in only."""
    said = {word for guard in endpoint.guards for word in words(guard)}
    return not said.isdisjoint(_CHECKED | _ADMINS) or not _ADMINS.isdisjoint(re.split(r"[/_-]", endpoint.path.lower()))


def _is_written(model: Model, path: str, binding: BodyBinding, table: SchemaTable) -> bool:
    """Whether the row reaches the database: in Go, binding a struct does not say so yet."""
    if not path.endswith(".go"):
        return True
    for place, _ in model.calls.reached(Place(path, binding.function), _DEPTH):
        for query in model.inside(place, Query):
            if query.kind in ("insert", "update") and table.name in model.data.tables(place.path, query):
                return True
    return False


def _named(binding: BodyBinding, table: SchemaTable) -> tuple[Replacement, ...]:
    names = [column.attribute or column.name for column in table.columns.values() if column.name.lower() not in _PRIVILEGED]
    names = [name for name in names if not _OF_THE_DATABASE.search(name) and name.isidentifier()]
    if binding.body_span is None or not names or len(names) > _MOST:
        return ()
    return (Replacement(binding.body_span, "{ " + ", ".join(f"{name}: {binding.body}.{name}" for name in names) + " }"),)
