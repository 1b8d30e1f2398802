"""A request reads a whole table of DynamoDB.

## Why it matters
`Scan` reads every item of the table and is paid by the item, also by those that a filter throws away afterwards. With a thousand items it
answers in milliseconds; with ten million each request takes minutes, costs dollars, and uses up the capacity that the other requests have
been given. Judged are scans that a route, or the handler of a function, reaches; jobs and exports may well read everything.

## Options
- `depth`: how many calls inside the workspace are followed from a handler to the scan.

## Example

### Python

`app/orders.py`
```python
import boto3
from fastapi import FastAPI

app = FastAPI()
orders = boto3.resource("dynamodb").Table("orders")


@app.get("/orders")
def of_customer(customer: str):
    return orders.scan(FilterExpression="customer = :c", ExpressionAttributeValues={":c": customer})["Items"]  # finding
#          ^^^^^^^^^^^
```

Use instead:

`app/orders.py`
```python
import boto3
from boto3.dynamodb.conditions import Key
from fastapi import FastAPI

app = FastAPI()
orders = boto3.resource("dynamodb").Table("orders")


@app.get("/orders")
def of_customer(customer: str):
    return orders.query(IndexName="by-customer", KeyConditionExpression=Key("customer").eq(customer))["Items"]
```

### TypeScript

`src/orders.ts`
```typescript
import { DynamoDBDocumentClient, QueryCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import express from "express";

const app = express();

app.get("/orders", async (req, res) => {
  res.json(await ofCustomer(String(req.query.customer)));
});

async function ofCustomer(customer: string) {
  const values = { ":c": customer };
  const scan = new ScanCommand({ TableName: "orders", FilterExpression: "customer = :c", ExpressionAttributeValues: values });  // finding
  return (await documents.send(scan)).Items;
}
```

Use instead:

`src/orders.ts`
```typescript
import { DynamoDBDocumentClient, QueryCommand } from "@aws-sdk/lib-dynamodb";
import express from "express";

const app = express();

app.get("/orders", async (req, res) => {
  res.json(await ofCustomer(String(req.query.customer)));
});

async function ofCustomer(customer: string) {
  const query = new QueryCommand({ TableName: "orders", IndexName: "by-customer", KeyConditionExpression: "customer = :c" });
  return (await documents.send(query)).Items;
}
```

### Go

`orders.go`
```go
package main

import (
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

var client *dynamodb.Client

func main() {
	http.HandleFunc("/orders", list)
	http.ListenAndServe(":8080", nil)
}

func list(w http.ResponseWriter, r *http.Request) {
	client.Scan(r.Context(), &dynamodb.ScanInput{TableName: aws.String("orders")})  // finding
}
```

Use instead:

`orders.go`
```go
package main

import (
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

var client *dynamodb.Client

func main() {
	http.HandleFunc("/orders", list)
	http.ListenAndServe(":8080", nil)
}

func list(w http.ResponseWriter, r *http.Request) {
	client.Query(r.Context(), &dynamodb.QueryInput{TableName: aws.String("orders"), IndexName: aws.String("by-customer")})
}
```

### Java

`src/main/java/com/shop/OrderController.java`
```java
package com.shop;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

@RestController
class OrderController {
    private final DynamoDbClient dynamo;

    OrderController(DynamoDbClient dynamo) {
        this.dynamo = dynamo;
    }

    @GetMapping("/orders")
    Object list() {
        return dynamo.scan(request -> request.tableName("orders")).items();  // finding
    }
}
```

Use instead:

`src/main/java/com/shop/OrderController.java`
```java
package com.shop;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

@RestController
class OrderController {
    private final DynamoDbClient dynamo;

    OrderController(DynamoDbClient dynamo) {
        this.dynamo = dynamo;
    }

    @GetMapping("/orders")
    Object list() {
        return dynamo.query(request -> request.tableName("orders").indexName("by-customer")).items();
    }
}
```

### Rust

`src/main.rs`
```rust
use aws_sdk_dynamodb::Client;
use axum::{extract::State, routing::get, Router};

pub fn router(client: Client) -> Router {
    Router::new().route("/orders", get(list)).with_state(client)
}

async fn list(State(client): State<Client>) -> String {
    let found = client.scan().table_name("orders").send().await;  // finding
    format!("{found:?}")
}
```

Use instead:

`src/main.rs`
```rust
use aws_sdk_dynamodb::Client;
use axum::{extract::State, routing::get, Router};

pub fn router(client: Client) -> Router {
    Router::new().route("/orders", get(list)).with_state(client)
}

async fn list(State(client): State<Client>) -> String {
    let found = client.query().table_name("orders").index_name("by-customer").send().await;
    format!("{found:?}")
}
```

## Fix
None: a query needs a key or an index that is made for it.

## References
Amazon DynamoDB Developer Guide, Best practices for querying and scanning data · A. DeBrie, The DynamoDB Book
"""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts.data import Scan
from architrave.findings import Finding, Related
from architrave.model.calls import Caller
from architrave.model.classes import Place
from architrave.model.graph import Model
from architrave.model.tools import is_test, is_tool
from architrave.rule import rule

_HANDLERS = frozenset({"handler", "lambda_handler"})


@rule(severity="warning", since="0.1")
def dynamodb_scan(model: Model, *, depth: int = 3) -> Iterator[Finding]:
    return model.in_each(Scan, _of_scan, depth)


def _of_scan(model: Model, path: str, scan: Scan, depth: int) -> Iterator[Finding]:
    if is_test(path) or is_tool(model, path):
        return
    place = Place(path, scan.function)
    way: tuple[Caller, ...] = ()
    if not _is_asked(model, place):
        found = model.calls.way_to(place, lambda place: _is_asked(model, place), depth)
        if found is None:
            return
        way = found
    start = way[0].place if way else place
    endpoints = model.routes.by_handler.get(start, ())
    asked = f"`{endpoints[0].method} {endpoints[0].path}`" if endpoints else f"`{start.name}`"
    what = f"the whole table `{scan.table}`" if scan.table else "a whole table"
    yield Finding(
        model.at(path, scan.span),
        f"{asked} reads {what}{', and throws away what does not fit' if scan.is_filtered else ''}",
        f"{scan.function} scan {scan.table}",
        (f"{scan.library}: Scan", f"reached by {asked}"),
        tuple(Related(model.at(caller.place.path, caller.call.name_span), f"`{caller.place.name}` calls it here") for caller in way),
    )


def _is_asked(model: Model, place: Place) -> bool:
    """Whether a request runs a function: it serves a route, or is what a cloud calls."""
    if place in model.routes.by_handler:
        return True
    if place.name not in _HANDLERS:
        return False
    definition = model.definition(place)
    return definition is not None and [parameter.name for parameter in definition.parameters][:1] in (["event"], ["_event"])
