"""An address of another service is written into the code.

## Why it matters
An IP address or `host:port` in code is right in one environment and wrong in all others. The same image can no longer go from test to
production, a moved service needs a release of each of its callers, and a caller that was forgotten keeps talking to the old machine.
In files of configuration that are shipped with the code only IP addresses count: names and the developer's own machine are fine there.

## Example

### Python

`app/stock.py`
```python
import os

import requests


def stock(sku: str) -> int:
    answer = requests.get(f"http://10.0.3.17:8080/items/{sku}", timeout=3)  # finding
    return answer.json()["count"]
```

Use instead:

`app/stock.py`
```python
import os

import requests


def stock(sku: str) -> int:
    answer = requests.get(f"{os.environ['SERVICE_URL']}/items/{sku}", timeout=3)
    return answer.json()["count"]
```

### Go

`stock.go`
```go
package stock

import (
        "net/http"
        "os"
        "time"
)

var (
        client = &http.Client{Timeout: 5 * time.Second}
        region = os.Getenv("REGION")
)

func Items() (*http.Response, error) {
        return client.Get("http://10.0.3.17:8080/items")  // finding
}
```

Use instead:

`stock.go`
```go
package stock

import (
        "net/http"
        "os"
        "time"
)

var (
        client = &http.Client{Timeout: 5 * time.Second}
        region = os.Getenv("REGION")
)

func Items() (*http.Response, error) {
        return client.Get(os.Getenv("SERVICE_URL") + "/items")
}
```

### TypeScript

`src/stock.ts`
```typescript
import axios from "axios";

export async function stock(sku: string) {
  const answer = await axios.get(`http://10.0.3.17:8080/items/${sku}`, { timeout: 3000 });  // finding
  return answer.data.count;
}
```

Use instead:

`src/stock.ts`
```typescript
import axios from "axios";

export async function stock(sku: string) {
  const answer = await axios.get(`${process.env.SERVICE_URL}/items/${sku}`, { timeout: 3000 });
  return answer.data.count;
}
```

### Java

`src/main/java/com/shop/Stock.java`
```java
package com.shop;

import org.springframework.web.client.RestClient;

class Stock {
    private final RestClient client;

    String item(String sku) {
        return client.get().uri("http://10.20.4.17:9200/items/" + sku).retrieve().body(String.class);  // finding
    }
}
```

Use instead:

`src/main/java/com/shop/Stock.java`
```java
package com.shop;

import org.springframework.web.client.RestClient;

class Stock {
    private final RestClient client;

    String item(String sku) {
        return client.get().uri(System.getenv("SERVICE_URL") + "/items/" + sku).retrieve().body(String.class);
    }
}
```

### Rust

`src/stock.rs`
```rust
pub async fn stock(client: &reqwest::Client, sku: &str) -> Result<String, reqwest::Error> {
    let answer = client.get(format!("http://10.0.3.17:8080/items/{sku}")).send().await?;  // finding
    answer.text().await
}
```

Use instead:

`src/stock.rs`
```rust
pub async fn stock(client: &reqwest::Client, sku: &str) -> Result<String, reqwest::Error> {
    let answer = client.get(format!("{}/items/{sku}", std::env::var("SERVICE_URL").expect("SERVICE_URL"))).send().await?;
    answer.text().await
}
```

### Configuration

`src/main/resources/application.yml`
```yaml
inventory:
  url: http://10.0.3.7:8080/v1  # finding
```

Use instead:

`src/main/resources/application.yml`
```yaml
inventory:
  url: ${INVENTORY_URL}/v1
```

## Fix
Reads scheme and host from an environment variable and leaves the rest of the literal as it is; adds the key with the old address to
`.env.example` where there is one, else to the compose or serverless file that sets all others. None where the address is a constant
(`const` of Go and Rust), or the literal says more of its holes than their names. It is not applied unseen: the variable must be set before
the next start.

## References
The Twelve-Factor App, III Config · Taibi & Lenarduzzi, "On the Definition of Microservice Bad Smells", 2018 (Hard-Coded Endpoints)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from architrave.facts.api import Endpoint
from architrave.facts.code import Definition
from architrave.facts.values import String, walk
from architrave.findings import Edit, Finding, Fix
from architrave.model.graph import Model
from architrave.model.new_settings import declared
from architrave.model.pages import browsers, is_in
from architrave.model.tools import is_of_one_environment, is_tool
from architrave.regexes import regex
from architrave.rule import fix, rule

_BASE = regex(r"^(\w+://[^/?#]+).*", re.DOTALL)
_CONFIGURATION = ("yaml", "json", "toml", "properties")
_IP = regex(r"^(?!127\.)\d{1,3}(\.\d{1,3}){3}$")
_NOT_A_SERVICE = regex(r"(^|\.)(example\.(com|org|net)|test|invalid|localdomain)$|^(0\.0\.0\.0|255\.|169\.254\.169\.254$|\*)")
_PROFILES = frozenset({"dev", "development", "local", "test"})


@rule(severity="information", since="0.1")
def hardcoded_endpoint(model: Model) -> Iterator[Finding]:
    for path, endpoint in model.each(Endpoint):
        host = endpoint.host.lower()
        if endpoint.setting or is_tool(model, path) or not host or "{" in host or _NOT_A_SERVICE.search(host):
            continue
        # `http://localhost:${PORT}` is the process itself, at the port that it was told to listen on.
        is_address = endpoint.port is not None or bool(_IP.match(host))
        if not is_address or is_in(model, path, browsers) or is_of_one_environment(model, path, endpoint.span):
            continue
        if any(f"{endpoint.function}.".startswith(f"{name}.") for name in model.of_file(path, Definition, _of_developers)):
            continue
        shown = host if endpoint.port is None else f"{host}:{endpoint.port}"
        yield Finding(
            model.at(path, endpoint.span),
            f"The address `{shown}` is written into the {'configuration' if model.files.get(path) in _CONFIGURATION else 'code'}",
            f"{endpoint.function} {shown}".strip(),
            (f"`{endpoint.url}`",),
            fix=_fix(model, path, endpoint),
        )


def _of_developers(path: str, definitions: tuple[Definition, ...]) -> frozenset[str]:
    """Return the classes of a file that a profile of Spring keeps for the machines of developers."""
    found = set()
    for definition in definitions:
        for mark in definition.decorators:
            profiles = {part.value for argument in mark.arguments for part in walk(argument.value) if isinstance(part, String)}
            if mark.name.rpartition(".")[2] == "Profile" and profiles and profiles <= _PROFILES:
                found.add(definition.name)
    return frozenset(found)


def _fix(model: Model, path: str, endpoint: Endpoint) -> Fix | None:
    read = fix(f"Read it from `{endpoint.fix_setting}`", path, endpoint.fix)
    if read is None:
        return None
    found = declared(model, path, endpoint.fix_setting, _BASE.sub(r"\1", endpoint.url))
    if found is None:
        return read
    file, declaration = found
    return replace(read, edits=(*read.edits, Edit(model.at(file, declaration.span), declaration.text, declaration.line)))
