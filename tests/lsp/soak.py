"""A long time of edits, requests and closed files against the real server, held against a fresh look at the same texts.

    .venv/bin/python -m tests.lsp.soak FOLDER --rounds 100 --seed 1

Nothing in FOLDER is changed. Exits 1 when the server died, logged an error, refused what it should answer, or shows something else
than a fresh look finds; the texts of the documents at that time are then written beside the report.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from urllib.parse import unquote

from architrave.analysis import git
from architrave.analysis.base import Base
from architrave.analysis.files import Reach, discover, purposes_of_folder
from architrave.analysis.scan import scan
from architrave.analysis.settings import load
from architrave.analysis.workspace import Workspace
from architrave.lsp.positions import Lines
from tests.lsp import client as clients
from tests.lsp.client import FULL, PULL, Client, ServerError

PIECES = (
    *(
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        '"',
        "'",
        "`",
        "\n",
        "\r\n",
        "    ",
        "\t",
        "#",
        "//",
        "/*",
        "*/",
        "--",
        ":",
        ";",
        ",",
        "=",
        "<",
        ">",
        "@",
    ),
    *("é", "\U0001f600", "\u2028", "\0", "def f():\n", "class C:\n", "import requests\n", "return ", "async ", "await ", "func main() {\n"),
    *(
        "requests.get(url)\n",
        "SELECT * FROM orders WHERE id = ",
        "<div>",
        "${",
        "}",
        "\\",
        "'''",
        '"""',
        'r#"',
        "fn main() {",
        "- a: b\n",
        "&&",
    ),
)
LARGEST = 60_000  # Bytes of a file that is edited: what is long hides what is short.
ANSWERS = ("textDocument/hover", "textDocument/codeLens", "textDocument/codeAction", "workspace/executeCommand")


@dataclass
class Edited:
    """A document as the client has it."""

    path: str
    uri: str
    original: str
    text: str
    version: int = 1


