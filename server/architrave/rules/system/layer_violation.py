"""A module imports from a layer above its own.

## Why it matters
Layers make it possible to change or test what is below without what is above. One import the wrong way round, a repository that reaches
into a handler, ties both together: the lower layer can no longer be used from a worker or a test without the web framework, and the next
such import is easier to justify.

## Example

### Python

`architrave.toml`
```toml
[[layers]]
name = "orders"
modules = ["orders.api", "orders.services", "orders.repositories"]
```

`orders/api/routes.py`
```python
from orders.services.checkout import place
```

`orders/services/checkout.py`
```python
from orders.repositories.orders import save


def place(order):
    save(order)
```

`orders/repositories/orders.py`
```python
from orders.api.routes import place  # finding


def save(order):
    return place
```

Use instead:

`orders/repositories/orders.py`
```python
def save(order):
    return order
```

### Go

`architrave.toml`
```toml
[[layers]]
name = "orders"
modules = ["orders/api", "orders/store"]
```

`go.mod`
```
module example.com/shop
```

`orders/api/routes.go`
```go
package api

import "example.com/shop/orders/store"

func Place() { store.Save() }
```

`orders/store/orders.go`
```go
package store

import "example.com/shop/orders/api"  // finding

func Save() { api.Place() }
```

Use instead:

`orders/store/orders.go`
```go
package store

func Save() {}
```

### TypeScript

`architrave.toml`
```toml
[[layers]]
name = "orders"
modules = ["src/api", "src/store"]
```

`src/api/routes.ts`
```typescript
import { save } from "../store/orders";

export function place(order: string) {
  save(order);
}
```

`src/store/orders.ts`
```typescript
import { place } from "../api/routes";  // finding

export function save(order: string) {
  return place;
}
```

Use instead:

`src/store/orders.ts`
```typescript
export function save(order: string) {
  return order;
}
```

### Java

`architrave.toml`
```toml
[[layers]]
name = "orders"
modules = ["com.shop.api", "com.shop.data"]
```

`src/main/java/com/shop/api/Orders.java`
```java
package com.shop.api;

import com.shop.data.OrderStore;

public class Orders {}
```

`src/main/java/com/shop/data/OrderStore.java`
```java
package com.shop.data;

import com.shop.api.Orders;  // finding

public class OrderStore {}
```

Use instead:

`src/main/java/com/shop/data/OrderStore.java`
```java
package com.shop.data;

public class OrderStore {}
```

### Rust

`architrave.toml`
```toml
[[layers]]
name = "orders"
modules = ["orders/src/api", "orders/src/store"]
```

`orders/src/lib.rs`
```rust
pub mod api;
pub mod store;
```

`orders/src/api.rs`
```rust
use crate::store;

pub fn place() {
    store::save();
}
```

`orders/src/store.rs`
```rust
use crate::api;  // finding

pub fn save() {
    api::place();
}
```

Use instead:

`orders/src/store.rs`
```rust
pub fn save() {}
```

## Options
- `share`: how many of the imports between two layers that were told by the names of folders must agree on a direction, from 0 to 1.
- `least`: how many imports there must be before a direction is inferred.

## Fix
None. What the two layers share belongs into the lower one, or behind an interface that the lower one declares.

## References
Fowler, "Patterns of Enterprise Application Architecture", ch. 1 Layering · import-linter, Layers contract · ArchUnit, layeredArchitecture
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from architrave.facts.code import Import
from architrave.findings import Finding
from architrave.model.graph import Model
from architrave.model.modules import Dependency
from architrave.rule import rule

# The layers that backends of all five languages name alike, the highest first.
_CONVENTION: dict[str, int] = {
    **dict.fromkeys(
        ("api", "apis", "controllers", "controller", "handlers", "handler", "routes", "routers", "views", "endpoints", "web"), 0
    ),
    **dict.fromkeys(("services", "service", "usecases", "usecase", "use_cases", "application"), 1),
    **dict.fromkeys(("repositories", "repository", "repos", "repo", "dao", "daos"), 2),
}
_NAMES = ("handlers", "services", "repositories")


@rule(severity="warning", since="0.1")
def layer_violation(model: Model, *, share: float = 0.8, least: int = 5) -> Iterator[Finding]:
    yield from _configured(model)
    yield from _inferred(model, share, least)


def _configured(model: Model) -> Iterator[Finding]:
    for layers in model.declared.get("layers", ()):
        for dependency in model.modules.dependencies:
            source = _layer(dependency.source, layers.modules)
            target = _layer(dependency.target, layers.modules)
            if source is None or target is None or source <= target or dependency.is_type_only:
                continue
            upper, lower = layers.modules[target], layers.modules[source]
            yield _finding(
                model, dependency, f"`{lower}` imports `{upper}`, a layer above it", f"layers `{layers.name}`: {' > '.join(layers.modules)}"
            )


def _layer(path: str, modules: tuple[str, ...]) -> int | None:
    """Return the index of the layer whose dotted or slashed prefix a file lies below, wherever its source root is."""
    stem = path if path.endswith("/") else path.rpartition(".")[0]  # A package of Go is a folder.
    dotted = "." + stem.replace("/", ".").strip(".") + "."
    fits = [(len(module), index) for index, module in enumerate(modules) if "." + module.replace("/", ".").strip(".") + "." in dotted]
    return max(fits)[1] if fits else None


def _inferred(model: Model, share: float, least: int) -> Iterator[Finding]:
    """Where folder names tell layers, and nearly all imports between two of them agree on the usual direction, the others are hints."""
    if model.declared.get("layers"):
        return
    edges: dict[tuple[str, int, int], list[Dependency]] = defaultdict(list)
    for dependency in model.modules.dependencies:
        source, target = _conventional(dependency.source), _conventional(dependency.target)
        if source is None or target is None or source[1] == target[1] or source[0] != target[0] or dependency.is_type_only:
            continue
        edges[source[0], source[1], target[1]].append(dependency)
    for (root, source_layer, target_layer), upward in sorted(edges.items()):
        if source_layer < target_layer:
            continue
        downward = edges.get((root, target_layer, source_layer), [])
        total = len(upward) + len(downward)
        if total < least or len(downward) < share * total:
            continue
        for dependency in upward:
            yield _finding(
                model,
                dependency,
                f"A module of the {_NAMES[source_layer]} imports one of the {_NAMES[target_layer]}, the layer above it",
                f"{len(downward)} of {total} imports between the two go the other way",
                is_inferred=True,
            )


def _conventional(path: str) -> tuple[str, int] | None:
    """Return (the folder above the layer, layer) of a file whose folders name a layer."""
    folders = path.rstrip("/").split("/")[:-1] if not path.endswith("/") else path.rstrip("/").split("/")
    for index, folder in enumerate(folders):
        layer = _CONVENTION.get(folder.lower())
        if layer is not None:
            return "/".join(folders[:index]), layer
    return None


def _finding(model: Model, dependency: Dependency, message: str, evidence: str, is_inferred: bool = False) -> Finding:
    item: Import = next((item for item in dependency.imports if not item.is_type_only), dependency.imports[0])
    return Finding(
        model.at(dependency.source, item.span),
        message,
        f"{dependency.source} {dependency.target}",
        (evidence,),
        severity="hint" if is_inferred else None,
    )
