"""The model keeps what it has worked out for as long as what that was made of stays the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from architrave.analysis.extraction import extract
from architrave.analysis.filefacts import FileFacts
from architrave.analysis.workspace import Workspace
from architrave.facts.api import HttpCall
from architrave.facts.code import Call, Definition
from architrave.facts.data import Query
from architrave.model.classes import Place
from architrave.model.graph import Model, by_value

ONE = "import requests\n\n\ndef one(url):\n    requests.get(url)\n\n\ndef two(url):\n    return requests.post(url)\n"
OTHER = "from one import one\n\n\ndef other(url):\n    one(url)\n"

asked: list[str] = []


def _method(model: Model, path: str, call: HttpCall) -> Iterator[str]:
    asked.append(f"{path} {call.method}")
    yield call.method


def _callers(model: Model, path: str, definition: Definition) -> Iterator[tuple[str, int]]:
    asked.append(definition.name)
    yield definition.name, len(model.calls.callers(Place(path, definition.name)))


def put(workspace: Workspace, **texts: str) -> Model:
    asked.clear()
    for name, text in texts.items():
        workspace.put(f"{name}.py", text.encode())
    return workspace.snapshot().model


def test_a_fact_is_asked_about_once() -> None:
    workspace = Workspace()
    model = put(workspace, one=ONE, other=OTHER)
    assert list(model.in_each(HttpCall, _method)) == ["GET", "POST"]
    assert list(model.in_each(HttpCall, _method)) == ["GET", "POST"]
    assert asked == ["one.py GET", "one.py POST"]
    model = put(workspace, other=OTHER + "\n\nx = 1\n")
    assert list(model.in_each(HttpCall, _method)) == ["GET", "POST"]
    assert asked == []


def test_an_edit_asks_about_the_facts_of_its_chunk() -> None:
    workspace = Workspace()
    assert list(put(workspace, one=ONE).in_each(HttpCall, _method)) == ["GET", "POST"]
    model = put(workspace, one=ONE.replace("requests.post", "requests.put"))
    assert list(model.in_each(HttpCall, _method)) == ["GET", "PUT"]
    assert asked == ["one.py PUT"]


def test_what_is_found_of_one_kind_is_not_taken_for_another() -> None:
    def count(model: Model, path: str, fact: object) -> Iterator[int]:
        yield 1

    workspace = Workspace()
    model = put(workspace, one=ONE, other=OTHER)
    assert sum(model.in_each(HttpCall, count)) == 2
    assert sum(model.in_each(Definition, count)) == 3
    assert sum(model.in_each(Query, count)) == 0


def test_an_edit_asks_again_where_its_names_are_looked_up() -> None:
    workspace = Workspace()
    model = put(workspace, one=ONE, other=OTHER)
    assert dict(model.in_each(Definition, _callers)) == {"one": 1, "two": 0, "other": 0}
    model = put(workspace, other=OTHER + "    one(url)\n")
    assert dict(model.in_each(Definition, _callers)) == {"one": 2, "two": 0, "other": 0}
    assert asked == ["one"]


def test_views_of_equal_value_wake_nobody() -> None:
    built: list[str] = []

    @by_value
    def methods(model: Model) -> set[str]:
        built.append("methods")
        return {call.method for _, call in model.each(HttpCall)}

    def count(model: Model) -> int:
        built.append("count")
        return len(model.derived(methods))

    workspace = Workspace()
    assert put(workspace, one=ONE).derived(count) == 2
    model = put(workspace, one=ONE.replace("requests.get(url)", "requests.get(url, timeout=3)"))
    assert model.derived(count) == 2
    assert built == ["count", "methods", "methods"]
    assert put(workspace, one=ONE.replace("requests.get", "requests.post")).derived(count) == 1
    assert built[3:] == ["methods", "count"]


def test_what_has_moved_and_then_changed_has_changed() -> None:
    def last(model: Model) -> int:
        return max(call.span.start for _, call in model.each(Call))

    def twice(model: Model) -> int:
        return 2 * model.derived(last)

    text = "def f():\n    a = 1\n    g(x)\n"
    workspace = Workspace()
    assert put(workspace, one=text).derived(twice) == 2 * text.index("g(")
    put(workspace, one=text.replace("a = 1", "a = 11"))  # The call has moved, and nobody asks.
    changed = text.replace("a = 1", "a = 11").replace("g(x)", "h(g(x))")
    assert put(workspace, one=changed).derived(twice) == 2 * changed.index("g(x)")


@pytest.mark.parametrize("length", [1, 31, 32, 255, 256, 300])
@pytest.mark.parametrize("written", ["{}(1)", "shop.{}()", "shop.{}(*range(20))"])
def test_a_packed_file_tells_by_what_last_names_it_calls(length: int, written: str) -> None:
    name = "n" * length
    text = f"import shop\n\n{written.format(name)}\n{name}.other()\nother_{name}x()\n"
    file = FileFacts.unpack("one.py", extract("one.py", text.encode()).pack())
    assert [file.may_mention(Call, other, True) for other in (name, f"{name}x", "other", "shop")] == [True, False, True, False]


def test_callers_are_looked_for_only_where_their_name_is_mentioned(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {"one": ONE, "other": OTHER, "third": OTHER.replace("def other", "def third"), "fourth": "def fourth(url):\n    print(url)\n"}
    workspace = Workspace()
    for name, text in texts.items():
        workspace.load(FileFacts.unpack(f"{name}.py", extract(f"{name}.py", text.encode()).pack()))
    decoded: list[str] = []
    real = FileFacts.of

    def of(file: FileFacts, kind: type) -> tuple[object, ...]:
        if kind is Call:
            decoded.append(file.path)
        return real(file, kind)

    monkeypatch.setattr(FileFacts, "of", of)
    model = workspace.snapshot().model
    assert [caller.place.name for caller in model.calls.callers(Place("one.py", "one"))] == ["other", "third"]
    assert set(decoded) == {"other.py", "third.py"}  # "one.py" has the name, and calls nobody by it.
    model = put(workspace, fourth="from one import one\n\n\ndef fourth(url):\n    one(url)\n", third="x = 1\n")
    assert [caller.place.name for caller in model.calls.callers(Place("one.py", "one"))] == ["fourth", "other"]
