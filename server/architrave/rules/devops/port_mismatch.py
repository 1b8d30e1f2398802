"""A port in a deployment file is not the port that the service listens on.

## Why it matters
Traffic, health checks and other services reach a port where nobody listens: the connection is refused, the probe fails and the rollout
hangs. The number stands in the code, the Dockerfile, compose, the Deployment, the Service and the Ingress, and one of them is forgotten.

Compared are ports that are literal on both sides. A server started by the image's command listens where that says (`--port`, `--bind`),
code where it says, and a setting that holds the port counts with the value that the deployment gives it. Also reported: a named port that
the container does not have, a Service whose selector nearly matches a workload, and an Ingress that names a Service which is not there.

## Example

### Python

`orders/main.py`
```python
import uvicorn
from fastapi import FastAPI

app = FastAPI()

if __name__ == "__main__":
    uvicorn.run(app, host="0.0.0.0", port=8080)
```

`orders/Dockerfile`
```dockerfile
FROM python:3.12-slim
COPY . .
USER 1000
EXPOSE 8000  # finding
#      ^^^^
CMD ["python", "main.py"]
```

`compose.yaml`
```yaml
services:
  orders:
    build: orders
    ports:
      - "80:8000"  # finding
```

Use instead:

`orders/Dockerfile`
```dockerfile
FROM python:3.12-slim
COPY . .
USER 1000
EXPOSE 8080
CMD ["python", "main.py"]
```

`compose.yaml`
```yaml
services:
  orders:
    build: orders
    ports:
      - "80:8080"
```

### Kubernetes

`deploy/orders.yaml`
```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: orders
spec:
  template:
    metadata:
      labels:
        app: orders
    spec:
      containers:
        - name: orders
          image: registry.example.com/orders:1.4
          ports:
            - name: http
              containerPort: 8080
---
apiVersion: v1
kind: Service
metadata:
  name: orders
spec:
  selector:
    app: orders
  ports:
    - port: 80
      targetPort: 8000  # finding
```

Use instead:

`deploy/orders.yaml`
```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: orders
spec:
  template:
    metadata:
      labels:
        app: orders
    spec:
      containers:
        - name: orders
          image: registry.example.com/orders:1.4
          ports:
            - name: http
              containerPort: 8080
---
apiVersion: v1
kind: Service
metadata:
  name: orders
spec:
  selector:
    app: orders
  ports:
    - port: 80
      targetPort: 8080
```

### Go

`orders/main.go`
```go
package main

import "net/http"

func main() {
        http.ListenAndServe(":8080", nil)
}
```

`orders/Dockerfile`
```dockerfile
FROM gcr.io/distroless/static:nonroot
COPY orders /
EXPOSE 8000  # finding
CMD ["/orders"]
```

Use instead:

`orders/Dockerfile`
```dockerfile
FROM gcr.io/distroless/static:nonroot
COPY orders /
EXPOSE 8080
CMD ["/orders"]
```

### TypeScript

`orders/src/main.ts`
```typescript
import express from "express";

const app = express();
app.listen(8080);
```

`orders/Dockerfile`
```dockerfile
FROM node:24-alpine
EXPOSE 8000  # finding
COPY dist dist
USER node
CMD ["node", "dist/main.js"]
```

Use instead:

`orders/Dockerfile`
```dockerfile
FROM node:24-alpine
EXPOSE 8080
COPY dist dist
USER node
CMD ["node", "dist/main.js"]
```

### Java

`orders/src/main/resources/application.properties`
```properties
server.port=8082
```

`orders/pom.xml`
```xml
<project>
  <artifactId>orders</artifactId>
</project>
```

`orders/Dockerfile`
```dockerfile
FROM eclipse-temurin:21-jre
COPY target/orders.jar /orders.jar
USER 1000
EXPOSE 8080  # finding
CMD ["java", "-jar", "/orders.jar"]
```

Use instead:

`orders/Dockerfile`
```dockerfile
FROM eclipse-temurin:21-jre
COPY target/orders.jar /orders.jar
USER 1000
EXPOSE 8082
CMD ["java", "-jar", "/orders.jar"]
```

### Rust

`orders/src/main.rs`
```rust
#[tokio::main]
async fn main() {
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, router()).await.unwrap();
}
```

`orders/Dockerfile`
```dockerfile
FROM gcr.io/distroless/cc:nonroot
COPY orders /
EXPOSE 8000  # finding
CMD ["/orders"]
```

Use instead:

`orders/Dockerfile`
```dockerfile
FROM gcr.io/distroless/cc:nonroot
COPY orders /
EXPOSE 8080
CMD ["/orders"]
```

### Kubernetes

`deploy/orders.yaml`
```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: orders
spec:
  template:
    metadata:
      labels: {app: orders}
    spec:
      containers:
        - name: orders
          image: registry.example.com/orders:1.4
          ports:
            - name: http
              containerPort: 8080
          readinessProbe:
            httpGet:
              path: /healthz  # finding
              port: web
---
apiVersion: v1
kind: Service
metadata:
  name: orders
spec:
  selector:
    app: order  # finding
  ports:
    - port: 80
      targetPort: http
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: edge
spec:
  rules:
    - http:
        paths:
          - path: /orders
            pathType: Prefix
            backend:
              service:
                name: order  # finding
                port:
                  number: 80
          - path: /v1/orders
            pathType: Prefix
            backend:
              service:
                name: orders  # finding
                port:
                  number: 8080
```

Use instead:

`deploy/orders.yaml`
```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: orders
spec:
  template:
    metadata:
      labels: {app: orders}
    spec:
      containers:
        - name: orders
          image: registry.example.com/orders:1.4
          ports:
            - name: http
              containerPort: 8080
          readinessProbe:
            httpGet:
              path: /healthz
              port: http
---
apiVersion: v1
kind: Service
metadata:
  name: orders
spec:
  selector:
    app: orders
  ports:
    - port: 80
      targetPort: http
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: edge
spec:
  rules:
    - http:
        paths:
          - path: /orders
            pathType: Prefix
            backend:
              service:
                name: orders
                port:
                  number: 80
          - path: /v1/orders
            pathType: Prefix
            backend:
              service:
                name: orders
                port:
                  number: 80
```

## Fix
Writes the port that is listened on, when there is just one; in Kubernetes also the name of the port, label or Service that is meant. It is
not applied unseen: the other side may be the wrong one.

## References
kube-linter dangling-service, dangling-ingress, liveness-port · Kubernetes documentation, Service, defining a Service
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from posixpath import dirname

from architrave.facts.deployment import ExposedPort, Stage
from architrave.findings import Edit, Finding, Fix, Related
from architrave.model.graph import Model
from architrave.model.services import Built, Running
from architrave.rule import rule
from architrave.text import Location, Span


@rule(severity="warning", since="0.1")
def port_mismatch(model: Model) -> Iterator[Finding]:
    yield from _images(model)
    for running in model.services.running:
        yield from _workload(model, running)
    yield from _networks(model)
    yield from _ingresses(model)


# Image and workload


def _related(model: Model, listened: dict[int, Location | None]) -> tuple[Related, ...]:
    return tuple(Related(location, f"The service listens on {port} here") for port, location in listened.items() if location is not None)


def _numbers(ports: dict[int, Location | None] | list[int]) -> str:
    return ", ".join(str(port) for port in sorted(ports))


def _images(model: Model) -> Iterator[Finding]:
    for built in model.services.built:
        exposed = model.deployment.ports(built.path, "", "dockerfile")
        listened, is_known = model.deployment.listening(built.service, built.stage.command)
        if not exposed or not is_known or any(port.port in listened for port in exposed) or _is_one_of_many(model, built):
            continue
        for port in exposed[:1]:
            fix = _replacement(built.path, port, str(_only(listened))) if _only(listened) else None
            yield _finding(model, built.path, port, f"`EXPOSE {port.port}`", built.service, listened, fix)


def _is_one_of_many(model: Model, built: Built) -> bool:
    """Whether a service has several images: each may run another part of it."""
    return len([other for other in model.services.built if other.service == built.service]) > 1


def _workload(model: Model, running: Running) -> Iterator[Finding]:
    ports = model.deployment.container_ports(running)
    if running.service is None:
        yield from _probes(model, running, ports, {})
        return
    numbers = [port.port for port in ports if port.port is not None]
    stage = _stage(model, running)
    command = running.workload.command or (stage.command if stage is not None else ())
    listened, is_known = model.deployment.listening(running.service, command)
    if ports and is_known and not set(numbers) & set(listened) and len(numbers) == len(ports):
        port = ports[0]
        shown = f"Port {port.port} of `{running.workload.name}`"
        yield _finding(model, running.path, port, shown, running.service, listened, _port_fix(model, running, port, listened))
    elif ports and not listened and _only_exposes_others(running, stage, numbers):
        exposed: dict[int, Location | None] = dict.fromkeys(stage.ports if stage is not None else ())
        shown = f"Port {ports[0].port} of `{running.workload.name}`"
        yield _finding(model, running.path, ports[0], shown, running.service, exposed, None, "its image exposes")
    yield from _probes(model, running, ports, listened)


def _only_exposes_others(running: Running, stage: Stage | None, numbers: list[int]) -> bool:
    if stage is None or not stage.ports or running.workload.kind != "compose" or running.workload.command or running.workload.is_configured:
        return False
    return not set(numbers) & set(stage.ports)


def _stage(model: Model, running: Running) -> Stage | None:
    found = [built.stage for built in model.services.built if built.service == running.service]
    return found[0] if len(found) == 1 else None


def _probes(model: Model, running: Running, ports: tuple[ExposedPort, ...], listened: dict[int, Location | None]) -> Iterator[Finding]:
    if running.workload.kind == "compose" or not ports:
        return
    names = [port.name for port in ports if port.name]
    numbers = [port.port for port in ports if port.port is not None]
    for probe in model.deployment.probes(running):
        if probe.port_name and probe.port_name not in names:
            wrong = f"`{probe.port_name}`"
        elif probe.port is not None and probe.port not in numbers and listened and probe.port not in listened:
            wrong = str(probe.port)
        else:
            continue
        yield Finding(
            model.at(running.path, probe.span),
            f"The {probe.kind} probe asks on port {wrong}; the container has {_numbers(numbers)}",
            f"{running.workload.name} {probe.kind} {wrong}",
            evidence=(f"port: {wrong}", f"containerPort: {_numbers(numbers)}"),
            related=tuple(Related(model.at(running.path, port.span), "The container's port") for port in ports),
            fix=_rewritten(running.path, probe.port_span, probe.port_name or str(probe.port), _meant(probe.port_name, names, numbers)),
        )


# Kubernetes Services and Ingresses


def _networks(model: Model) -> Iterator[Finding]:
    services = model.services
    for path, network in model.deployment.networks:
        behind = [item for item in services.behind(network) if item.path == path or dirname(item.path) == dirname(path)]
        if not behind:
            yield from _dangling(model, path, network.name)
            continue
        ports = [port for item in behind for port in model.deployment.container_ports(item)]
        names = {port.name for port in ports if port.name}
        numbers: dict[int, Location | None] = {port.port: None for port in ports if port.port is not None}
        for item in behind:
            if item.service is not None:
                stage = _stage(model, item)
                known = model.deployment.listening(item.service, item.workload.command or (stage.command if stage is not None else ()))[0]
                numbers.update(dict.fromkeys(known) if ports else {})
        for target in model.deployment.ports(path, network.name, "target"):
            if not ports or (target.port in numbers if target.port is not None else not target.name or target.name in names):
                continue
            if target.port is not None and len(ports) > 1 and all(item.service is None for item in behind):
                continue  # An image of others may listen on ports that nobody lists.
            wrong = target.name or str(target.port)
            fix = _rewritten(path, target.span, wrong, _meant(target.name, sorted(names), list(numbers)))
            yield Finding(
                model.at(path, target.span),
                f"Service `{network.name}` leads to port `{wrong}`, which `{behind[0].workload.name}` does not have; "
                f"it has {', '.join([*map(str, sorted(numbers)), *(f'`{name}`' for name in sorted(names))])}",
                f"{network.name} {wrong}",
                evidence=(f"targetPort: {wrong}", f"containerPort: {_numbers(numbers)}"),
                related=tuple(
                    Related(model.at(behind[0].path, port.span), "The container's port")
                    for port in ports
                    if not port.container or port.port
                ),
                fix=fix,
            )


def _dangling(model: Model, path: str, name: str) -> Iterator[Finding]:
    """A Service that selects nothing, while a workload beside it differs in nothing but the spelling of a label."""
    network = next(item for where, item in model.deployment.networks if where == path and item.name == name)
    if not network.selector or network.selector_span is None or model.services.behind(network):
        return
    for item in model.services.running:
        labels = dict(item.workload.labels)
        if dirname(item.path) != dirname(path) or item.workload.kind in ("compose", "job", "cronjob") or not labels:
            continue
        wrong = [(key, value) for key, value in network.selector if labels.get(key) != value]
        if len(wrong) == 1 and wrong[0][0] in labels and get_close_matches(wrong[0][1], [labels[wrong[0][0]]], 1, 0.75):
            key, value = wrong[0]
            ports = model.deployment.container_ports(item)
            known = {port.port for port in ports} | {port.name for port in ports}
            has_ports = not ports or all((target.name or target.port) in known for target in model.deployment.ports(path, name, "target"))
            yield Finding(
                model.at(path, network.selector_span),
                f"Service `{name}` selects `{key}: {value}`, which no workload has; `{item.workload.name}` has `{labels[key]}`",
                f"{name} {key}={value}",
                evidence=(f"{key}: {value}", f"{key}: {labels[key]}"),
                related=(Related(model.at(item.path, item.workload.span), f"`{item.workload.name}` is declared here"),),
                fix=_rewritten(path, network.label_spans[network.selector.index(wrong[0])], value, labels[key] if has_ports else ""),
            )
            return


def _ingresses(model: Model) -> Iterator[Finding]:
    by_name = {network.name: path for path, network in model.deployment.networks}
    for path, ingress in model.deployment.ingress_rules:
        if "$" in ingress.service:
            continue
        if ingress.service not in by_name:
            beside = [name for name, where in by_name.items() if dirname(where) == dirname(path)]
            like = get_close_matches(ingress.service, beside, 1, 0.75)
            if like:
                yield Finding(
                    model.at(path, ingress.span),
                    f"The Ingress leads `{ingress.path}` to Service `{ingress.service}`, which is not there; there is `{like[0]}`",
                    f"{ingress.path} {ingress.service}",
                    evidence=(ingress.service, like[0]),
                    fix=_rewritten(path, ingress.span, ingress.service, like[0]),
                )
            continue
        ports = model.deployment.ports(by_name[ingress.service], ingress.service, "service")
        known = [port.port for port in ports if port.port is not None]
        names = [port.name for port in ports if port.name]
        is_missing = ingress.port not in known if ingress.port is not None else bool(ingress.port_name) and ingress.port_name not in names
        if known and is_missing:
            yield Finding(
                model.at(path, ingress.span),
                f"The Ingress asks Service `{ingress.service}` on port `{ingress.port or ingress.port_name}`; it has {_numbers(known)}",
                f"{ingress.path} {ingress.service} {ingress.port or ingress.port_name}",
                evidence=(f"port: {ingress.port or ingress.port_name}", f"port: {_numbers(known)}"),
                related=tuple(Related(model.at(by_name[ingress.service], port.span), "The Service's port") for port in ports),
                fix=_rewritten(
                    path,
                    ingress.port_span,
                    ingress.port_name or str(ingress.port),
                    _meant(ingress.port_name, names, known, is_name=True),
                ),
            )


# Findings


def _finding(
    model: Model,
    path: str,
    port: ExposedPort,
    shown: str,
    service: str,
    listened: dict[int, Location | None],
    fix: Fix | None,
    verb: str = "it listens on",
) -> Finding:
    return Finding(
        model.at(path, port.span),
        f"{shown} is not where {f'`{service}`' if service else 'the service'} answers; {verb} {_numbers(listened)}",
        f"{service} {port.kind} {port.port}",
        evidence=(str(port.port), _numbers(listened)),
        related=_related(model, listened),
        fix=fix,
    )


def _only(ports: dict[int, Location | None]) -> int | None:
    return next(iter(ports)) if len(ports) == 1 else None


def _port_fix(model: Model, running: Running, port: ExposedPort, listened: dict[int, Location | None]) -> Fix | None:
    target = _only(listened)
    if target is None:
        return None
    if running.workload.kind != "compose":
        return _replacement(running.path, port, str(target))
    published = [item for item in model.deployment.ports(running.path, running.workload.name, "published") if item.span == port.span]
    old = f"{published[0].port}:{port.port}" if published else str(port.port)
    new = f"{published[0].port}:{target}" if published else str(target)
    return _replacement(running.path, port, new, old)


def _replacement(path: str, port: ExposedPort, new: str, old: str = "") -> Fix | None:
    """Write `new` over a port, when its text is known to be `old`, perhaps in quotes."""
    quotes = port.span.end - port.span.start - len(old or str(port.port))
    if quotes not in (0, 2):
        return None
    quote = '"' if quotes else ""
    return Fix(f"Write {new}", (Edit(Location(path, port.span), f"{quote}{new}{quote}"),))


def _meant(name: str, names: list[str], numbers: list[int], *, is_name: bool = False) -> str:
    """Return the port to write in the place of a wrong one: a name for a name, else the only number unless only a name may stand there."""
    if name:
        like = names if len(names) == 1 else get_close_matches(name, names, 1, 0.75)
        if like or is_name:
            return like[0] if like else ""
    return str(numbers[0]) if len(numbers) == 1 else ""


def _rewritten(path: str, span: Span | None, old: str, new: str) -> Fix | None:
    """Write a name or number over another one in Kubernetes, where a number in quotes would be a name."""
    quotes = span.end - span.start - len(old) if span is not None else -1
    if not new or span is None or quotes not in (0, 2):
        return None
    quote = '"' if quotes and not new.isdecimal() else ""
    return Fix(f"Write {new}", (Edit(Location(path, span), f"{quote}{new}{quote}"),))
