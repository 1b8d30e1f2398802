"""What tests of agents share: a state of a folder, and a run of a task on it with the real client on the loopback."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from architrave.analysis.agents import ConsentRequest, Job, Outcome, StreamKind, Task
from architrave.analysis.files import Reach, discover, purposes_of_folder
from architrave.analysis.frozen import Frozen
from architrave.analysis.scan import scan
from architrave.analysis.settings import load
from architrave.analysis.workspace import Workspace
from architrave_agents.provider import Provider
from tests.agents.messages_api import MessagesApi

PATIENCE = 30.0


def frozen(root: Path, opened: dict[str, bytes] | None = None) -> Frozen:
    workspace = Workspace(load(root).config, None, Reach(exempt=purposes_of_folder(root)))
    scan(workspace, discover(root, reach=workspace.reach))
    for path, text in (opened or {}).items():
        workspace.put(path, text)
    return Frozen(root, root.name, workspace.fork(), opened or {})


@dataclass
class Person:
    """A host that agrees, or not, and remembers what it was told."""

    agrees: bool = True
    told: list[tuple[StreamKind, str]] = field(default_factory=list)
    requests: list[ConsentRequest] = field(default_factory=list)

    def stream(self, kind: StreamKind, text: str) -> None:
        self.told.append((kind, text))

    def consent(self, request: ConsentRequest) -> Future[bool]:
        self.requests.append(request)
        answer: Future[bool] = Future()
        answer.set_result(self.agrees)
        return answer

    def link(self, path: str, line: int) -> str:
        return f"`{path}:{line}`"

    def heard(self, kind: StreamKind) -> str:
        return "".join(text for heard, text in self.told if heard == kind)


def job(root: Path, task: Task, api: MessagesApi | None, opened: dict[str, bytes] | None = None, **settings: Any) -> Job:
    lead = {"baseUrl": api.url, "key": api.key} if api is not None else {}
    extra = {name: settings.pop(name) for name in ("agent", "model_name", "is_offline") if name in settings}
    return Job(
        task,
        frozen(root, opened),
        {**lead, **settings},
        extra.get("agent", ""),
        extra.get("model_name", ""),
        extra.get("is_offline", False),
    )


def outcome(root: Path, task: Task, api: MessagesApi | None, person: Person | None = None, **settings: Any) -> Outcome:
    """Run a task to its end, and return what came of it."""
    run = Provider().start(job(root, task, api, **settings), person or Person())
    return run.future.result(PATIENCE)


def written(root: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def contents(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
