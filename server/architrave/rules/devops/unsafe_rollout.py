"""A deployment takes a service away while it is replaced.

## Why it matters
With `Recreate`, or when all pods may be unavailable at once, Kubernetes ends every old copy before a new one answers: each deployment is an
outage, as long as the image takes to be pulled and the process to start, and a version that does not start leaves nothing running. The
same happens outside of deployments when a node is emptied for an upgrade and nothing says how many copies have to stay, or there is but
one. A disruption budget that lets no pod go is the other end: the node cannot be emptied at all.

Deployments that run code of this workspace and stand behind a Service are looked at. What a volume that is claimed forces is left alone,
and so are clusters for development and tests. That there is one copy, or no budget, is said only where the team's other services have
several copies, or a budget: where nothing has, it is not meant to be run that way. What a patch or Kustomize changes counts.

## Example

### Kubernetes, Recreate

`orders/Dockerfile`
```dockerfile
FROM python:3.13-slim
COPY . .
USER 10001
CMD ["python", "-m", "orders"]
```

`deploy/orders.yaml`
```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: orders
spec:
  replicas: 3
  strategy:
    type: Recreate  # finding
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
---
apiVersion: v1
kind: Service
metadata:
  name: orders
spec:
  selector:
    app: orders
  ports:
    - port: 8000
```

Use instead:

`deploy/orders.yaml`
```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: orders
spec:
  replicas: 3
  strategy:
    type: RollingUpdate
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
---
apiVersion: v1
kind: Service
metadata:
  name: orders
spec:
  selector:
    app: orders
  ports:
    - port: 8000
```

### Kubernetes, all at once

`orders/Dockerfile`
```dockerfile
FROM python:3.13-slim
COPY . .
USER 10001
CMD ["python", "-m", "orders"]
```

`deploy/orders.yaml`
```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: orders
spec:
  replicas: 2
  strategy:
    rollingUpdate:
      maxUnavailable: 100%  # finding
  template:
    metadata:
      labels:
        app: orders
    spec:
      containers:
        - name: orders
          image: shop/orders:1.4
---
apiVersion: v1
kind: Service
metadata:
  name: orders
spec:
  selector:
    app: orders
  ports:
    - port: 8000
```

Use instead:

`deploy/orders.yaml`
```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: orders
spec:
  replicas: 2
  strategy:
    rollingUpdate:
      maxUnavailable: 25%
  template:
    metadata:
      labels:
        app: orders
    spec:
      containers:
        - name: orders
          image: shop/orders:1.4
---
apiVersion: v1
kind: Service
metadata:
  name: orders
spec:
  selector:
    app: orders
  ports:
    - port: 8000
```

### Kubernetes, a budget

`orders/Dockerfile`
```dockerfile
FROM python:3.13-slim
COPY . .
USER 10001
CMD ["python", "-m", "orders"]
```

`deploy/orders.yaml`
```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: orders
spec:
  replicas: 3
  template:
    metadata:
      labels:
        app: orders
    spec:
      containers:
        - name: orders
          image: shop/orders:1.4
---
apiVersion: v1
kind: Service
metadata:
  name: orders
spec:
  selector:
    app: orders
  ports:
    - port: 8000
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: orders
spec:
  minAvailable: 3  # finding
  selector:
    matchLabels:
      app: orders
```

Use instead:

`deploy/orders.yaml`
```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: orders
spec:
  replicas: 3
  template:
    metadata:
      labels:
        app: orders
    spec:
      containers:
        - name: orders
          image: shop/orders:1.4
---
apiVersion: v1
kind: Service
metadata:
  name: orders
spec:
  selector:
    app: orders
  ports:
    - port: 8000
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: orders
spec:
  minAvailable: 2
  selector:
    matchLabels:
      app: orders
```

## Fix
The strategy, the share, the number of copies or the limit is set to one that keeps the service there; a missing budget is written above
the Deployment. It is not applied unseen: the copies of two versions run beside one another then, and have to get on.

## References
Kubernetes documentation, Deployments: Strategy, and Specifying a Disruption Budget for your Application · kube-linter
no-rolling-update-strategy, pdb-max-unavailable, pdb-min-available
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from architrave.facts.deployment import Autoscaler, DisruptionBudget, NetworkService, Rollout
from architrave.facts.values import Replacement
from architrave.findings import Finding
from architrave.model.graph import Model
from architrave.model.tools import is_for_development
from architrave.regexes import regex
from architrave.rule import fix, rule

_BEFORE_PRODUCTION = regex(r"(^|[-_./])(preview|staging)([-_./]|$)")


class _Served(NamedTuple):
    """A Deployment behind a Service that runs code of the workspace; `copies` is None where it is not known how many there are."""

    path: str
    rollout: Rollout
    copies: int | None
    is_scaled: bool


@rule(severity="warning", since="0.1")
def unsafe_rollout(model: Model) -> Iterator[Finding]:
    served = list(_served(model))
    budgets = list(model.each(DisruptionBudget))
    for item in served:
        yield from _strategy(model, item)
        yield from _copies(model, item, served)
        yield from _budget(model, item, budgets)


def _served(model: Model) -> Iterator[_Served]:
    rollouts = list(model.each(Rollout))
    scaled = {(scaler.target, scaler.namespace) for _, scaler in model.each(Autoscaler) if scaler.kind == "deployment"}
    behind = {
        (running.path, running.workload.name)
        for _, network in model.each(NetworkService)
        for running in model.services.behind(network)
        if running.workload.kind == "deployment" and running.service is not None
    }
    for path, rollout in rollouts:
        if (path, rollout.name) not in behind or is_for_development(path) or _BEFORE_PRODUCTION.search(path.lower()):
            continue
        others = [other for _, other in rollouts if other is not rollout and other.name == rollout.name]
        is_scaled = (rollout.name, rollout.namespace) in scaled
        known = {other.replicas for other in (rollout, *others) if other.replicas_span is not None}
        copies = next(iter(known)) if len(known) == 1 and not is_scaled else None
        if not any(other.strategy or other.max_unavailable for other in others):
            yield _Served(path, rollout, copies, is_scaled)
        else:  # A patch says how it is rolled out.
            yield _Served(path, Rollout(rollout.span, rollout.name, rollout.namespace, labels=rollout.labels), copies, is_scaled)


def _strategy(model: Model, item: _Served) -> Iterator[Finding]:
    path, rollout = item.path, item.rollout
    if rollout.keeps_volume:
        return
    if rollout.strategy == "Recreate" and rollout.strategy_span is not None:
        yield Finding(
            model.at(path, rollout.strategy_span),
            f"Each deployment ends every copy of `{rollout.name}` before a new one starts",
            f"strategy {rollout.name}",
            ("strategy: Recreate", "a Service sends it requests"),
            fix=fix("Replace the copies one after another", path, [Replacement(rollout.strategy_span, "RollingUpdate")]),
        )
    elif rollout.max_unavailable_span is not None and _is_all(rollout.max_unavailable, item.copies):
        yield Finding(
            model.at(path, rollout.max_unavailable_span),
            f"While `{rollout.name}` is deployed, all of its copies may be unavailable at once",
            f"maxUnavailable {rollout.name}",
            (f"maxUnavailable: {rollout.max_unavailable}", f"replicas: {item.copies}" if item.copies else "a Service sends it requests"),
            fix=fix("Keep three of four copies", path, [Replacement(rollout.max_unavailable_span, "25%")]),
        )


def _is_all(limit: str, copies: int | None) -> bool:
    return limit == "100%" or (limit.isdecimal() and copies is not None and 0 < copies <= int(limit))


def _copies(model: Model, item: _Served, served: list[_Served]) -> Iterator[Finding]:
    """One copy, where the other services of the team have several."""
    rollout = item.rollout
    others = [other for other in served if other.rollout.name != rollout.name]
    several = [other for other in others if other.is_scaled or (other.copies or 0) > 1]
    if item.copies != 1 or rollout.replicas_span is None or rollout.keeps_volume or not others or len(several) < len(others):
        return
    yield Finding(
        model.at(item.path, rollout.replicas_span),
        f"`{rollout.name}` is one copy: it is gone while its node is, and the services beside it have several",
        f"replicas {rollout.name}",
        ("replicas: 1", "no HorizontalPodAutoscaler"),
        fix=fix("Run two copies", item.path, [Replacement(rollout.replicas_span, "2")]),
        severity="information",
    )


def _budget(model: Model, item: _Served, budgets: list[tuple[str, DisruptionBudget]]) -> Iterator[Finding]:
    rollout = item.rollout
    own = [
        (path, budget)
        for path, budget in budgets
        if budget.selector and set(budget.selector) <= set(rollout.labels) and budget.namespace in ("", rollout.namespace)
    ]
    for path, budget in own:
        least = budget.min_available
        is_blocked = least == "100%" or budget.max_unavailable in ("0", "0%")
        is_blocked = is_blocked or (least.isdecimal() and item.copies is not None and 1 < item.copies <= int(least))
        if is_blocked and budget.limit_span is not None:
            allowed = "1" if budget.max_unavailable else str(item.copies - 1) if item.copies and item.copies > 1 else ""
            yield Finding(
                model.at(path, budget.limit_span),
                f"No copy of `{rollout.name}` may be taken away, so no node that runs one can be emptied",
                f"budget {budget.name}",
                (f"minAvailable: {least}" if least else f"maxUnavailable: {budget.max_unavailable}",),
                fix=fix("Let one copy go at a time", path, [Replacement(budget.limit_span, allowed)] if allowed else ()),
            )
    selectors_known = all(budget.selector for _, budget in budgets)
    if budgets and not own and selectors_known and rollout.start is not None and (item.copies or 0) > 1:
        yield Finding(
            model.at(item.path, rollout.span),
            f"All copies of `{rollout.name}` may be taken away at once when nodes are emptied; other services have a budget",
            f"no budget {rollout.name}",
            (f"replicas: {item.copies}", "no PodDisruptionBudget selects its pods"),
            fix=fix("Keep all but one of its copies", item.path, _new_budget(rollout)),
            severity="information",
        )


def _new_budget(rollout: Rollout) -> Iterator[Replacement]:
    if rollout.start is not None and rollout.labels:
        namespace = f"\n  namespace: {rollout.namespace}" if rollout.namespace else ""
        labels = "".join(f"\n      {key}: {value}" for key, value in rollout.labels)
        yield Replacement(
            rollout.start,
            f"apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: {rollout.name}{namespace}\nspec:\n  maxUnavailable: 1"
            f"\n  selector:\n    matchLabels:{labels}\n---",
            "before",
        )
