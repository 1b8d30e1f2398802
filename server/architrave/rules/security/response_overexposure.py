"""An answer holds a password hash or another secret: the row is sent as it is.

## Why it matters
Whoever may read the profile of a user gets what is needed to guess their password offline, or to take the account over. The screen does not
show the field, so nobody notices; it is in the network tab, in logs, in caches and in every client.

What a handler answers is held against the columns of its entity: by the type that it declares in Python, Java, Rust and NestJS, by what it
writes in Express and Go. A column that is hidden from JSON, is not selected, or is left out by name is no finding, and of two classes for
one row only the one that is answered counts.

## Example

### Python

`app/main.py`
```python
from fastapi import Depends, FastAPI
from sqlmodel import Field, Session, SQLModel

from app.database import session

app = FastAPI()


class User(SQLModel, table=True):
    id: int = Field(primary_key=True)
    name: str
    hashed_password: str


@app.get("/users/{user_id}")  # finding
def read_user(user_id: int, db: Session = Depends(session)) -> User:
    return db.get(User, user_id)
```

Use instead:

`app/main.py`
```python
from fastapi import Depends, FastAPI
from sqlmodel import Field, Session, SQLModel

from app.database import session

app = FastAPI()


class User(SQLModel, table=True):
    id: int = Field(primary_key=True)
    name: str
    hashed_password: str


@app.get("/users/{user_id}", response_model_exclude={"hashed_password"})
def read_user(user_id: int, db: Session = Depends(session)) -> User:
    return db.get(User, user_id)
```

### TypeScript

`src/user.entity.ts`
```typescript
import { Column, Entity, PrimaryGeneratedColumn } from "typeorm";

@Entity("users")
export class User {
  @PrimaryGeneratedColumn()
  id: number;

  @Column()
  passwordHash: string;
}
```

`src/users.ts`
```typescript
import { Router } from "express";

import { User } from "./user.entity";

export const router = Router();

router.get("/users/:id", async (req, res) => {
  const user = await User.findOneBy({ id: Number(req.params.id) });
  res.json(user);  // finding
});
```

Use instead:

`src/users.ts`
```typescript
import { Router } from "express";

import { User } from "./user.entity";

export const router = Router();

router.get("/users/:id", async (req, res) => {
  const user = await User.findOneBy({ id: Number(req.params.id) });
  res.json({ id: user.id });
});
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
	ID       uint   `gorm:"primaryKey" json:"id"`
	Password string `json:"password"`
}

type Handler struct{ db *gorm.DB }

func (h *Handler) Read(c *gin.Context) {
	var user User
	h.db.First(&user, c.Param("id"))
	c.JSON(200, user)  // finding
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
	ID       uint   `gorm:"primaryKey" json:"id"`
	Password string `json:"-"`
}

type Handler struct{ db *gorm.DB }

func (h *Handler) Read(c *gin.Context) {
	var user User
	h.db.First(&user, c.Param("id"))
	c.JSON(200, user)
}
```

### Java

`src/main/java/com/shop/User.java`
```java
package com.shop;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import lombok.Data;

@Entity
@Data
class User {
    @Id
    private Long id;

    private String password;
}
```

`src/main/java/com/shop/UserController.java`
```java
package com.shop;

import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.*;

@RestController
class UserController {
    private final UserRepository users;

    UserController(UserRepository users) {
        this.users = users;
    }

    @GetMapping("/users/{id}")  // finding
    ResponseEntity<User> read(@PathVariable long id) {
        return ResponseEntity.of(users.findById(id));
    }
}
```

Use instead:

`src/main/java/com/shop/User.java`
```java
package com.shop;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import lombok.Data;
import com.fasterxml.jackson.annotation.JsonProperty;

@Entity
@Data
class User {
    @Id
    private Long id;

    @JsonProperty(access = JsonProperty.Access.WRITE_ONLY)
    private String password;
}
```

### Rust

`src/users.rs`
```rust
use axum::{extract::Path, routing::get, Json, Router};
use serde::Serialize;

#[derive(sqlx::FromRow, Serialize)]
pub struct User {
    pub id: i64,
    pub password_hash: String,
}

pub fn router() -> Router {
    Router::new().route("/users/{id}", get(read))  // finding
}

async fn read(Path(id): Path<i64>) -> Result<Json<User>, Error> {
    Ok(Json(find(id).await?))
}
```

Use instead:

`src/users.rs`
```rust
use axum::{extract::Path, routing::get, Json, Router};
use serde::Serialize;

#[derive(sqlx::FromRow, Serialize)]
pub struct User {
    pub id: i64,
    #[serde(skip_serializing)]
    pub password_hash: String,
}

pub fn router() -> Router {
    Router::new().route("/users/{id}", get(read))
}

async fn read(Path(id): Path<i64>) -> Result<Json<User>, Error> {
    Ok(Json(find(id).await?))
}
```

## Fix
The column is hidden where it is declared, by the tag or annotation that the language has for it, or in FastAPI left out of the answer by
its name. It is not applied unseen: another service may read it on purpose.

## References
OWASP API3:2023 Broken Object Property Level Authorization · CWE-213 · CWE-200
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.facts.api import RowReply
from architrave.facts.code import Decorator, Field, Import
from architrave.facts.data import Query
from architrave.facts.values import Boolean, Invocation, Mapping, Name, Sequence, Value, text
from architrave.findings import Edit, Finding, Fix, Related
from architrave.model.classes import Place
from architrave.model.graph import Model
from architrave.model.routes import Endpoint
from architrave.model.shapes import unwrapped
from architrave.regexes import regex
from architrave.rule import rule
from architrave.text import Location

_SECRET = regex(
    r"^(hashed_?|encrypted_?|user_?)?(password|passwd|pwd)(_?(hash|digest|salt|hashed|encrypted))?$|^(password|pass)_?(hash|digest|salt)$|^salt$"
    r"|^(otp|totp|mfa|two_?factor)_?(secret|seed|key)$|^(password_?)?reset_?token$|^reset_?password_?token$|^refresh_?token$|^ssn$"
    r"|^social_?security_?number$|^card_?number$|^cvv$|^private_?key$|^client_?secret$|^recovery_?codes?$",
    re.IGNORECASE,
)
_ROWS = ("FromRow", "Queryable", "Selectable", "DeriveEntityModel", "QueryableByName")
_WITH_GETTERS = ("Data", "Getter", "Value")


@rule(severity="warning", since="0.1")
def response_overexposure(model: Model) -> Iterator[Finding]:
    seen: set[str] = set()
    for endpoint in dict.fromkeys(model.routes.endpoints):
        name, is_left_out = _declared(model, endpoint)
        place = _row(model, endpoint.handler.path, name) if name else None
        secret = _secret(model, place) if place is not None and not is_left_out else None
        subject = f"{endpoint.method} {endpoint.shape}"
        if place is not None and secret is not None and subject not in seen:
            seen.add(subject)
            yield _finding(model, Location(endpoint.file, endpoint.route.span), subject, endpoint, place, secret)
    for path, reply in model.each(RowReply):
        place = _answered(model, path, reply)
        secret = _secret(model, place) if place is not None else None
        if place is not None and secret is not None:
            served = model.routes.by_handler.get(Place(path, reply.function), ())
            yield _finding(model, Location(path, reply.span), f"{reply.function} {reply.variable}", next(iter(served), None), place, secret)


def _finding(model: Model, at: Location, subject: str, endpoint: Endpoint | None, place: Place, secret: Field) -> Finding:
    shown = f"`{endpoint.method} {endpoint.path}` answers" if endpoint is not None else "The answer comes"
    return Finding(
        at,
        f"{shown} with `{place.name}.{secret.name}`: the row is sent as it is",
        subject,
        (f"`{place.name}` is a row, and is sent whole", f"`{secret.name}` is a secret"),
        (Related(Location(place.path, secret.span), f"`{secret.name}` is declared here"),),
        _hidden(model, place, secret) or (_left_out(model, endpoint, secret) if endpoint is not None else None),
    )


# What is answered


def _declared(model: Model, endpoint: Endpoint) -> tuple[str, bool]:
    """Return the class that a handler declares to answer with, and whether it leaves some of it out."""
    definition = model.definition(endpoint.handler)
    if definition is None:
        return "", False
    if endpoint.route.framework == "fastapi":
        given = {item.name: item.value for mark in definition.decorators if mark.span == endpoint.route.span for item in mark.arguments}
        is_left_out = any(name.startswith("response_model_") for name in given)
        if "response_model" in given:
            value = given["response_model"]
            return (value.name if isinstance(value, Name) else ""), is_left_out
        return unwrapped(definition.returns), is_left_out
    if any(mark.name.rpartition(".")[2] in ("JsonView", "SerializeOptions", "UseInterceptors") for mark in definition.decorators):
        return "", True
    return unwrapped(definition.returns), False


def _row(model: Model, path: str, name: str) -> Place | None:
    """Return the class of a name if rows are made of it."""
    place = model.classes.find(path, name)
    outline = model.classes.definition(place) if place is not None else None
    if place is None or outline is None:
        return None
    if place.path.endswith(".rs"):
        definition = model.definition(place)
        marks = definition.decorators if definition is not None else ()
        derived = {item.value.name.rpartition(".")[2] for mark in marks for item in mark.arguments if isinstance(item.value, Name)}
        return place if "Serialize" in derived and not derived.isdisjoint(_ROWS) else None
    table = model.data.table_of(path, name)
    return place if table is not None and table.model == place.name else None


def _answered(model: Model, path: str, reply: RowReply) -> Place | None:
    asked = [item for item in model.inside((path, reply.function), Query) if item.model]
    own = [item for item in asked if item.result == reply.variable] or [item for item in asked if reply.model and item.model == reply.model]
    if any(item.columns and "*" not in item.columns for item in own):
        return None
    return _row(model, path, reply.model or next((item.model for item in own), ""))


# What is a secret


def _secret(model: Model, place: Place) -> Field | None:
    """Return the first field of a class that nobody should be sent, if it is."""
    definition = model.definition(place)
    own = [item for item in model.of(place.path, Field) if item.owner == place.name]
    marks = definition.decorators if definition is not None else ()
    left_out = [item.value for mark in marks if mark.name.endswith("JsonIgnoreProperties") for item in mark.arguments]
    ignored = {known for value in left_out for known in _texts(value)}
    if any(model.classes.definition(Place(place.path, f"{place.name}.{member}")) for member in ("toJSON", "MarshalJSON", "serialize")):
        return None
    for field in own:
        if _SECRET.match(field.name) and field.name not in ignored and not _is_hidden(model, place, field, marks):
            return field
    return None


def _is_hidden(model: Model, place: Place, field: Field, marks: tuple[Decorator, ...]) -> bool:
    found = list(field.decorators)
    if place.path.endswith(".java"):
        getter = model.definition(Place(place.path, f"{place.name}.get{field.name[:1].upper()}{field.name[1:]}"))
        if getter is None and not any(mark.name.rpartition(".")[2] in _WITH_GETTERS for mark in (*marks, *field.decorators)):
            return True
        found.extend(getter.decorators if getter is not None else ())
    if isinstance(field.value, Invocation) and any(item.name == "exclude" and _is_true(item.value) for item in field.value.arguments):
        return True
    return any(_hides(mark) for mark in found)


def _hides(mark: Decorator) -> bool:
    last = mark.name.rpartition(".")[2]
    named = {item.value.written.rpartition(".")[2] for item in mark.arguments if isinstance(item.value, Name)}
    if last == "json":
        return any(text(item.value) == "-" for item in mark.arguments)
    if last == "Column":
        return any(isinstance(item.value, Mapping) and isinstance(item.value.get("select"), Boolean) for item in mark.arguments)
    if last == "serde":
        return not named.isdisjoint(("skip", "skip_serializing")) or any("skip" in item.name for item in mark.arguments)
    return last in ("JsonIgnore", "Exclude", "JsonView", "JsonSerialize", "Transient") or "WRITE_ONLY" in named


def _is_true(value: object) -> bool:
    return isinstance(value, Boolean) and value.value


def _texts(value: Value) -> Iterator[str]:
    for item in value.items if isinstance(value, Sequence) else (value,):
        known = text(item)
        if known is not None:
            yield known


# Mending


def _hidden(model: Model, place: Place, field: Field) -> Fix | None:
    """Hide a field where it is declared."""
    title = f"Leave `{field.name}` out of JSON"
    if place.path.endswith(".go"):
        tag = next((mark for mark in field.decorators if mark.name == "json" and mark.arguments), None)
        return Fix(title, (Edit(Location(place.path, tag.arguments[0].span), '"-"'),)) if tag is not None else None
    if place.path.endswith(".rs"):
        return Fix(title, (Edit(Location(place.path, field.span), "#[serde(skip_serializing)]", "before"),))
    if place.path.endswith(".java"):
        imports = model.of(place.path, Import)
        known = any(item.alias == "JsonProperty" for item in imports)
        edits = [Edit(Location(place.path, field.span), "@JsonProperty(access = JsonProperty.Access.WRITE_ONLY)", "before")]
        if not known and imports:
            edits.append(Edit(Location(place.path, imports[-1].span), "import com.fasterxml.jackson.annotation.JsonProperty;", "after"))
        return Fix(title, tuple(edits)) if known or imports else None
    return None


def _left_out(model: Model, endpoint: Endpoint, field: Field) -> Fix | None:
    """`@app.get("/users/{id}", response_model_exclude={"hashed_password"})`, of one row."""
    definition = model.definition(endpoint.handler)
    mark = next((item for item in definition.decorators if item.span == endpoint.route.span), None) if definition is not None else None
    if endpoint.route.framework != "fastapi" or mark is None or not mark.arguments or definition is None:
        return None
    is_one = unwrapped(definition.returns) == definition.returns or any(item.name == "response_model" for item in mark.arguments)
    edit = Edit(Location(endpoint.file, mark.arguments[-1].span.after), f', response_model_exclude={{"{field.name}"}}')
    return Fix(f"Leave `{field.name}` out of the answer", (edit,)) if is_one and endpoint.handler.path == endpoint.file else None