@dataclass
class Soak:
    """One run."""

    folder: Path
    encoding: str
    pulls: bool
    random: random.Random
    cache: Path
    problems: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)

    async def run(self, rounds: int) -> None:
        self.config = load(self.folder).config
        self.reach = Reach(self.config.include_tests, exempt=purposes_of_folder(self.folder))
        self.listing = discover(self.folder, self.config.exclude, self.reach)
        base = Workspace(self.config)
        scan(base, self.listing, jobs=1)
        self.known = dict(base._files)
        capabilities = {**(PULL if self.pulls else FULL), "general": {"positionEncodings": [self.encoding]}}
        async with Client(self.folder, capabilities, cache=self.cache) as client:
            await client.ready()
            documents = [self.opened(client, path) for path in self.chosen()]
            for _ in range(rounds):
                for _ in range(self.random.randint(1, 60)):
                    await self.step(client, documents)
                    if self.random.random() < 0.1:
                        await asyncio.sleep(self.random.random() * 0.4)
                await self.compare(client, documents)
                if self.problems:
                    break
                if self.random.random() < 0.3:
                    gone = documents.pop(self.random.randrange(len(documents)))
                    client.close(gone.uri)
                    fresh = [path for path in self.chosen() if path not in {item.path for item in documents}]
                    documents += [self.opened(client, path) for path in fresh[:1]]
        errors = [
            line for line in client.stderr.decode(errors="replace").splitlines() if re.search(r"Traceback|Error|failed|exception", line)
        ]
        self.problems += [f"in the log: {line}" for line in errors[:20]]
        if client.process.returncode != 0:
            self.problems.append(f"the server ended with {client.process.returncode}")

    def chosen(self) -> list[str]:
        small = [path for path, stat in self.listing.files.items() if 40 < stat.size < LARGEST]
        by_suffix: dict[str, list[str]] = {}
        for path in small:
            by_suffix.setdefault(Path(path).suffix or Path(path).name, []).append(path)
        return list(dict.fromkeys(self.random.choice(self.random.choice(list(by_suffix.values()))) for _ in range(8)))

    def opened(self, client: Client, path: str) -> Edited:
        text = (self.folder / path).read_bytes().decode("utf-8", "replace")
        uri = client.open(path, text)
        self.done["opened"] += 1
        return Edited(path, uri, text, text)

    async def step(self, client: Client, documents: list[Edited]) -> None:
        document = self.random.choice(documents)
        kind = self.random.choices(("type", "cut", "paste", "swap", "undo", "whole", "ask", "burst"), (30, 10, 8, 4, 3, 2, 12, 6))[0]
        self.done[kind] += 1
        text, size = document.text, len(document.text)
        at = self.random.randint(0, size)
        if kind == "type":
            self.edit(client, document, [(at, at, self.random.choice(PIECES))])
        elif kind == "cut":
            self.edit(client, document, [(at, min(size, at + self.random.choice((1, 3, 40, 400))), "")])
        elif kind == "paste":
            other = self.random.choice(documents).original
            start = self.random.randint(0, len(other))
            self.edit(client, document, [(at, at, other[start : start + self.random.choice((20, 200, 2000))])])
        elif kind == "swap":
            end = min(size, at + self.random.choice((5, 50)))
            self.edit(client, document, [(at, end, text[at:end][::-1])])
        elif kind == "undo":
            self.edit(client, document, [(0, size, document.original)])
        elif kind == "whole":
            document.version += 1
            document.text = document.original
            client.change(document.uri, document.version, document.text)
        elif kind == "burst":  # A word, key by key.
            for sign in self.random.choice(("requests.get(", "timeout=3)", "\n\n    x = 1\n", '"/orders/{id}"')):
                self.edit(client, document, [(at, at, sign)])
                at += 1
        else:
            await self.ask(client, document)

    def edit(self, client: Client, document: Edited, changes: list[tuple[int, int, str]]) -> None:
        document.version += 1
        sent = []
        for start, end, new in changes:
            lines = Lines(document.text.encode("utf-8", "replace"), self.encoding)  # type: ignore[arg-type]
            first, last = (lines.position(len(document.text[:place].encode("utf-8", "replace"))) for place in (start, end))
            sent.append(((first["line"], first["character"]), (last["line"], last["character"]), new))
            data = lines.text  # What lies inside of a CRLF is no place of its own: apply what the server is told.
            begin, finish = lines.offset(*sent[-1][0]), lines.offset(*sent[-1][1])
            document.text = (data[:begin] + new.encode("utf-8", "replace") + data[finish:]).decode()
        client.change(document.uri, document.version, *sent)

    async def ask(self, client: Client, document: Edited) -> None:
        method = self.random.choice(ANSWERS)
        place = {"line": self.random.randint(0, 200), "character": self.random.randint(0, 60)}
        params: dict[str, Any] = {"textDocument": {"uri": document.uri}}
        if method == "textDocument/hover":
            params["position"] = place
        elif method == "textDocument/codeAction":
            params |= {"range": clients.span((0, 0), (10_000, 0)), "context": {"diagnostics": []}}
        elif method == "workspace/executeCommand":
            params = {"command": "architrave.review", "arguments": [document.uri]}
        try:
            found = await client.request(method, params)
            if method == "textDocument/codeAction":
                for action in self.random.sample(found, min(2, len(found))):
                    if "data" in action:
                        await client.request("codeAction/resolve", action)
            elif method == "textDocument/codeLens" and found:
                await client.request("codeLens/resolve", self.random.choice(found))
        except ServerError as error:
            if error.code not in (-32801, -32803):
                self.problems.append(f"{method}: {error.code} {error}")

    async def compare(self, client: Client, documents: list[Edited]) -> None:
        fresh = Workspace(self.config, reach=self.reach)
        for file in self.known.values():
            fresh.load(file)
        texts = {item.path: item.text.encode("utf-8", "replace") for item in documents}
        for path, text in texts.items():
            fresh.put(path, text)
        if commit := git.base_of(self.folder):
            fresh.compare_with(Base(self.folder.resolve(), commit, self.config.exclude, self.reach).differing)
        wanted: dict[str, list[Any]] = {}
        lines: dict[str, Lines] = {}
        for finding in fresh.snapshot().findings:
            path = finding.location.path
            if path not in lines:
                lines[path] = Lines(texts[path] if path in texts else (self.folder / path).read_bytes(), self.encoding)  # type: ignore[arg-type]
            wanted.setdefault(path, []).append([finding.rule, lines[path].range(finding.location.span), finding.message])
        failed = [id for id, outcome in fresh.snapshot().outcomes.items() if outcome.failed]
        if failed:
            self.problems.append(f"rules failed: {failed}")
        expected = {path: sorted(map(repr, items)) for path, items in wanted.items()}
        prefix = self.folder.as_uri() + "/"
        uris = {item.uri: item.path for item in documents}

        def shown() -> dict[str, list[str]]:
            return {
                uris.get(uri) or unquote(uri.removeprefix(prefix)): sorted(
                    repr([item["code"], item["range"], item["message"]]) for item in sent["diagnostics"]
                )
                for uri, sent in client.published.items()
                if sent["diagnostics"]
            }

        self.done["compared"] += 1
        self.done["findings"] += sum(map(len, expected.values()))
        if self.pulls:
            reports = (await client.request("workspace/diagnostic", {"previousResultIds": []}))["items"]
            client.published = {report["uri"]: {"diagnostics": report["items"]} for report in reports}
            is_same = shown() == expected
        else:
            try:
                await client.until(lambda: shown() == expected and self.is_answered(client, documents))
                is_same = True
            except AssertionError:
                is_same = shown() == expected
                if is_same:
                    late = {item.path: (item.version, client.published.get(item.uri, {}).get("version")) for item in documents}
                    self.problems.append(f"not every version was answered: {late}")
        if not is_same:
            here = shown()
            different = {path: (here.get(path), expected.get(path)) for path in {*here, *expected} if here.get(path) != expected.get(path)}
            target = Path(mkdtemp(prefix="soak-"))
            for number, item in enumerate(documents):
                (target / f"{number}-{Path(item.path).name}").write_bytes(item.text.encode("utf-8", "replace"))
            (target / "different.json").write_text(json.dumps(different, indent=1))
            self.problems.append(f"the server shows something else than a fresh look finds in {sorted(different)}; see {target}")

    @staticmethod
    def is_answered(client: Client, documents: list[Edited]) -> bool:
        return all(client.published.get(item.uri, {}).get("version") == item.version for item in documents)


async def soak(folder: Path, rounds: int, seed: int, encoding: str = "utf-16", *, pulls: bool = False, cache: Path | None = None) -> Soak:
    found = Soak(folder.resolve(), encoding, pulls, random.Random(seed), cache or Path(mkdtemp(prefix="soak-cache-")))
    await found.run(rounds)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--encoding", default="utf-16")
    parser.add_argument("--pull", action="store_true")
    arguments = parser.parse_args()
    clients.PATIENCE = 300
    found = asyncio.run(soak(arguments.folder, arguments.rounds, arguments.seed, arguments.encoding, pulls=arguments.pull))
    print(arguments.folder, arguments.seed, dict(found.done))
    for problem in found.problems:
        print("PROBLEM", problem)
    return 1 if found.problems else 0


if __name__ == "__main__":
    sys.exit(main())
