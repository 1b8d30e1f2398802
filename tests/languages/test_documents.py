"""YAML, JSON, TOML and HCL as documents: what a text holds, and that half a text still holds what is there."""

from __future__ import annotations

from typing import Any

import pytest

from architrave.analysis.extraction import extract
from architrave.facts.code import Document, Note, Suppression
from architrave.facts.values import Boolean, Invocation, Mapping, Name, Null, Number, Sequence, String, Value, walk


def plain(value: Value) -> Any:
    if isinstance(value, Mapping):
        return {entry.key: plain(entry.value) for entry in value.entries}
    if isinstance(value, Sequence):
        return [plain(item) for item in value.items]
    if isinstance(value, String | Number | Boolean):
        return value.value
    if isinstance(value, Null):
        return None
    return value.name if isinstance(value, Name) else value.callee if isinstance(value, Invocation) else type(value).__name__


def documents(path: str, text: str | bytes) -> list[Any]:
    raw = text if isinstance(text, bytes) else text.encode()
    return [plain(fact.value) for fact in extract(path, raw).facts if isinstance(fact, Document)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 'two'\nc: \"th\\nree\"\nd:\n", {"a": 1, "b": "two", "c": "th\nree", "d": None}),
        ("on: push\nyes: no\n3: true\n", {"on": "push", "yes": "no", "3": True}),
        ("a: [1, {b: c}, x: y]\n", {"a": [1, {"b": "c"}, {"x": "y"}]}),
        ("- a\n- b: 1\n  c: 2\n-\n  - d\n", ["a", {"b": 1, "c": 2}, ["d"]]),
        ("a: |\n  one\n   two\nb: >-\n  one\n  two\n", {"a": "one\n two\n", "b": "one two"}),
        ("a: one\n  two\nport: 0080\nversion: !!str 1\n", {"a": "one two", "port": "0080", "version": "1"}),
        (
            "a: &x {k: 1}\nb: *x\nc:\n  <<: *x\n  k: 2\nd:\n  <<: [*x, {m: 3}]\n",
            {"a": {"k": 1}, "b": {"k": 1}, "c": {"k": 2}, "d": {"k": 1, "m": 3}},
        ),
    ],
    ids=["scalars", "keys stay text", "flow", "sequences", "block scalars", "plain scalars", "anchors and merge keys"],
)
def test_yaml_is_read(text: str, expected: Any) -> None:
    assert documents("x.yaml", text) == [expected]


def test_yaml_may_hold_several_documents() -> None:
    assert documents("x.yaml", "a: 1\n---\n# nothing\n---\nb: 2\n") == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("services:\n  web:\n    image: x\n    po\n  db:\n    image: y\n", {"services": {"web": {"image": "x"}, "db": {"image": "y"}}}),
        ("a: 1\nb: [1,\nc: 2\n", {"a": 1, "c": 2}),
        ("a: 1\n? x\n: 2\nb:\n- 1\n", {"a": 1, "x": 2, "b": [1]}),
    ],
)
def test_half_typed_yaml_keeps_its_other_lines(text: str, expected: dict[str, Any]) -> None:
    (found,) = documents("x.yaml", text)
    assert expected.items() <= found.items()


def test_aliases_of_aliases_end() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    facts = extract("x.yaml", "\n".join(lines).encode()).facts
    assert sum(1 for fact in facts if isinstance(fact, Document) for _ in walk(fact.value)) < 400_000


def test_an_anchor_inside_itself_is_unknown() -> None:
    assert documents("x.yaml", "a: &a [*a]\n") == [{"a": ["Unknown"]}]


def test_a_template_of_helm_is_noted_and_not_read() -> None:
    for text in ("a: {{ .Values.x }}\n", "{{- if .x }}\na: 1\n{{- end }}\n"):
        facts = extract("chart/templates/x.yaml", text.encode()).facts
        assert [type(fact) for fact in facts] == [Note]


def test_expressions_of_github_are_no_template() -> None:
    assert documents("x.yml", "a: ${{ secrets.X }}\n") == [{"a": "${{ secrets.X }}"}]


