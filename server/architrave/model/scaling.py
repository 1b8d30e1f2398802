"""How often the code of a service runs at once: replicas of what deploys it, and processes in each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from architrave.facts.deployment import Autoscaler
from architrave.model.graph import Model
from architrave.regexes import regex
from architrave.text import Location

_RUNS_ONCE = frozenset({"job", "cronjob"})
_SERVERS = regex(r"\b(gunicorn|uvicorn|hypercorn|granian|uwsgi|fastapi|pm2)\b")
_PROCESSES = regex(r"(?:^|\s)(?:--workers|-w|--processes|-i)(?:\s+|=)(?:\$\{\w+:?-)?(\d+)\}?(?=\s|$)")


class Scale(NamedTuple):
    """One workload of a service, or its image where nothing says what runs it. `replicas` is the most that may run at once, None when
    nothing says; `workers` the processes in each. `because` says where the replicas, or else the workers, stand."""

    name: str
    kind: str
    replicas: int | None
    workers: int
    command: tuple[str, ...]
    location: Location
    because: str

    @property
    def processes(self) -> int:
        return (self.replicas or 1) * self.workers


def scales(model: Model, service: str) -> Iterator[Scale]:
    """Yield what runs a service again and again; work that ends by itself is left out.

    Where Kubernetes runs it, compose is what people have on their own machines.
    """
    image = next((built for built in model.services.built if built.service == service), None)
    image_command = image.stage.command if image is not None else ()
    running = [item for item in model.services.workloads(service) if item.workload.kind not in _RUNS_ONCE]
    in_cluster = [item for item in running if item.workload.kind != "compose"]
    scalers = [scaler for _, scaler in model.each(Autoscaler)]
    for path, workload, _ in in_cluster or running:
        command = workload.command or image_command
        workers = _workers(command)
        replicas, location, because = workload.replicas, Location(path, workload.span), f"{workload.replicas} replicas"
        for scaler in scalers:
            is_there = scaler.namespace == workload.namespace or "" in (scaler.namespace, workload.namespace)  # An overlay may give it.
            if (scaler.kind, scaler.target) == (workload.kind, workload.name) and is_there and scaler.maximum:
                replicas, because = scaler.maximum, f"up to {scaler.maximum} replicas"
        if (replicas or 1) < 2 and workers > 1:
            because = f"{workers} processes"
        yield Scale(workload.name, workload.kind, replicas, workers, command, location, because)
    if not running and image is not None:
        workers = _workers(image_command)
        yield Scale(service, "image", None, workers, image_command, Location(image.path, image.stage.span), f"{workers} processes")


def _workers(command: tuple[str, ...]) -> int:
    written = " ".join(command)
    found = _PROCESSES.search(written) if _SERVERS.search(written) else None
    return max(1, int(found[1])) if found else 1
