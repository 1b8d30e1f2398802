"""A feature flag is defined nowhere, or is the same for everybody everywhere.

## Why it matters
A flag that no file defines always takes its default: the feature that was tested behind it never comes, and nothing says so, for the call
does not fail. A flag that has one value in every environment has done its work; the branch that is never taken is still read, tested and
changed by everybody, and one day somebody turns it back on by mistake, with code behind it that no longer fits.

Flags of OpenFeature, LaunchDarkly and Unleash are looked at, against the files that define flags for flagd, LaunchDarkly, Unleash and
GO Feature Flag. Files count as the flags of the workspace where they define most of what its code asks for: what only a server knows is
not judged. A value counts as fixed when at least two files, one for each environment, define the flag, all of them with that value and for
everybody; switches for emergencies are left alone. How old a flag is, is not asked for.

## Example

### Python

`flags.json`
```json
{
  "flags": {
    "new-checkout": { "state": "ENABLED", "variants": { "on": true, "off": false }, "defaultVariant": "off" },
    "fast-search": { "state": "ENABLED", "variants": { "on": true, "off": false }, "defaultVariant": "off" }
  }
}
```

`app/orders.py`
```python
from openfeature import api

client = api.get_client()


def search(query):
    if client.get_boolean_value("fast-search", False):
        return []


def checkout():
    if client.get_boolean_value("new-chekcout", False):  # finding
#                                ^^^^^^^^^^^^
        return "new"
```

Use instead:

`app/orders.py`
```python
from openfeature import api

client = api.get_client()


def search(query):
    if client.get_boolean_value("fast-search", False):
        return []


def checkout():
    if client.get_boolean_value("new-checkout", False):
        return "new"
```

### TypeScript

`flags.json`
```json
{ "flagValues": { "new-checkout": false, "fast-search": true } }
```

`src/orders.ts`
```typescript
import { init } from "@launchdarkly/node-server-sdk";

const client = init("sdk");

export async function checkout(context) {
  if (await client.boolVariation("new-checkout", context, false)) return "new";
  if (await client.boolVariation("gift-wrapping", context, false)) return "gift";  // finding
}
```

Use instead:

`flags.json`
```json
{ "flagValues": { "new-checkout": false, "fast-search": true, "gift-wrapping": false } }
```

### Go, the same everywhere

`flags/staging.json`
```json
{ "flags": { "new-checkout": { "state": "ENABLED", "variants": { "on": true, "off": false }, "defaultVariant": "on" } } }
```

`flags/production.json`
```json
{ "flags": { "new-checkout": { "state": "ENABLED", "variants": { "on": true, "off": false }, "defaultVariant": "on" } } }
```

`orders.go`
```go
package main

import (
	"context"

	"github.com/open-feature/go-sdk/openfeature"
)

func checkout(ctx context.Context, client *openfeature.Client) string {
	isNew, _ := client.BooleanValue(ctx, "new-checkout", false, openfeature.EvaluationContext{})  // finding
	if isNew {
		return "new"
	}
	return "old"
}
```

Use instead:

`orders.go`
```go
package main

func checkout() string {
	return "new"
}
```

### Java

`flags.json`
```json
{ "features": [{ "name": "new-checkout", "enabled": true, "strategies": [{ "name": "userWithId" }] }] }
```

`src/main/java/shop/Orders.java`
```java
package shop;

import io.getunleash.Unleash;

class Orders {
  private final Unleash unleash;

  Orders(Unleash unleash) {
    this.unleash = unleash;
  }

  String checkout() {
    if (unleash.isEnabled("new-checkout")) {
      return unleash.isEnabled("gift-wrapping") ? "gift" : "new";  // finding
    }
    return "old";
  }
}
```

Use instead:

`src/main/java/shop/Orders.java`
```java
package shop;

import io.getunleash.Unleash;

class Orders {
  private final Unleash unleash;

  Orders(Unleash unleash) {
    this.unleash = unleash;
  }

  String checkout() {
    return unleash.isEnabled("new-checkout") ? "new" : "old";
  }
}
```

### Rust

`flags.yaml`
```yaml
new-checkout:
  variations:
    on: true
    off: false
  targeting:
    - query: beta eq true
      variation: on
  defaultRule:
    variation: off
```

`src/orders.rs`
```rust
use open_feature::Client;

pub async fn checkout(client: &Client) -> bool {
    let is_new = client.get_bool_value("new-checkout", None, None).await.unwrap_or(false);
    let is_gift = client.get_bool_value("gift-wrapping", None, None).await.unwrap_or(false);  // finding
    is_new && is_gift
}
```

Use instead:

`src/orders.rs`
```rust
use open_feature::Client;

pub async fn checkout(client: &Client) -> bool {
    client.get_bool_value("new-checkout", None, None).await.unwrap_or(false)
}
```

## Fix
A key that is nearly that of a flag which nobody asks for is written like that one. It is not applied unseen.

## References
Hodgson, Feature Toggles, martinfowler.com · OpenFeature specification, Flag Evaluation API · flagd documentation, Flag Definitions
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from difflib import get_close_matches

from architrave.facts.deployment import FlagDefinition, FlagRead
from architrave.facts.values import Replacement
from architrave.findings import ALSO_HERE, Finding, Related
from architrave.model.graph import Model
from architrave.model.tools import is_test
from architrave.regexes import regex
from architrave.rule import fix, rule
from architrave.text import Location

_SWITCHES = regex(r"kill|emergency|maintenance|disable|circuit|throttl|ops[-_.]|[-_.]ops$|read.?only|debug", re.IGNORECASE)
_LIKE = 0.85


@rule(severity="warning", since="0.1")
def flag_stale(model: Model) -> Iterator[Finding]:
    defined: dict[str, list[tuple[str, FlagDefinition]]] = defaultdict(list)
    for path, definition in model.each(FlagDefinition):
        if not is_test(path):
            defined[definition.key].append((path, definition))
    reads: dict[str, list[tuple[str, FlagRead]]] = defaultdict(list)
    if defined:
        for path, read in model.each(FlagRead):
            if not is_test(path):
                reads[read.key].append((path, read))
    known = [key for key in reads if key in defined]
    if not known or 2 * len(known) < len(reads):
        return  # They are defined elsewhere.
    files = {path for definitions in defined.values() for path, _ in definitions}
    unused = [key for key in defined if key not in reads]
    for key, places in reads.items():
        if key not in defined:
            yield _undefined(model, key, places, unused, files)
        else:
            yield from _fixed(model, key, places, defined[key], files)


def _undefined(model: Model, key: str, places: list[tuple[str, FlagRead]], unused: list[str], files: set[str]) -> Finding:
    path, read = places[0]
    like = next(iter(get_close_matches(key, unused, 1, _LIKE)), "")
    span = read.key_span or read.span
    return Finding(
        model.at(path, span),
        f"No file defines the flag `{key}`: it is always its default" + (f"; there is `{like}`, which nobody asks for" if like else ""),
        f"flag {key}",
        tuple(f"`{file}` defines the other flags" for file in sorted(files)[:1]),
        tuple(Related(Location(other, item.span), ALSO_HERE) for other, item in places[1:]),
        fix=fix(f"Ask for `{like}`", path, [Replacement(read.key_span, like)] if like and read.key_span is not None else ()),
    )


def _fixed(
    model: Model, key: str, places: list[tuple[str, FlagRead]], definitions: list[tuple[str, FlagDefinition]], files: set[str]
) -> Iterator[Finding]:
    values = {definition.value for _, definition in definitions}
    everywhere = {path for path, _ in definitions}
    if len(everywhere) < 2 or everywhere != files or len(values) > 1 or "" in values or _SWITCHES.search(key):
        return
    path, read = places[0]
    value = next(iter(values))
    yield Finding(
        model.at(path, read.span),
        f"The flag `{key}` is `{value}` for everybody in each of {len(everywhere)} files: the other branch is never taken",
        f"flag {key}",
        tuple(f"`{file}`: `{value}`" for file in sorted(everywhere)),
        tuple(Related(Location(file, definition.span), f"`{value}` for everybody") for file, definition in definitions),
        severity="information",
    )
