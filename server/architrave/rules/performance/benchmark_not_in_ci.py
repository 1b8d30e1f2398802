"""There are benchmarks, and no pipeline runs them.

## Why it matters
A benchmark that nobody runs does not notice that a change made the code twice as slow; it is found months later by the users, between
hundreds of commits. It also rots: it calls functions that are gone, and the day it is needed it does not start. A run for every night, or
for each change that is marked, is enough.

Bench targets of Cargo, scripts of npm packages that start a tool for it, scenarios of k6 and Locust, and methods of JMH are looked at, in
workspaces that have a pipeline. Whatever may run them counts: `make`, scripts, containers and templates can do anything. Benchmarks that
run with the tests, as those of pytest-benchmark do, and those in folders of tests are left out.

## Example

### Rust

`Cargo.toml`
```toml
[package]
name = "pricing"

[dev-dependencies]
criterion = "0.7"

[[bench]]
name = "discounts"  # finding
harness = false
```

`.github/workflows/ci.yml`
```yaml
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: cargo test
```

Use instead:

`.github/workflows/ci.yml`
```yaml
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: cargo test
      - run: cargo bench
```

### TypeScript, k6

`load/checkout.ts`
```typescript
import http from "k6/http";  // finding

export default function () {
  http.get("https://shop.example.com/checkout");
}
```

`package.json`
```json
{ "name": "shop" }
```

`.github/workflows/ci.yml`
```yaml
on: push
jobs:
  test:
    steps:
      - uses: actions/checkout@v4
      - run: npm test
```

Use instead:

`.github/workflows/load.yml`
```yaml
on:
  schedule:
    - cron: "0 3 * * *"
jobs:
  load:
    steps:
      - uses: actions/checkout@v4
      - uses: grafana/run-k6-action@v1
        with:
          path: load/checkout.ts
```

### Python, Locust

`load/users.py`
```python
from locust import HttpUser, task


class Customer(HttpUser):  # finding
    @task
    def checkout(self):
        self.client.get("/checkout")
```

`.gitlab-ci.yml`
```yaml
unit:
  script:
    - pytest
```

Use instead:

`.gitlab-ci.yml`
```yaml
unit:
  script:
    - pytest

load:
  script:
    - locust --headless --users 50 --run-time 2m --locustfile load/users.py
```

### Java, JMH

`src/main/java/shop/Discounts.java`
```java
package shop;

import org.openjdk.jmh.annotations.Benchmark;

public class Discounts {
  @Benchmark  // finding
  public int price() {
    return 1;
  }
}
```

`Jenkinsfile`
```groovy
pipeline {
  stages {
    stage('Test') { steps { sh 'mvn --batch-mode verify' } }
  }
}
```

Use instead:

`Jenkinsfile`
```groovy
pipeline {
  stages {
    stage('Test') { steps { sh 'mvn --batch-mode verify' } }
    stage('Benchmarks') { steps { sh 'java -jar target/benchmarks.jar' } }
  }
}
```

## Fix
None: how often they run, and what is too slow, is for the team to say.

## References
Criterion.rs documentation, User Guide · Grafana k6 documentation, Automated performance testing
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from architrave.facts.deployment import Benchmark
from architrave.findings import Finding, Related
from architrave.model.graph import Model
from architrave.model.pipelines import Pipelines, may_do_anything
from architrave.model.tools import is_test
from architrave.regexes import regex
from architrave.rule import rule
from architrave.text import Location

_RUNS = regex(r"bench|\bk6\b|run-k6|locust|\bjmh|artillery|autocannon|codspeed|criterion|vegeta|\bload\b|stress|perf", re.IGNORECASE)


@rule(severity="hint", since="0.1")
def benchmark_not_in_ci(model: Model) -> Iterator[Finding]:
    found: dict[str, list[tuple[str, Benchmark]]] = defaultdict(list)
    for path, benchmark in model.each(Benchmark):
        if not is_test(path):
            found[model.services.of(path)].append((path, benchmark))
    if not found:
        return
    pipelines = model.derived(Pipelines)
    running = [
        step
        for step in pipelines.steps
        if may_do_anything(step.step)
        or _RUNS.search(" ".join((step.step.run, step.step.uses, step.step.name, *(value for _, value in step.step.inputs))))
    ]
    for service, benchmarks in found.items():
        if not pipelines.steps or any(pipelines.is_about(step.folder, service) for step in running):
            continue
        path, first = benchmarks[0]
        yield Finding(
            model.at(path, first.span),
            f"No step of a pipeline runs the benchmark `{first.name}`" + (f", nor {len(benchmarks) - 1} more" if benchmarks[1:] else ""),
            f"benchmark {first.tool} {first.name}",
            (f"{first.tool}: {first.name}",),
            tuple(Related(Location(other, item.span), f"`{item.name}`") for other, item in benchmarks[1:]),
        )
