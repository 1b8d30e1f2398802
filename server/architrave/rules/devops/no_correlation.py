"""A service drops the trace that it is handed.

## Why it matters
When a request fails three services away, what it did on its way is put together by the id that they hand on. One service in the middle that
neither reads nor sends it cuts the trace in two: what comes after it begins anew, its own log lines belong to no request, and the slow or
failing part is found by comparing clocks.

A service is looked at that a traced service of the workspace calls, or sends messages to, and that calls or sends on itself. It counts as
traced with a library for it among its dependencies or those of the projects around it, an agent in its image, its variables or its
annotations, or code that names a header for it. Where nothing is traced, this rule says nothing.

## Example

### Python

`orders/pyproject.toml`
```toml
[project]
name = "orders"
dependencies = ["fastapi", "requests", "opentelemetry-instrumentation-fastapi", "opentelemetry-instrumentation-requests"]
```

`orders/app.py`
```python
import requests


def reserve(sku):
    requests.post("http://stock:8000/reservations", json={"sku": sku}, timeout=2)
```

`stock/pyproject.toml`
```toml
[project]
name = "stock"
dependencies = ["fastapi", "requests"]
```

`stock/app.py`
```python
import requests


def reorder(sku):
    requests.post("http://supplier.example.com/orders", json={"sku": sku}, timeout=2)  # finding
```

`compose.yaml`
```yaml
services:
  orders:
    build: orders
  stock:
    build: stock
```

Use instead:

`stock/pyproject.toml`
```toml
[project]
name = "stock"
dependencies = ["fastapi", "requests", "opentelemetry-instrumentation-fastapi", "opentelemetry-instrumentation-requests"]
```

### TypeScript

`orders/package.json`
```json
{ "name": "orders", "dependencies": { "axios": "1", "@opentelemetry/sdk-node": "0.200.0" } }
```

`orders/src/stock.ts`
```typescript
import axios from "axios";

export const reserve = (sku: string) => axios.post("http://stock:8000/reservations", { sku }, { timeout: 2000 });
```

`stock/package.json`
```json
{ "name": "stock", "dependencies": { "axios": "1" } }
```

`stock/src/supplier.ts`
```typescript
import axios from "axios";

export const reorder = (sku: string) => axios.post("http://supplier.example.com/orders", { sku }, { timeout: 2000 });  // finding
```

`compose.yaml`
```yaml
services:
  orders:
    build: orders
  stock:
    build: stock
```

Use instead:

`stock/src/supplier.ts`
```typescript
import axios from "axios";

export const reorder = (sku: string, traceparent: string) =>
  axios.post("http://supplier.example.com/orders", { sku }, { timeout: 2000, headers: { traceparent } });
```

### Java

`orders/pom.xml`
```xml
<project>
  <artifactId>orders</artifactId>
  <dependencies>
    <dependency><groupId>io.micrometer</groupId><artifactId>micrometer-tracing-bridge-otel</artifactId></dependency>
  </dependencies>
</project>
```

`orders/src/main/java/shop/Orders.java`
```java
package shop;

import org.springframework.kafka.core.KafkaTemplate;

class Orders {
  private final KafkaTemplate<String, String> kafka;

  Orders(KafkaTemplate<String, String> kafka) {
    this.kafka = kafka;
  }

  void placed(String id) {
    kafka.send("orders.placed", id);
  }
}
```

`mail/pom.xml`
```xml
<project>
  <artifactId>mail</artifactId>
</project>
```

`mail/src/main/java/shop/Mail.java`
```java
package shop;

import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.core.KafkaTemplate;

class Mail {
  private final KafkaTemplate<String, String> kafka;

  Mail(KafkaTemplate<String, String> kafka) {
    this.kafka = kafka;
  }

  @KafkaListener(topics = "orders.placed")
  void placed(String id) {
    kafka.send("mail.sent", id);  // finding
  }
}
```

Use instead:

`mail/pom.xml`
```xml
<project>
  <artifactId>mail</artifactId>
  <dependencies>
    <dependency><groupId>io.micrometer</groupId><artifactId>micrometer-tracing-bridge-otel</artifactId></dependency>
  </dependencies>
</project>
```

### Go

`orders/go.mod`
```text
module example.com/orders

require go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp v0.60.0
```

`orders/stock.go`
```go
package main

import (
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
)

func reserve(sku string) {
	otelhttp.Get(nil, "http://stock:8000/reservations")
	http.Get("http://stock:8000/reservations")
}
```

`stock/go.mod`
```text
module example.com/stock
```

`stock/supplier.go`
```go
package main

import "net/http"

func reorder(sku string) {
	http.Get("http://supplier.example.com/orders")  // finding
}
```

`compose.yaml`
```yaml
services:
  orders:
    build: orders
  stock:
    build: stock
```

Use instead:

`compose.yaml`
```yaml
services:
  orders:
    build: orders
  stock:
    build: stock
    environment:
      OTEL_EXPORTER_OTLP_ENDPOINT: http://collector:4317
```

### Rust

`orders/Cargo.toml`
```toml
[package]
name = "orders"

[dependencies]
reqwest = "0.12"
tracing-opentelemetry = "0.30"
```

`orders/src/stock.rs`
```rust
pub async fn reserve(client: &reqwest::Client) {
    client.post("http://stock:8000/reservations").send().await.unwrap();
}
```

`stock/Cargo.toml`
```toml
[package]
name = "stock"

[dependencies]
reqwest = "0.12"
```

`stock/src/supplier.rs`
```rust
pub async fn reorder(client: &reqwest::Client) {
    client.post("http://supplier.example.com/orders").send().await.unwrap();  // finding
}
```

`compose.yaml`
```yaml
services:
  orders:
    build: orders
  stock:
    build: stock
```

Use instead:

`stock/Cargo.toml`
```toml
[package]
name = "stock"

[dependencies]
reqwest = "0.12"
tracing-opentelemetry = "0.30"
```

## Fix
None: which library, and where it sends its traces, is a choice for all services.

## References
W3C Trace Context, section 3: traceparent Header · OpenTelemetry documentation, Context propagation
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from posixpath import dirname

from architrave.facts.api import HttpCall
from architrave.facts.code import Import
from architrave.facts.deployment import Manifest, TraceHeader
from architrave.facts.messaging import Publish
from architrave.findings import Finding, Related
from architrave.model.graph import Model
from architrave.model.tools import is_test, is_tool
from architrave.regexes import regex
from architrave.rule import rule
from architrave.text import Location

_TRACING = regex(
    r"@?opentelemetry\b.*|.*/opentelemetry\b.*|go\.opentelemetry\.io/.*|io\.opentelemetry[.:].*|.*:micrometer-tracing.*|.*:brave.*|.*[:-]zipkin.*"
    r"|.*:spring-cloud-(starter-)?sleuth.*|dd-trace|ddtrace|gopkg\.in/DataDog/.*|github\.com/DataDog/dd-trace-go.*|newrelic|elastic-apm.*"
    r"|aws-xray-sdk.*|tracing-opentelemetry|.*opentracing.*|jaeger-client|.*quarkus-opentelemetry.*|.*azure-monitor-opentelemetry.*",
    re.IGNORECASE,
)
# What else may hand an id on.
_MORE = regex(
    r"sentry.*|@sentry/.*|.*applicationinsights.*|.*correlation.?id.*|.*request.?id.*|cls-rtracer|nestjs-cls|starlette-context|structlog-.*|logfire"
    r"|@google-cloud/trace-agent|.*opencensus.*|@?honeycomb.*|.*scout.?apm.*|.*appsignal.*|.*skywalking.*|.*\bbaggage\b.*|.*istio.*",
    re.IGNORECASE,
)
_VARIABLES = regex(
    r"^(OTEL|DD|NEW_RELIC|ELASTIC_APM|JAEGER|ZIPKIN|SENTRY|APPLICATIONINSIGHTS|SW_AGENT)_|^MANAGEMENT_(TRACING|ZIPKIN|OTLP)_"
)
_AGENTS = regex(r"-javaagent:|opentelemetry-instrument|ddtrace-run|newrelic-admin|elasticapm-run|dd-trace/init|@opentelemetry/")


@rule(severity="information", since="0.1")
def no_correlation(model: Model) -> Iterator[Finding]:
    libraries = model.derived(_libraries)
    if not any(_TRACING.fullmatch(name) for names in libraries.values() for name in names):
        return
    seen: set[str] = set()
    for caller, service, place, how in _handed(model):
        if service in seen or caller == service or not _is_traced(model, caller, libraries) or _may_hand_on(model, service, libraries):
            continue
        onward = _onward(model, service)
        if onward is None:
            continue
        seen.add(service)
        yield Finding(
            onward,
            f"`{service}` drops the trace that `{caller}` hands on: nothing in it reads one, and what it sends here carries none",
            f"trace {service}",
            (f"`{caller}` is traced and {how}", f"no library, agent or header for traces in `{service}`"),
            (Related(place, f"`{caller}` {how}"),),
        )


def _libraries(model: Model) -> Mapping[str, frozenset[str]]:
    """What each service depends on, its own manifests, those of the projects around it, and of packages of the workspace."""
    own: dict[str, set[str]] = {}
    packages: dict[str, set[str]] = {}
    for path, manifest in model.each(Manifest):
        own.setdefault(dirname(path), set()).update(manifest.dependencies)
        if manifest.name:
            packages.setdefault(manifest.name.rpartition(":")[2], set()).update(manifest.dependencies)
    found = {}
    for service in model.services.coded:
        direct: set[str] = set()
        for folder, names in own.items():
            is_around = not folder or service == folder or service.startswith(f"{folder}/")
            if is_around or model.services.of(f"{folder}/x") == service:
                direct |= names
        found[service] = frozenset(direct.union(*(packages.get(name.rpartition(":")[2], set()) for name in direct)))
    return found


_libraries.is_value = True  # type: ignore[attr-defined]


def _handed(model: Model) -> Iterator[tuple[str, str, Location, str]]:
    """Yield (service, service that it calls or sends messages to, where, how)."""
    for path, call in model.each(HttpCall):
        target = model.deployment.called(path, call) if not is_test(path) else None
        if target is not None:
            yield model.services.of(path), target, Location(path, call.span), "calls it"
    for topic, publishers in model.messaging.publishers.items():
        for path, publish in publishers if topic else ():
            for where, _ in model.messaging.subscribers.get(topic, ()):
                yield model.services.of(path), model.services.of(where), Location(path, publish.span), f"sends it `{topic}`"


def _is_traced(model: Model, service: str, libraries: Mapping[str, frozenset[str]]) -> bool:
    """Whether a service has a library for traces; what `go.mod` lists may only be there for another library, so code has to import it."""
    names = [name for name in libraries.get(service, ()) if _TRACING.fullmatch(name)]
    if any("/" not in name or name.startswith("@") for name in names):
        return True
    return bool(names) and any(
        item.module.startswith("go.opentelemetry.io/") or "dd-trace" in item.module or "opentracing" in item.module
        for path in _files(model, service)
        for item in model.of(path, Import)
    )


def _may_hand_on(model: Model, service: str, libraries: Mapping[str, frozenset[str]]) -> bool:
    if any(_TRACING.fullmatch(name) or _MORE.fullmatch(name) for name in libraries.get(service, ())):
        return True
    if any(_VARIABLES.search(key) for key in model.deployment.settings(service).declared):
        return True
    commands = [built.stage.command for built in model.services.built if built.service == service]
    commands += [running.workload.command for running in model.services.workloads(service)]
    if any(_AGENTS.search(" ".join(command)) for command in commands):
        return True
    return any(model.services.of(path) == service for path, _ in model.each(TraceHeader))


def _onward(model: Model, service: str) -> Location | None:
    """Return where a service calls or sends on: to another service of the workspace before anything else."""
    found: list[tuple[bool, str, Location]] = []
    for path in _files(model, service):
        if is_tool(model, path):
            continue
        for call in model.of(path, HttpCall):
            found.append((model.deployment.called(path, call) is None, path, Location(path, call.span)))
        for publish in model.of(path, Publish):
            found.append((False, path, Location(path, publish.span)))
    first = min(found, key=lambda item: item[:2], default=None)
    return first[2] if first is not None else None


def _files(model: Model, service: str) -> list[str]:
    return [path for path in model.files if model.services.of(path) == service and not is_test(path)]
