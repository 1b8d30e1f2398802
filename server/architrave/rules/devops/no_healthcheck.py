"""A service gets requests before anybody has asked whether it is ready.

## Why it matters
Without a readiness probe a container counts as ready as soon as its process runs. Each deployment then sends requests to copies that are
still connecting or warming up, and takes the old ones away before a new one can answer; a copy that has lost its database keeps its share
of the requests. Users see errors each time something is deployed.

The containers of Deployments and StatefulSets that run code of this workspace and stand behind a Service are looked at. A probe of any kind
counts, in the manifest or in a patch of Kustomize.

## Example

### Kubernetes

`orders/app.py`
```python
from fastapi import FastAPI

app = FastAPI()


@app.get("/healthz")
def healthz(): ...
```

`orders/Dockerfile`
```dockerfile
FROM python:3.13-slim
COPY . .
USER 10001
CMD ["uvicorn", "app:app", "--host", "0.0.0.0", "--port", "8000"]
```

`deploy/orders.yaml`
```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: orders
spec:
  selector:
    matchLabels:
      app: orders
  template:
    metadata:
      labels:
        app: orders
    spec:
      containers:
        - name: orders  # finding
          image: shop/orders:1.4
          ports:
            - containerPort: 8000
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
      targetPort: 8000
```

Use instead:

`deploy/orders.yaml`
```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: orders
spec:
  selector:
    matchLabels:
      app: orders
  template:
    metadata:
      labels:
        app: orders
    spec:
      containers:
        - name: orders
          image: shop/orders:1.4
          readinessProbe:
            httpGet:
              path: /healthz
              port: 8000
          ports:
            - containerPort: 8000
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
      targetPort: 8000
```

## Fix
A probe of the route for health that the service has, at the one port of the container, is added. It is not applied unseen: how long a start
may take is for the author to say.

## References
Kubernetes documentation, Configure Liveness, Readiness and Startup Probes · kube-linter no-readiness-probe
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.facts.deployment import ExposedPort, NetworkService, Probe
from architrave.facts.values import Replacement
from architrave.findings import Finding
from architrave.model.graph import Model
from architrave.model.services import Running
from architrave.regexes import regex
from architrave.rule import fix, rule

# The most telling first.
_HEALTH = tuple(
    regex(rf"/({names})$", re.IGNORECASE)
    for names in ("readyz?|readiness", "healthz?|health-?check|_health", "livez?|alive|ping|status")
)


@rule(severity="warning", since="0.1")
def no_healthcheck(model: Model) -> Iterator[Finding]:
    probed = {probe.owner for _, probe in model.each(Probe) if probe.kind == "readiness"}
    served = {
        (running.path, running.workload.name, running.workload.container)
        for _, network in model.each(NetworkService)
        for running in model.services.behind(network)
    }
    for running in model.services.running:
        workload = running.workload
        key = (running.path, workload.name, workload.container)
        if workload.kind not in ("deployment", "statefulset") or running.service is None or key not in served:
            continue
        if "readinessProbe" in workload.probes or workload.name in probed:
            continue
        ports = _ports(model, running)
        if not ports:
            continue  # A container beside the one that serves.
        yield Finding(
            model.at(running.path, workload.span),
            f"`{workload.name}` gets requests before anybody has asked whether it is ready",
            f"readiness {workload.name} {workload.container}",
            (f"no readinessProbe in `{workload.container or workload.name}`",),
            fix=fix("Ask for its health before it is sent requests", running.path, _probe(model, running, ports)),
        )


def _ports(model: Model, running: Running) -> list[int]:
    own = (running.workload.name, running.workload.container)
    listed = [item for item in model.of(running.path, ExposedPort) if item.kind == "container" and (item.owner, item.container) == own]
    return [item.port for item in listed if item.port is not None]


def _probe(model: Model, running: Running, ports: list[int]) -> Iterator[Replacement]:
    paths = [
        endpoint.path
        for endpoint in model.routes.by_service.get(running.service or "", ())
        if endpoint.method in ("GET", "*") and endpoint.is_complete and "{" not in endpoint.path
    ]
    path = next((path for pattern in _HEALTH for path in paths if pattern.search(path)), "")
    if path and len(ports) == 1 and running.workload.probe_at is not None:
        text = f"readinessProbe:\n  httpGet:\n    path: {path}\n    port: {ports[0]}"
        yield Replacement(running.workload.probe_at, text, "after")
