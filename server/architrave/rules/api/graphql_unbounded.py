"""A GraphQL server takes queries that are as deep and as wide as a client likes.

## Why it matters
In GraphQL the client writes the query. Where types lead back to one another, `user { posts { author { posts { … } } } }` can be nested a
hundred times in one small request, and each level multiplies the rows of the one above: a few lines take the server and its database down.
A field that lists all there is does the same in the breadth. A greatest depth or cost refuses such a query before anything is run.

A server is judged with the schema of its own service: schema files, `gql` texts, and types of strawberry, graphene, async-graphql and
NestJS. It is left alone when the schema has neither a circle nor a list without `first`, `limit` or the like, and when something that
limits depth or cost is in sight: a rule, a plug-in, a package. Lists of scalars, and `edges` and `nodes` of a connection, are no lists of
their own.

## Example

### TypeScript: Apollo

`src/server.ts`
```typescript
import { ApolloServer } from "@apollo/server";
import { gql } from "graphql-tag";
import { resolvers } from "./resolvers";

const typeDefs = gql`
  type User { id: ID!, posts(first: Int!): [Post!]! }
  type Post { id: ID!, author: User! }
  type Query { user(id: ID!): User }
`;

export const server = new ApolloServer({ typeDefs, resolvers });  // finding
```

Use instead:

`src/server.ts`
```typescript
import { ApolloServer } from "@apollo/server";
import depthLimit from "graphql-depth-limit";
import { gql } from "graphql-tag";
import { resolvers } from "./resolvers";

const typeDefs = gql`
  type User { id: ID!, posts(first: Int!): [Post!]! }
  type Post { id: ID!, author: User! }
  type Query { user(id: ID!): User }
`;

export const server = new ApolloServer({ typeDefs, resolvers, validationRules: [depthLimit(7)] });
```

### Python: strawberry

`app/schema.py`
```python
import strawberry


@strawberry.type
class User:
    name: str
    posts: list["Post"]


@strawberry.type
class Post:
    title: str
    author: User


schema = strawberry.Schema(query=Query)  # finding
```

Use instead:

`app/schema.py`
```python
import strawberry
from strawberry.extensions import QueryDepthLimiter


@strawberry.type
class User:
    name: str
    posts: list["Post"]


@strawberry.type
class Post:
    title: str
    author: User


schema = strawberry.Schema(query=Query, extensions=[QueryDepthLimiter(max_depth=10)])
```

### Python: graphene

`app/urls.py`
```python
from django.urls import path
from graphene_django.views import GraphQLView

from app.schema import schema

urlpatterns = [path("graphql", GraphQLView.as_view(schema=schema))]  # finding
```

`app/schema.py`
```python
import graphene


class Post(graphene.ObjectType):
    title = graphene.String()


class Query(graphene.ObjectType):
    posts = graphene.List(Post)


schema = graphene.Schema(query=Query)
```

Use instead:

`app/urls.py`
```python
from django.urls import path
from graphene.validation import depth_limit_validator
from graphene_django.views import GraphQLView

from app.schema import schema

urlpatterns = [path("graphql", GraphQLView.as_view(schema=schema, validation_rules=(depth_limit_validator(max_depth=10),)))]
```

### Go: gqlgen

`graph/schema.graphqls`
```graphql
type User { id: ID!, posts: [Post!]! }
type Post { id: ID!, author: User! }
type Query { me: User }
```

`main.go`
```go
package main

import (
	"net/http"

	"github.com/99designs/gqlgen/graphql/handler"
	"shop/graph"
)

func main() {
	srv := handler.NewDefaultServer(graph.NewExecutableSchema(graph.Config{}))  // finding
	http.Handle("/query", srv)
}
```

Use instead:

`main.go`
```go
package main

import (
	"net/http"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"shop/graph"
)

func main() {
	srv := handler.NewDefaultServer(graph.NewExecutableSchema(graph.Config{}))
	srv.Use(extension.FixedComplexityLimit(300))
	http.Handle("/query", srv)
}
```

### Java: Spring for GraphQL

`pom.xml`
```xml
<project>
  <groupId>com.shop</groupId>
  <artifactId>shop</artifactId>
  <dependencies>
    <dependency>
      <groupId>org.springframework.boot</groupId>
      <artifactId>spring-boot-starter-graphql</artifactId>
    </dependency>
  </dependencies>
</project>
```

`src/main/resources/graphql/schema.graphqls`
```graphql
type User { id: ID!, posts: [Post!]! }  # finding
type Post { id: ID!, author: User! }
type Query { me: User }
```

`src/main/java/com/shop/GraphQlConfig.java`
```java
package com.shop;

import org.springframework.context.annotation.Configuration;

@Configuration
class GraphQlConfig {}
```

Use instead:

`src/main/java/com/shop/GraphQlConfig.java`
```java
package com.shop;

import graphql.analysis.MaxQueryDepthInstrumentation;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration
class GraphQlConfig {
    @Bean
    MaxQueryDepthInstrumentation depth() {
        return new MaxQueryDepthInstrumentation(10);
    }
}
```

### Rust: async-graphql

`src/main.rs`
```rust
use async_graphql::{EmptyMutation, EmptySubscription, Schema, SimpleObject};

#[derive(SimpleObject)]
struct User {
    name: String,
    posts: Vec<Post>,
}

#[derive(SimpleObject)]
struct Post {
    title: String,
    author: User,
}

fn schema() -> ShopSchema {
    Schema::build(Query, EmptyMutation, EmptySubscription).finish()  // finding
}
```

Use instead:

`src/main.rs`
```rust
use async_graphql::{EmptyMutation, EmptySubscription, Schema, SimpleObject};

#[derive(SimpleObject)]
struct User {
    name: String,
    posts: Vec<Post>,
}

#[derive(SimpleObject)]
struct Post {
    title: String,
    author: User,
}

fn schema() -> ShopSchema {
    Schema::build(Query, EmptyMutation, EmptySubscription).limit_depth(10).finish()
}
```

## Fix
A greatest depth of 10 for strawberry, graphene and async-graphql, a greatest cost of 300 for gqlgen, where the library brings the limiter.
For Apollo it is a package of its own, for Spring a bean: there is none. It is not applied unseen: the deepest query of a client that is in
use may be deeper.

## References
OWASP GraphQL Cheat Sheet, Query Limiting (Depth & Amount) · CWE-674: Uncontrolled Recursion · CWE-770: Allocation of Resources Without
Limits or Throttling · OWASP API4:2023 Unrestricted Resource Consumption
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from architrave.facts.api import GraphqlField, GraphqlServer
from architrave.facts.deployment import Manifest
from architrave.findings import Finding, Related
from architrave.model.graph import Model
from architrave.regexes import regex
from architrave.rule import fix, rule

_LIMITING = regex(r"(?i)graphql.*(depth|complexity|cost|armor|persisted)|(depth|complexity|cost|armor).*graphql|graphql-armor")
_SPRING = regex(r"spring-boot-starter-graphql|graphql-dgs-spring|graphql-spring-boot-starter|graphql-java-kickstart")
_CONNECTED = regex(r"(Connection|Page|Result|Payload|Edge)s?$")
_ROOTS = ("Query", "Mutation", "Subscription")

_Field = tuple[str, GraphqlField]
_Way = tuple[_Field, ...]


@rule(severity="warning", since="0.1")
def graphql_unbounded(model: Model) -> Iterator[Finding]:
    servers = list(model.each(GraphqlServer))
    limited = {model.services.of(path) for path, server in servers if server.is_limited}
    springs: list[str] = []
    for path, manifest in model.each(Manifest):
        if any(_LIMITING.search(name) for name in manifest.dependencies):
            limited.add(model.services.of(path))
        if manifest.kind in ("maven", "gradle") and any(_SPRING.search(name) for name in manifest.dependencies):
            springs.append(model.services.of(path))
    schemas = _schemas(model)
    for path, server in servers:
        service = model.services.of(path)
        way = _way(schemas.get(service, ())) if service not in limited else ()
        if way:
            yield Finding(
                model.at(path, server.span),
                f"`{server.library}` sets no greatest depth or cost, and {_said(way)}",
                server.library,
                (),
                _related(model, way),
                fix("Set a greatest cost" if server.library == "gqlgen" else "Set a greatest depth", path, server.fix),
                severity=None if way[0][1].owner == way[-1][1].type else "information",
            )
    for service in dict.fromkeys(springs):
        way = _way(schemas.get(service, ())) if service not in limited else ()
        if way:
            where, first = way[0]
            yield Finding(
                model.at(where, first.span),
                f"No `MaxQueryDepthInstrumentation` or `MaxQueryComplexityInstrumentation` stands before the schema, and {_said(way)}",
                f"{first.owner}.{first.name}",
                (),
                _related(model, way[1:]),
                severity=None if first.owner == way[-1][1].type else "information",
            )


def _schemas(model: Model) -> Mapping[str, list[_Field]]:
    """Return the fields that lead to another object, by service."""
    found: dict[str, list[_Field]] = defaultdict(list)
    for path, field in model.each(GraphqlField):
        found[model.services.of(path)].append((path, field))
    objects = {service: {field.owner for _, field in fields} for service, fields in found.items()}
    return {service: [item for item in fields if item[1].type in objects[service]] for service, fields in found.items()}


def _way(fields: list[_Field] | tuple[()]) -> _Way:
    """Return the shortest circle of fields that has a list in it; else a list that knows no limit, and nothing where there is none."""
    of: dict[str, list[_Field]] = defaultdict(list)
    for item in fields:
        of[item[1].owner].append(item)
    circles = [circle for path, field in fields if _multiplies(field) and (circle := _back(of, (path, field)))]
    if circles:
        return min(circles, key=len)
    whole = [item for item in fields if _multiplies(item[1]) and not item[1].is_limited]
    return (min(whole, key=lambda item: item[1].owner not in _ROOTS),) if whole else ()


def _multiplies(field: GraphqlField) -> bool:
    return field.is_list and not _CONNECTED.search(field.owner)


def _back(of: Mapping[str, list[_Field]], start: _Field) -> _Way:
    """Return the shortest way from a field back to its own type."""
    frontier: list[_Way] = [(start,)]
    seen: set[str] = set()
    while frontier:
        following = []
        for way in frontier:
            last = way[-1][1].type
            if last == start[1].owner:
                return way
            if last not in seen:
                seen.add(last)
                following += [(*way, item) for item in of.get(last, ())]
        frontier = following
    return ()


def _said(way: _Way) -> str:
    names = [f"`{field.owner}.{field.name}`" for _, field in way]
    if way[0][1].owner != way[-1][1].type:
        return f"{names[0]} lists all there is"
    return f"{names[0]} leads to {', '.join(names[1:])} and back" if len(names) > 1 else f"{names[0]} leads to itself"


def _related(model: Model, way: _Way) -> tuple[Related, ...]:
    return tuple(Related(model.at(path, field.span), f"`{field.owner}.{field.name}`: `{field.type}`") for path, field in way[:4])
