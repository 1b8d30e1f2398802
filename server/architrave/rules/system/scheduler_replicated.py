"""A job is run by a clock in every copy of a service.

## Why it matters
A clock inside the process ticks in each process. With three replicas the reminder goes out three times, the invoice is made three times,
and the clean-up runs against itself. It works on a laptop and with one replica, and breaks on the day that somebody scales. Judged are jobs
that change something that the copies share: they insert rows, send messages, or ask others to change something. A job that is guarded by a
lock or a leader, or that a setting turns on, is left alone.

## Options
- `depth`: how many calls inside the workspace are followed from the job to what it changes.

## Example

### Java, Spring

`src/main/java/com/shop/Reminders.java`
```java
package com.shop;

import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.scheduling.annotation.Scheduled;

class Reminders {
    private final KafkaTemplate<String, String> kafka;

    Reminders(KafkaTemplate<String, String> kafka) {
        this.kafka = kafka;
    }

    @Scheduled(cron = "0 0 8 * * *")  // finding
    void remind() {
        kafka.send("reminders", "due");
    }
}
```

`pom.xml`
```xml
<project><groupId>com.shop</groupId><artifactId>billing</artifactId></project>
```

`deploy/billing.yaml`
```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: billing
spec:
  replicas: 3
  template:
    spec:
      containers:
        - name: billing
          image: shop/billing:1
```

Use instead:

`src/main/java/com/shop/Reminders.java`
```java
package com.shop;

import net.javacrumbs.shedlock.spring.annotation.SchedulerLock;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.scheduling.annotation.Scheduled;

class Reminders {
    private final KafkaTemplate<String, String> kafka;

    Reminders(KafkaTemplate<String, String> kafka) {
        this.kafka = kafka;
    }

    @Scheduled(cron = "0 0 8 * * *")
    @SchedulerLock(name = "reminders", lockAtLeastFor = "PT1M")
    void remind() {
        kafka.send("reminders", "due");
    }
}
```

### Python, APScheduler

`billing/requirements.txt`
```text
apscheduler
```

`billing/jobs.py`
```python
import psycopg
from apscheduler.schedulers.background import BackgroundScheduler

scheduler = BackgroundScheduler()
connection = psycopg.connect()


def close_invoices():
    connection.execute("INSERT INTO reminders (invoice_id) SELECT id FROM invoices WHERE due_on < now()")


scheduler.add_job(close_invoices, "interval", hours=1)  # finding
```

`billing/Dockerfile`
```dockerfile
FROM python:3.12
COPY . .
CMD ["gunicorn", "--workers", "4", "billing.app"]
```

Use instead:

`billing/Dockerfile`
```dockerfile
FROM python:3.12
COPY . .
CMD ["gunicorn", "--workers", "1", "--threads", "16", "billing.app"]
```

### TypeScript, node-cron

`billing/package.json`
```json
{ "name": "billing", "dependencies": { "node-cron": "3", "axios": "1" } }
```

`billing/src/jobs.ts`
```typescript
import axios from "axios";
import cron from "node-cron";

cron.schedule("0 8 * * *", async () => {  // finding
  await axios.post("http://mail/reminders", {}, { timeout: 5000 });
});
```

`deploy/billing.yaml`
```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: billing
spec:
  template:
    spec:
      containers:
        - name: billing
          image: shop/billing:1
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: billing
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: billing
  minReplicas: 1
  maxReplicas: 5
```

Use instead:

`deploy/billing.yaml`
```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: billing
spec:
  replicas: 1
  template:
    spec:
      containers:
        - name: billing
          image: shop/billing:1
```

### Go, robfig/cron

`billing/go.mod`
```text
module example.com/billing
```

`billing/jobs.go`
```go
package main

import (
	"database/sql"

	"github.com/robfig/cron/v3"
)

type Jobs struct {
	db *sql.DB
}

func (j *Jobs) Start() {
	c := cron.New()
	c.AddFunc("@daily", j.close)  // finding
	c.Start()
}

func (j *Jobs) close() {
	j.db.Exec("INSERT INTO reminders (invoice_id) SELECT id FROM invoices WHERE due_on < now()")
}
```

`docker-compose.yml`
```yaml
services:
  billing:
    build: ./billing
    deploy:
      replicas: 2
```

Use instead:

`docker-compose.yml`
```yaml
services:
  billing:
    build: ./billing
    deploy:
      replicas: 1
```

## Fix
None: a lock, a leader, or a job of its own (a CronJob of Kubernetes) are three designs.

## References
ShedLock documentation · Kubernetes documentation, CronJob · The Twelve-Factor App, VIII Concurrency and XII Admin processes
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.facts.api import HttpCall
from architrave.facts.data import Query
from architrave.facts.deployment import ScheduledJob
from architrave.facts.messaging import Publish
from architrave.findings import Finding, Related
from architrave.model.classes import Place
from architrave.model.graph import Model
from architrave.model.scaling import scales
from architrave.model.started import started
from architrave.model.tools import is_test
from architrave.regexes import regex
from architrave.rule import rule
from architrave.text import Location, Span

_LOCKS = regex(
    r"advisory_?(?:xact_)?lock|redlock|\block(?:er)?\b.*\b(?:acquire|obtain|try)|leader_?elect|is_?leader|setnx|set_nx|SETNX|get_lock|select_for_update"
    r"|skip_?locked",
    re.IGNORECASE,
)


@rule(severity="warning", since="0.1")
def scheduler_replicated(model: Model, *, depth: int = 2) -> Iterator[Finding]:
    return model.in_each(ScheduledJob, _of_job, depth)


def _of_job(model: Model, path: str, job: ScheduledJob, depth: int) -> Iterator[Finding]:
    if job.is_guarded or is_test(path):
        return
    found = list(scales(model, model.services.of(path)))
    if not found or any(scale.processes < 2 or scale.kind == "daemonset" for scale in found):
        return  # One of them may be the one that keeps the clock.
    change = _change(model, path, job, depth)
    if change is None:
        return
    location, what = change
    scale = found[0]
    name = job.handler.rpartition(".")[2] or "A job"
    yield Finding(
        model.at(path, job.span),
        f"`{name}` is run by a clock in each of {scale.because}{f' of `{scale.name}`' if scale.name else ''}",
        f"job {job.handler or job.function or path}",
        (f"{job.library} runs it in every process", f"{scale.name}: {scale.because}", what),
        (Related(scale.location, scale.because), Related(location, what)),
    )


def _change(model: Model, path: str, job: ScheduledJob, depth: int) -> tuple[Location, str] | None:
    """Return where a job first changes something that its copies share, and what; None where nothing is known to, or something locks."""
    changes: list[tuple[Location, str]] = []
    for place, within in started(model, path, job, depth + (job.body is not None)):
        if any(_LOCKS.search(call.written) for call in model.calls.inside(place)):
            return None
        changes.extend(_changes(model, place, within))
    return changes[0] if changes else None


def _changes(model: Model, place: Place, within: Span | None) -> Iterator[tuple[Location, str]]:
    for query in model.inside(place, Query):
        if query.kind == "insert" and (within is None or within.contains(query.span)):
            what = query.model.rpartition(".")[2].replace("()", "") or ", ".join(query.tables)
            yield model.at(place.path, query.span), f"inserts into `{what}`" if what else "inserts rows"
    for message in model.inside(place, Publish):
        if (within is None or within.contains(message.span)):
            yield model.at(place.path, message.span), f"sends a message to `{message.topic}`" if message.topic else "sends a message"
    for request in model.inside(place, HttpCall):
        is_change = request.method in ("POST", "PATCH", "PUT")
        if is_change and (within is None or within.contains(request.span)):
            yield model.at(place.path, request.span), f"sends a `{request.method}`"