@pytest.mark.parametrize("path", ["package-lock.json", "ui/pnpm-lock.yaml", "npm-shrinkwrap.json", ".terraform.lock.hcl"])
def test_lock_files_are_not_read(path: str) -> None:
    assert extract(path, b'{"a": 1}').facts == ()


def test_a_large_file_is_read_only_when_it_describes_an_api() -> None:
    padding = "".join(f"k{n}: {n}\n" for n in range(30_000))
    assert documents("x.yaml", padding) == []
    assert len(documents("x.yaml", padding + "openapi: 3.0.0\n")) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": [1, -2.5e1, true, null], /* c */ "b": {"c": "x\\u00e9\\n"},} // d', {"a": [1, -25, True, None], "b": {"c": "xé\n"}}),
        ('{"a": 1, "b": ', {"a": 1}),
        ('{"a": {"b": 1, "c": }, "d": "no end\n}', {"a": {"b": 1, "c": "Unknown"}, "d": "no end"}),
        ('{"a": "\\ud800"}', {"a": "?"}),
    ],
    ids=["all", "cut off", "half typed", "lone surrogate"],
)
def test_json_is_read(text: str, expected: Any) -> None:
    assert documents("x.json", text) == [expected]


def test_toml_is_read() -> None:
    text = 'a = 1\nb.c = "x"\n[t.u]\nk = [1, {x = 2}]\ns = """\nmany\nlines"""\n[[r]]\nd = true\n[[r]]\n"q.k" = 0x10\n[r.in]\ne = \'\\\'\n'
    expected = {
        "a": 1,
        "b": {"c": "x"},
        "t": {"u": {"k": [1, {"x": 2}], "s": "many\nlines"}},
        "r": [{"d": True}, {"q.k": 16, "in": {"e": "\\"}}],
    }
    assert documents("x.toml", text) == [expected]


def test_half_typed_toml_keeps_its_other_lines() -> None:
    assert documents("x.toml", "[a]\nx = 1\n[bad\ny =\n") == [{"a": {"x": 1}}]


def test_hcl_nests_the_labels_of_a_block() -> None:
    text = 'resource "aws_x" "y" {\n  name = "${var.env}-db"\n  port = 5432\n  tags = { A = "b" }\n  ref = var.z\n  doc = jsonencode([1])\n  inner { on = true }\n}\n'
    body = {"name": "Template", "port": 5432, "tags": {"A": "b"}, "ref": "var.z", "doc": "jsonencode", "inner": {"on": True}}
    assert documents("x.tf", text) == [{"resource": {"aws_x": {"y": body}}}]


def test_half_typed_hcl_keeps_its_other_lines() -> None:
    assert documents("x.tf", 'a = 1\nresource "x" {\n') == [{"a": 1, "resource": {"x": {}}}]


@pytest.mark.parametrize("path", ["x.yaml", "x.json", "x.toml", "x.tf", "Dockerfile", ".env", "requirements.txt", "setup.cfg"])
@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff\xfe\x00",
        b"\xef\xbb\xbfa: 1",
        b"a: 1\r\nb: 2\r\n",
        b"[" * 10_000,
        b"{a: " * 5_000,
        b"- " * 10_000,
        b'{"a":' * 10_000,
        b"a = [" * 999,
    ],
    ids=["empty", "binary", "byte order mark", "carriage returns", "brackets", "braces", "dashes", "objects", "tables"],
)
def test_any_bytes_give_a_value(path: str, text: bytes) -> None:
    for fact in extract(path, text).facts:
        assert 0 <= fact.span.start <= fact.span.end <= len(text)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("compose.yaml", "a: 1  # architrave: ignore[ops-docker-root] in test\n"),
        ("x.tf", "# architrave: ignore[ops-docker-root] in test\na = 1\n"),
        ("Dockerfile", "# architrave: ignore[ops-docker-root] in test\nFROM x\n"),
        ("x.jsonc", '{"a": 1} // architrave: ignore[ops-docker-root] in test\n'),
    ],
)
def test_a_comment_may_suppress(path: str, text: str) -> None:
    (found,) = [fact for fact in extract(path, text.encode()).facts if isinstance(fact, Suppression)]
    assert (found.rules, found.reason, text[found.span.start : found.span.end].split()[1]) == (
        ("ops-docker-root",),
        "in test",
        "architrave:",
    )
