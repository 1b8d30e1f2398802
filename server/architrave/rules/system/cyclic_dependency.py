"""Modules import one another in a circle.

## Why it matters
None of the modules of a cycle can be understood, tested, moved or released without all the others, so the cycle is one big module in
disguise, and it grows. In Python and JavaScript the order of imports then decides whether a name exists yet: a harmless new import makes
the program fail at start with a half-initialised module.

The unit is the file in Python, JavaScript and TypeScript, the package in Java, and in Rust the module right below the root of a crate,
where a cycle costs nothing at run time and so is a hint. The compiler of Go forbids them. A circle among the tables of one folder of
models is a hint. One that only goes through lists of what lies below (`index.ts`, `__init__.py`) says so at `information`: to import the
file itself ends it. The compiler of TypeScript leaves out an import of which nothing but types are used, so that is part of no cycle,
unless a decorator makes it write the types down, or `verbatimModuleSyntax` makes it keep what does not say `import type`.

## Example

### Python

`shop/__init__.py`
```python
```

`shop/orders.py`
```python
from shop.billing import invoice  # finding


def place(order):
    return invoice(order)
```

`shop/billing.py`
```python
from shop.orders import place
from shop.orders import place as again


def invoice(order):
    return place, again
```

Use instead:

`shop/orders.py`
```python
from shop.billing import invoice


def place(order):
    return invoice(order)
```

`shop/billing.py`
```python
def invoice(order):
    return order.total
```

### TypeScript

`tsconfig.json`
```json
{ "compilerOptions": { "verbatimModuleSyntax": true } }
```

`src/orders.ts`
```typescript
import { price } from "./pricing";  // finding

export class Order {
  total() {
    return price(this);
  }
}
```

`src/pricing.ts`
```typescript
import { Order } from "./orders";

export function price(order: Order) {
  return 1;
}
```

Use instead:

`src/pricing.ts`
```typescript
import type { Order } from "./orders";

export function price(order: Order) {
  return 1;
}
```

### Java

`src/main/java/com/shop/orders/Order.java`
```java
package com.shop.orders;

import com.shop.pricing.Pricing;  // finding

public class Order {
    long total() {
        return Pricing.of(this);
    }
}
```

`src/main/java/com/shop/pricing/Pricing.java`
```java
package com.shop.pricing;

import com.shop.orders.Order;

public class Pricing {
    public static long of(Order order) {
        return 1;
    }
}
```

Use instead:

`src/main/java/com/shop/orders/Order.java`
```java
package com.shop.orders;

public class Order {}
```

### Rust

`Cargo.toml`
```toml
[package]
name = "shop"
```

`src/lib.rs`
```rust
pub mod orders;
pub mod pricing;
```

`src/orders/mod.rs`
```rust
mod lines;

pub struct Order;
```

`src/orders/lines.rs`
```rust
use crate::pricing::price;  // finding

pub fn total() -> i64 {
    price(&super::Order)
}
```

`src/pricing.rs`
```rust
use crate::orders::Order;

pub fn price(order: &Order) -> i64 {
    1
}
```

Use instead:

`src/orders/lines.rs`
```rust
pub fn total(price: i64) -> i64 {
    price
}
```

## Fix
`import type` where that ends the cycle. Elsewhere none: which of the modules should own the shared part is a decision; the cycle is shown
at its weakest edge, where it is cheapest to cut.

## References
Martin, "Agile Software Development", Acyclic Dependencies Principle · T. Sharma et al., "An empirical investigation on the relationship
between design and architecture smells", 2020, doi 10.1007/s10664-020-09847-2
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from posixpath import basename, dirname, splitext

from architrave.facts.code import Import
from architrave.findings import Edit, Finding, Fix, Related, Severity
from architrave.model.graph import Model
from architrave.model.modules import Dependency
from architrave.model.pages import is_in, pages
from architrave.rule import rule
from architrave.text import Span

# A file is the unit of import in Python and JavaScript. Java's is the package: classes of one package may well know one another.
_BY_FILE = frozenset({"python", "typescript", "javascript"})
_BY_FOLDER = frozenset({"java"})
_RUST_ROOTS = ("main.rs", "lib.rs", "bin")

_MODELS = frozenset({"models", "model", "entities", "entity"})
_LISTS = frozenset({"index", "__init__"})

Graph = Mapping[str, Mapping[str, tuple[Dependency, ...]]]


@rule(severity="warning", since="0.1")
def cyclic_dependency(model: Model) -> Iterator[Finding]:
    at_load = _graph(model, is_lazy_too=False)
    cycles = components(at_load)
    for component in cycles:
        yield _finding(model, at_load, component, is_lazy=False)
    everything = _graph(model, is_lazy_too=True)
    for component in components(everything):
        if component not in cycles:
            yield _finding(model, everything, component, is_lazy=True)


def _graph(model: Model, is_lazy_too: bool) -> Graph:
    """Return who imports whom, by file or package; without imports for type checkers, and with those inside functions if asked."""
    found: dict[str, dict[str, list[Dependency]]] = defaultdict(lambda: defaultdict(list))
    for dependency in model.modules.dependencies:
        language = model.files.get(dependency.source, "")
        if not any((is_lazy_too or not item.function) and not _is_erased(model, dependency, item) for item in dependency.imports):
            continue
        if language in _BY_FILE:
            found[dependency.source][dependency.target].append(dependency)
        elif language in _BY_FOLDER:
            source, target = dirname(dependency.source), dependency.target.rstrip("/")
            target = target if dependency.target.endswith("/") else dirname(target)
            if source != target:
                found[source][target].append(dependency)
        elif language == "rust":
            source, target = _rust_module(dependency.source), _rust_module(dependency.target)
            if source and target and source != target:
                found[source][target].append(dependency)
    return {source: {target: tuple(items) for target, items in targets.items()} for source, targets in found.items()}


def _rust_module(path: str) -> str:
    """Return the module right below the root of its crate that a file is of; "" for the root itself."""
    crate, is_inside, rest = f"/{path}".rpartition("/src/")
    name = rest.partition("/")[0]
    return f"{crate}/src/{name.removesuffix('.rs')}"[1:] if is_inside and name not in _RUST_ROOTS else ""


def _is_erased(model: Model, dependency: Dependency, item: Import) -> bool:
    """Whether an import is gone at run time: one for type checkers, or in TypeScript one of nothing but an interface or type."""
    if item.is_type_only:
        return True
    if model.files.get(dependency.source) != "typescript" or item.name in ("", "*"):
        return False
    place = model.classes.find(dependency.source, f"{item.module}.{item.name}")
    definition = model.classes.definition(place) if place is not None else None
    return definition is not None and definition.kind in ("interface", "type")


def _statement(dependency: Dependency, is_lazy: bool) -> Import:
    """The import to point at: the lazy one where it is what closes the circle."""
    counted = [item for item in dependency.imports if not item.is_type_only]
    return max(counted, key=lambda item: bool(item.function) == is_lazy)


def _finding(model: Model, graph: Graph, component: frozenset[str], is_lazy: bool) -> Finding:
    edges = [
        (sum(len(dependency.imports) for dependency in dependencies), source, target)
        for source in sorted(component)
        for target, dependencies in graph.get(source, {}).items()
        if target in component
        # A circle that only imports inside functions close is cut at one of them.
        and (not is_lazy or all(item.function or item.is_type_only for dependency in dependencies for item in dependency.imports))
    ]
    way, source, target = min(
        ((_path(graph, component, target, source), source, target) for _, source, target in _weakest(edges)),
        key=lambda found: (len(found[0]), found[1:]),
    )
    dependency = graph[source][target][0]
    related = []
    for here, there in pairwise(way):
        other = graph[here][there][0]
        related.append(Related(model.at(other.source, _statement(other, False).span), f"`{here}` imports `{there}`"))
    shown = " → ".join(f"`{step}`" for step in (source, *way))
    others = len(component) - len(way)
    severity: Severity | None = None
    if is_lazy or model.files.get(dependency.source) == "rust" or _is_of_models(component):
        severity = "hint"
    elif model.files.get(dependency.source) in _BY_FOLDER or _is_page(model, component) or _is_by_lists(graph, component):
        severity = "information"
    return Finding(
        model.at(dependency.source, _statement(dependency, is_lazy).span),
        f"Modules import one another in a circle{', closed by imports inside functions' if is_lazy else ''}: {shown}",
        " ".join(sorted(way)),
        (f"{len(component)} modules take part" + (f", {others} of them on other ways round" if others > 0 else ""),),
        tuple(related),
        _of_types(model, graph, component) if not is_lazy else None,
        severity=severity,
    )


def _of_types(model: Model, graph: Graph, component: frozenset[str]) -> Fix | None:
    """Say `import type` between two modules where that alone ends the circle, and the configuration keeps imports that do not say so."""
    for source in sorted(component) if model.modules.only_types else ():
        for target, dependencies in sorted(graph.get(source, {}).items()):
            imports = [(each.source, item) for each in dependencies for item in each.imports]
            counted = [(path, item) for path, item in imports if not item.is_type_only]
            if target not in component or not model.modules.only_types.issuperset(counted) or _is_mixed(item for _, item in imports):
                continue
            rest = {
                node: {other: found for other, found in targets.items() if other in component and (node, other) != (source, target)}
                for node, targets in graph.items()
                if node in component
            }
            if not components(rest):
                spans = dict.fromkeys((path, item.span) for path, item in counted)
                words = ((path, Span(span.start, span.start + len("import"), span.chunk)) for path, span in spans)
                return Fix("Import nothing but types", tuple(Edit(model.at(path, span), "import type") for path, span in words))
    return None


def _is_mixed(imports: Iterable[Import]) -> bool:
    """Whether a statement imports a default and names, or says `type` at one of them, which `import type` cannot."""
    found: dict[Span, set[tuple[bool, bool]]] = defaultdict(set)
    for item in imports:
        found[item.span].add((item.name == "default", item.is_type_only))
    return any(len(kinds) > 1 for kinds in found.values())


def _is_of_models(component: frozenset[str]) -> bool:
    """Whether the modules are the tables of one folder, which know one another where rows do."""
    folders = {dirname(path) for path in component}
    return len(folders) == 1 and basename(*folders) in _MODELS


def _is_by_lists(graph: Graph, component: frozenset[str]) -> bool:
    """Whether there is no circle but through files that list what lies below them: `index.ts`, `__init__.py`."""
    without: dict[str, dict[str, tuple[Dependency, ...]]] = {}
    for source in component:
        is_list = splitext(basename(source))[0] in _LISTS
        without[source] = {
            target: found
            for target, found in graph.get(source, {}).items()
            if target in component and not (is_list and target.startswith(f"{dirname(source)}/"))
        }
    return not components(without)


def _is_page(model: Model, component: frozenset[str]) -> bool:
    """Whether the modules are of a page, where a circle seldom outlives the bundler."""
    if 2 * sum(path.endswith((".tsx", ".jsx", ".vue", ".svelte")) for path in component) >= len(component):
        return True
    return all(is_in(model, path, pages) for path in component)


def _weakest(edges: list[tuple[int, str, str]]) -> list[tuple[int, str, str]]:
    least = min(edges)[0]
    return [edge for edge in sorted(edges) if edge[0] == least][:20]


def _path(graph: Graph, component: frozenset[str], start: str, end: str) -> list[str]:
    """Return the shortest way from `start` to `end` inside a component."""
    came: dict[str, str] = {start: ""}
    frontier = [start]
    while frontier and end not in came:
        following = []
        for node in frontier:
            for target in sorted(graph.get(node, {})):
                if target in component and target not in came:
                    came[target] = node
                    following.append(target)
        frontier = following
    way = [end]
    while came[way[-1]]:
        way.append(came[way[-1]])
    return way[::-1]


def components(graph: Graph) -> list[frozenset[str]]:
    """Return the strongly connected components of more than one node. R. Tarjan, 1972, without recursion."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    on_stack: set[str] = set()
    stack: list[str] = []
    found = []
    for root in sorted(graph):
        if root in index:
            continue
        work = [(root, iter(sorted(graph.get(root, {}))))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, targets = work[-1]
            for target in targets:
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    on_stack.add(target)
                    work.append((target, iter(sorted(graph.get(target, {})))))
                    break
                if target in on_stack:
                    low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    members = set()
                    while True:
                        member = stack.pop()
                        on_stack.discard(member)
                        members.add(member)
                        if member == node:
                            break
                    if len(members) > 1:
                        found.append(frozenset(members))
    return found
