"""Requests make an array inside a document longer, and nothing ever makes it shorter.

## Why it matters
A document of MongoDB holds 16 MB at most, and is read and written as a whole. A post that gets a comment with each request is fast on the
day it is written; with ten thousand comments every read of it moves megabytes, each new comment rewrites and replicates them all, indexes
on the array get an entry for each, and in the end the update fails for good: the post that people talk about most takes no more comments.

## Options
- `names`: last words of the names of arrays that go on growing; of others it is not known.

## Example

### TypeScript, Mongoose

`src/posts.ts`
```typescript
import { Router } from "express";
import mongoose from "mongoose";

const Post = mongoose.model("Post", new mongoose.Schema({ title: String, comments: [Object] }));
export const router = Router();

router.post("/posts/:id/comments", async (req, res) => {
  await Post.updateOne({ _id: req.params.id }, { $push: { comments: req.body.comment } });  // finding
  res.sendStatus(204);
});
```

Use instead:

`src/posts.ts`
```typescript
import { Router } from "express";
import mongoose from "mongoose";

const Post = mongoose.model("Post", new mongoose.Schema({ title: String, comments: [Object] }));
export const router = Router();

router.post("/posts/:id/comments", async (req, res) => {
  await Post.updateOne({ _id: req.params.id }, { $push: { comments: { $each: [req.body.comment], $slice: -1000 } } });
  res.sendStatus(204);
});
```

### Python, PyMongo

`app/posts.py`
```python
from fastapi import FastAPI
from pymongo import MongoClient

app = FastAPI()
posts = MongoClient().blog.posts


@app.post("/posts/{post_id}/comments")
def comment(post_id: str, text: str):
    posts.update_one({"_id": post_id}, {"$push": {"comments": text}})  # finding
```

Use instead:

`app/posts.py`
```python
from fastapi import FastAPI
from pymongo import MongoClient

app = FastAPI()
posts = MongoClient().blog.posts


@app.post("/posts/{post_id}/comments")
def comment(post_id: str, text: str):
    posts.update_one({"_id": post_id}, {"$push": {"comments": {"$each": [text], "$slice": -1000}}})
```

### Go

`posts.go`
```go
package posts

import (
	"net/http"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
)

var posts *mongo.Collection

func init() {
	http.HandleFunc("POST /posts/{id}/comments", comment)
}

func comment(w http.ResponseWriter, r *http.Request) {
	text := r.FormValue("text")
	posts.UpdateByID(r.Context(), r.PathValue("id"), bson.M{"$push": bson.M{"comments": text}})  // finding
}
```

Use instead:

`posts.go`
```go
package posts

import (
	"net/http"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
)

var posts *mongo.Collection

func init() {
	http.HandleFunc("POST /posts/{id}/comments", comment)
}

func comment(w http.ResponseWriter, r *http.Request) {
	text := r.FormValue("text")
	posts.UpdateByID(r.Context(), r.PathValue("id"), bson.M{"$push": bson.M{"comments": bson.M{"$each": bson.A{text}, "$slice": -1000}}})
}
```

### Java, Spring Data

`src/main/java/com/blog/Posts.java`
```java
package com.blog;

import org.springframework.data.mongodb.core.MongoTemplate;
import org.springframework.data.mongodb.core.query.Criteria;
import org.springframework.data.mongodb.core.query.Query;
import org.springframework.data.mongodb.core.query.Update;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

@RestController
class Posts {
    private final MongoTemplate mongo;

    Posts(MongoTemplate mongo) {
        this.mongo = mongo;
    }

    @PostMapping("/posts/{id}/comments")
    void comment(@PathVariable String id, @RequestBody Comment comment) {
        mongo.updateFirst(Query.query(Criteria.where("id").is(id)), new Update().push("comments", comment), Post.class);  // finding
    }
}
```

Use instead:

`src/main/java/com/blog/Posts.java`
```java
package com.blog;

import org.springframework.data.mongodb.core.MongoTemplate;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

@RestController
class Posts {
    private final MongoTemplate mongo;

    Posts(MongoTemplate mongo) {
        this.mongo = mongo;
    }

    @PostMapping("/posts/{id}/comments")
    void comment(@PathVariable String id, @RequestBody Comment comment) {
        mongo.insert(comment.on(id));
    }
}
```

### Rust

`src/posts.rs`
```rust
use axum::{extract::{Path, State}, routing::post, Router};
use mongodb::{bson::{doc, Document}, Collection};

pub fn router() -> Router<Collection<Document>> {
    Router::new().route("/posts/{id}/comments", post(comment))
}

async fn comment(State(posts): State<Collection<Document>>, Path(id): Path<String>, text: String) {
    posts.update_one(doc! { "_id": id }, doc! { "$push": { "comments": text } }).await.unwrap();  // finding
}
```

Use instead:

`src/posts.rs`
```rust
use axum::{extract::{Path, State}, routing::post, Router};
use mongodb::{bson::{doc, Document}, Collection};

pub fn router() -> Router<Collection<Document>> {
    Router::new().route("/posts/{id}/comments", post(comment))
}

async fn comment(State(posts): State<Collection<Document>>, Path(id): Path<String>, text: String) {
    posts.update_one(doc! { "_id": id }, doc! { "$push": { "comments": { "$each": [text], "$slice": -1000 } } }).await.unwrap();
}
```

## Fix
The last 1,000 elements are kept, where the update is a literal. Not safe: older ones are gone. Where all of them count, they want a
collection of their own with the key of the document, which no fix can make.

## References
MongoDB Manual, Avoid Unbounded Arrays · MongoDB Manual, MongoDB Limits and Thresholds, BSON Document Size
"""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts.data import ArrayChange, Query
from architrave.findings import Finding
from architrave.model.classes import Place
from architrave.model.entries import is_reached
from architrave.model.graph import Model, by_value
from architrave.model.tools import is_test, is_tool
from architrave.regexes import regex
from architrave.rule import fix, rule

