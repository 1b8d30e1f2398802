"""Services: the deployables of the workspace, found from what deploys them and from package manifests."""

from __future__ import annotations

from collections.abc import Mapping
from posixpath import dirname

from architrave.facts.deployment import Manifest, Stage, Workload
from architrave.model.graph import Model


class Services:
    """Which service a file belongs to. A service's name is its folder ("" for the workspace itself)."""

    def __init__(self, model: Model) -> None:
        roots = {dirname(path) for path, _ in model.each(Manifest)}
        roots |= {dirname(path) for path, stage in model.each(Stage) if stage.is_final}
        roots |= {f"{dirname(path)}/{workload.build}".strip("/") for path, workload in model.each(Workload) if workload.build}
        self.roots = tuple(sorted(roots))
        self._memo: dict[str, str] = {}

    def of(self, path: str) -> str:
        """Return the folder of the service that a file belongs to: the nearest root above it."""
        folder = dirname(path)
        known = self._memo.get(folder)
        if known is None:
            known = folder
            while known and known not in self.roots:
                known = dirname(known)
            self._memo[folder] = known
        return known

    @property
    def hosts(self) -> Mapping[str, str]:
        """Host names (of compose services and Kubernetes Services) and the service behind each."""
        return {}
