"""What runs where: workloads, the services they run, their settings, ports and probes."""

from __future__ import annotations

from architrave.model.graph import Model


class Deployment:
    """Workloads of compose and Kubernetes, with the service that each runs."""

    def __init__(self, model: Model) -> None:
        self._model = model