_WORD = regex(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_NAMES = (
    *("activity", "alert", "answer", "attempt", "audit", "booking", "change", "chat", "click", "comment", "entry", "error", "event"),
    *("follower", "history", "import", "invoice", "like", "line", "log", "login", "measurement", "message", "metric", "note"),
    *("notification", "order", "payment", "point", "post", "purchase", "reading", "record", "reply", "report", "request", "review"),
    *("revision", "sample", "transaction", "update", "upload", "view", "visit", "vote"),
)


@rule(severity="warning", since="0.1")
def mongo_unbounded_array(model: Model, *, names: tuple[str, ...] = _NAMES) -> Iterator[Finding]:
    yield from model.in_each(ArrayChange, _judged, names)


def _judged(model: Model, path: str, item: ArrayChange, names: tuple[str, ...]) -> Iterator[Finding]:
    if item.is_shorter or item.is_capped or not _grows(item.field, names) or is_test(path) or is_tool(model, path):
        return
    place = Place(path, item.function)
    if item.variable and not _is_document(model, place, item):
        return
    if item.field in model.derived(_shortened) or not is_reached(model, place):
        return
    yield Finding(
        model.at(path, item.span),
        f"Every request makes `{item.field}` longer, in a document that is read and written as a whole",
        f"{item.function}: {item.field}",
        ("the update sets no `$slice`", f"nothing takes elements out of `{item.field}`"),
        fix=fix("Keep the last 1,000", path, item.fix),
    )


def _grows(field: str, names: tuple[str, ...]) -> bool:
    words = _WORD.findall(field.rpartition(".")[2])
    last = words[-1].lower() if words else ""
    return not names or last in names or last.removesuffix("s") in names or f"{last.removesuffix('ies')}y" in names


def _is_document(model: Model, place: Place, item: ArrayChange) -> bool:
    """Whether the variable holds what a query of Mongoose gave."""
    asked = model.inside(place, Query)
    return any(query.library == "mongoose" and query.kind == "select" and query.result == item.variable for query in asked)


@by_value
def _shortened(model: Model) -> frozenset[str]:
    return frozenset(item.field for _, item in model.each(ArrayChange) if item.is_shorter)
