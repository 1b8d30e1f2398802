"""What goes wrong between us and a model: each has one outcome, and the user's files stay as they are."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from architrave.analysis.agents import Cancelled, Explain, Failed, OverBudget, Proposal, Refactor, Refused, Truncated
from architrave_agents.provider import Provider
from tests.agents.harness import PATIENCE, Person, contents, job, outcome
from tests.agents.messages_api import Error, Hangup, MessagesApi, Scripted, Silence, Text, Thinking, Turn, Use, say, use
from tests.agents.test_refactor import RIGHT, TIMEOUT

FINDING = Explain(TIMEOUT.path, TIMEOUT.rule, TIMEOUT.subject)
CLAIM = say("The call waits for ever [app/orders.py:11 `requests.get`].")


@pytest.fixture(autouse=True)
def untouched(shop: Path) -> Iterator[None]:
    before = contents(shop)
    yield
    assert contents(shop) == before


@pytest.mark.parametrize(
    ("answer", "kind", "requests"),
    [
        (Error(401, "authentication_error", "invalid x-api-key"), "wrong-key", 1),
        (Error(403, "permission_error"), "not-allowed", 1),
        (Error(400, "invalid_request_error", "Your credit balance is too low to access the API."), "no-credit", 1),
        (Error(402, "billing_error"), "no-credit", 1),
        (Error(404, "not_found_error", "model: claude-none"), "unknown-model", 1),
        (Error(404, "", body=b"<html>not here</html>"), "request", 1),
        (Error(429, "rate_limit_error", headers={"retry-after": "120"}), "rate-limit", 1),
        (Error(500, "api_error"), "server", 3),
        (Error(502, "", body=b"<html>bad gateway</html>"), "server", 3),
        (Error(529, "overloaded_error"), "overloaded", 3),
        (Error(413, "request_too_large"), "full", 1),
        (Error(400, "invalid_request_error", "prompt is too long: 1200000 tokens > 1000000 maximum"), "full", 1),
        (Error(400, "invalid_request_error", "output_config.effort: not supported"), "request", 1),
        (Hangup(), "cut", 3),
        (say("half a", ends="cut", after=5), "cut", 3),
        (say("half a", ends="closed", after=5), "cut", 3),
        (say("all of it", ends="closed"), "cut", 3),
        (say("half a", ends="error", after=5), "overloaded", 3),
        (say("half a", ends="error", after=5, error="api_error"), "server", 3),
        (Turn((Text("x"),), stop="model_context_window_exceeded"), "full", 1),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_failure_has_one_kind(shop: Path, answer: Scripted, kind: str, requests: int) -> None:
    with MessagesApi(answer, repeats=True) as api:
        found = outcome(shop, FINDING, api)
    assert isinstance(found, Failed), found
    assert found.kind == kind
    assert len(api.requests) == requests
    assert found.wait == (120 if kind == "rate-limit" else None)
    assert found.text.endswith("Nothing was changed.\n")
    assert KEY_IS_SECRET not in found.text


KEY_IS_SECRET = "sk-ant-test"


@pytest.mark.parametrize("ends", ["stalled", "silent"])
def test_a_model_that_falls_silent_is_not_waited_for(shop: Path, ends: str) -> None:
    answer: Scripted = Silence() if ends == "silent" else say("half a", ends="stalled", after=5)
    with MessagesApi(answer, repeats=True) as api:
        found = outcome(shop, FINDING, api, patience=0.2)
    assert isinstance(found, Failed) and found.kind == "stalled", found
    assert api.closed.wait(PATIENCE)


def test_what_passes_is_tried_again(shop: Path) -> None:
    person = Person()
    script = (Error(529, "overloaded_error"), say("The call waits", ends="cut", after=6), CLAIM)
    with MessagesApi(*script) as api:
        found = outcome(shop, FINDING, api, person)
    assert "The call waits for ever `app/orders.py:11`." in found.text
    assert found.text.count("The call waits") == 1
    assert api.problems == []


def test_a_short_wait_that_is_asked_for_is_waited(shop: Path) -> None:
    with MessagesApi(Error(429, "rate_limit_error", headers={"retry-after-ms": "10"}), CLAIM) as api:
        assert "waits for ever" in outcome(shop, FINDING, api).text


def test_nothing_listens(shop: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    found = outcome(shop, FINDING, None, baseUrl=f"http://127.0.0.1:{port}", key="k")
    assert isinstance(found, Failed) and found.kind == "refused-connection", found


def test_there_is_no_such_host(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    found = outcome(shop, FINDING, None, baseUrl="http://models.invalid", key="k")
    assert isinstance(found, Failed) and found.kind == "name", found


def test_the_proxy_does_not_answer(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free.getsockname()[1]}")
    monkeypatch.delenv("http_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.delenv("no_proxy")
    found = outcome(shop, FINDING, None, baseUrl="http://models.invalid", key="k")
    assert isinstance(found, Failed) and found.kind == "proxy", found


def test_the_key_is_wrong(shop: Path) -> None:
    with MessagesApi(CLAIM) as api:
        found = outcome(shop, FINDING, api, key="sk-ant-test-of-somebody-else")
    assert isinstance(found, Failed) and found.kind == "wrong-key", found
    assert "somebody-else" not in found.text


def test_a_refusal_is_told(shop: Path) -> None:
    with MessagesApi(Turn((Text("I would rather not."),), stop="refusal")) as api:
        found = outcome(shop, TIMEOUT, api)
    assert isinstance(found, Refused) and "I would rather not." in found.text


def test_an_answer_that_is_cut_is_told(shop: Path) -> None:
    with MessagesApi(Turn((Text("The call waits for ever [app/orders.py:11].\n\nAnd"),), stop="max_tokens")) as api:
        found = outcome(shop, FINDING, api)
    assert isinstance(found, Truncated) and "waits for ever" in found.text


@pytest.mark.parametrize("stop", ["max_tokens", None])
def test_a_tool_call_that_is_cut_in_half_is_not_made(shop: Path, stop: str | None) -> None:
    half = Use("Edit", raw='{"file_path": "app/orders.py", "old_string": "import requests", "new_st')
    turn = Turn((half,), stop=stop) if stop else Turn((half,), ends="closed", after=6)
    with MessagesApi(turn, repeats=True) as api:
        found = outcome(shop, TIMEOUT, api)
    assert isinstance(found, Truncated if stop else Failed), found
    assert not any(message["role"] == "assistant" for request in api.requests for message in request["messages"])


@pytest.mark.parametrize(
    "wrong",
    [
        Use("Edit", {"file_path": "app/orders.py"}),
        Use("Edit", {"file_path": 7, "old_string": "a", "new_string": "b"}),
        Use("MultiEdit", {"file_path": "app/orders.py", "edits": ["a"]}),
        Use("Read", {"file_path": "app/orders.py", "colour": "red"}),
        Use("Deploy", {"to": "production"}),
    ],
)
def test_a_tool_call_that_makes_no_sense_is_answered(shop: Path, wrong: Use) -> None:
    with MessagesApi(Turn((wrong,)), RIGHT, say("Done.")) as api:
        found = outcome(shop, TIMEOUT, api)
    assert isinstance(found, Proposal), found
    [result] = api.requests[1]["messages"][2]["content"]
    assert result["is_error"] is True
    assert api.problems == []


@pytest.mark.parametrize("raw", ['{"file_path": "app/orders.py", "old_string": }', '["app/orders.py"]', "no JSON"])
def test_a_tool_input_that_cannot_be_read_is_no_edit(shop: Path, raw: str) -> None:
    with MessagesApi(Turn((Use("Edit", raw=raw),)), repeats=True) as api:
        found = outcome(shop, TIMEOUT, api, limits={"turns": 4})
    assert isinstance(found, Failed | OverBudget), found
    assert not isinstance(found, Failed) or found.kind == "malformed"
    assert api.problems == []


def test_endless_tool_calls_reach_the_limit(shop: Path) -> None:
    with MessagesApi(use("Read", file_path="app/orders.py"), repeats=True) as api:
        found = outcome(shop, TIMEOUT, api, limits={"turns": 5})
    assert isinstance(found, OverBudget), found
    assert (found.limit, found.spent, found.allowed) == ("turns", 5, 5)
    assert len(api.requests) == 5


@pytest.mark.parametrize(
    ("limits", "limit", "most"),
    [({"tokens": 30_000}, "tokens", 4), ({"money": 0.05}, "money", 4), ({"seconds": 0.3}, "seconds", 50)],
)
def test_each_limit_limits(shop: Path, limits: dict[str, Any], limit: str, most: int) -> None:
    turn = Turn((Use("Read", {"file_path": "app/orders.py"}),), input=9_000, output=500, delay=0.02)
    with MessagesApi(turn, repeats=True) as api:
        found = outcome(shop, TIMEOUT, api, limits=limits)
    assert isinstance(found, OverBudget) and found.limit == limit, found
    assert len(api.requests) <= most


def test_the_day_has_a_limit_that_runs_share(shop: Path) -> None:
    turn = Turn((Text("The call waits for ever [app/orders.py:11]."),), input=9_000, output=5_000)
    with MessagesApi(turn, repeats=True) as api:
        first = outcome(shop, FINDING, api, dayMoney=0.06)
        second = outcome(shop, TIMEOUT, api, dayMoney=0.06)
    assert first.usage is not None and first.usage.cost == pytest.approx(0.068)
    assert isinstance(second, OverBudget) and second.limit == "day", second
    assert second.spent == pytest.approx(0.068)


@pytest.mark.parametrize("moment", ["before", "in the middle", "between"])
def test_a_run_may_be_stopped_at_any_moment(shop: Path, moment: str) -> None:
    slow = Turn((Thinking("long " * 50), Text("word " * 400, pieces=400)), delay=0.05)
    script = {"before": Silence(), "in the middle": slow, "between": use("Read", file_path="app/orders.py")}[moment]
    with MessagesApi(script, repeats=True) as api:
        run = Provider().start(job(shop, TIMEOUT, api), Person())
        assert api.asked.wait(PATIENCE)
        run.stop()
        found = run.future.result(PATIENCE)
        assert isinstance(found, Cancelled), found
        assert moment == "between" or api.closed.wait(PATIENCE)


def test_a_run_that_is_stopped_before_it_began_sends_nothing(shop: Path) -> None:
    with MessagesApi(CLAIM) as api:
        run = Provider().start(job(shop, FINDING, api), Person())
        run.stop()
        assert isinstance(run.future.result(PATIENCE), Cancelled)
        assert api.requests == []


def test_two_runs_at_once_do_not_mix(shop: Path) -> None:
    def answer(body: dict[str, Any]) -> Turn:
        is_refactor = any(tool["name"] == "Edit" for tool in body["tools"])
        has_edited = len(body["messages"]) > 1
        return (say("Done.") if has_edited else RIGHT) if is_refactor else CLAIM

    provider = Provider()
    with MessagesApi(answer, repeats=True, is_strict=False) as api:
        runs = [provider.start(job(shop, task, api), Person()) for task in (TIMEOUT, FINDING, TIMEOUT)]
        found = [run.future.result(PATIENCE) for run in runs]
    assert [type(item) for item in found[::2]] == [Proposal, Proposal]
    assert "waits for ever" in found[1].text


def test_a_base_that_git_does_not_know_is_told(shop: Path) -> None:
    from architrave.analysis.agents import Review

    with MessagesApi() as api:
        found = outcome(shop, Review("", "no-such-branch"), api)
    assert isinstance(found, Failed) and found.kind == "request" and "git" in found.text.lower()


def test_an_agent_that_is_not_there_is_told(shop: Path) -> None:
    with MessagesApi() as api:
        found = outcome(shop, Refactor("a", "b", "c"), api, agent="backend-sistem-architect")
    assert isinstance(found, Failed) and "the nearest is `backend-system-architect`" in found.text
