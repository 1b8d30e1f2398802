"""Whatever the bytes of a file are, reading it gives a value: broken, binary, huge, deep, in any language."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from architrave import syntax
from architrave.analysis.extraction import extract
from architrave.analysis.fixing import errors
from architrave.analysis.opened import read
from architrave.analysis.snapshot import absolute_facts
from architrave.analysis.workspace import Workspace
from architrave.facts import Fact
from architrave.facts.code import Import, Note
from architrave.language import Language, known_languages
from architrave.text import LineIndex, Span

SHOP = Path(__file__).parents[2] / "examples" / "shop"
MANY = 2_000
BOM = b"\xef\xbb\xbf"
CALL = b"import requests\n\n\ndef f(url):\n    return requests.get(url)\n"


def name_of(language: Language) -> str:
    return next((f"m{suffix}" for suffix in language.suffixes), language.filenames[0].replace("*", "") if language.filenames else "")


NAMES = sorted(
    {name_of(language) for language in known_languages()} | {"m.tsx", "Dockerfile", "openapi.yaml", "package.json", "Cargo.toml"}
)


def chained(operator: str, part: str) -> bytes:
    return f"x = {operator.join([part] * MANY)}\n".encode()


TEXTS = {
    "nothing": b"",
    "a sign": b"\\",
    "half-typed": b"def f(:\n  class A { fn g(\n  a = [1, {'b': \"c\n/* <a b='\n`${\nrequire (\nSELECT * FROM (\n",
    "binary": bytes(range(256)) * 40,
    "no UTF-8 late": b"a = 1\n" * 3000 + b"\xff\xfe\x00\xc3",
    "NUL late": b"a = 1\n" * 3000 + b"\0\0",
    "lone surrogates": "a = '\ud800'\n".encode("utf-8", "surrogatepass") * 10,
    "BOM alone": BOM,
    "UTF-16": "import a\n".encode("utf-16"),
    "CR alone": b"import a\rx = 1\rdef f():\r  pass\r" * 100,
    "10 MB": b"x = 1\n" * 1_800_000,
    "a line of 1 MB": b"x = '" + b"a " * 500_000 + b"'\n",
    "a word of 1 MB": b"a" * 1_000_000,
    "newlines": b"\n" * 1_000_000,
    "spaces": b" " * 1_000_000 + b"a",
    **{f"deep {open_}{close}": (open_ * 10_000 + "1" + close * 10_000).encode() for open_, close in ("()", "[]", "{}", "<>")},
    **{f"open {open_}": b"x = " + open_.encode() * MANY for open_ in "([{<"},
    "mixed": b"([{" * 3000 + b"}])" * 3000,
    "calls in calls": b"f(" * MANY + b"1" + b")" * MANY,
    "a long chain": b"x = a" + b".b()" * 10_000,
    "attributes": b"x = a" + b".b" * MANY,
    "indexes": b"x = a" + b"[0]" * MANY,
    "texts added": chained(" + ", "'a'"),
    "names added": chained(" + ", '"a" + b'),
    "texts a line": chained(" +\n  ", '"a"'),
    "compared": chained(" < ", "a"),
    "a long list": b"x = [" + b"'a', " * MANY + b"]\n",
    "arrows": b"x => " * MANY + b"x",
    "lambdas": b"lambda x: " * MANY + b"x",
    "not": b"!" * MANY + b"a",
    "ternaries": b"a ? b : " * MANY + b"c",
    "templates": b"`${" * MANY + b"a" + b"}`" * MANY,
    "indentation": b"".join(b" " * depth + b"if a:\n" for depth in range(1000)),
    "keys in keys": b"".join(b"  " * depth + b"a:\n" for depth in range(1000)),
    "dashes": b"- " * MANY,
    "blocks": b'a "b" {\n' * MANY,
    "elements": b"<a>" * MANY,
    "keys": b"a: 1\n" * MANY,
    "tables": b"[a.b]\nc = 1\n" * MANY,
    "open text": b'x = "abc\n' * MANY,
    "open long text": b"x = '''\n" + b"abc\n" * MANY,
    "open raw text": b'x = r#"' + b"abc\n" * MANY,
    "open comment": b"/* a\n" * MANY,
    "open heredoc": b"RUN <<EOF\n" * MANY,
    "open bodies": b"".join(b"$a%d$ b " % number for number in range(MANY)),
    "requirements": b"require (\n" * MANY,
    "models": b"model A {\n" * MANY,
    "defaults": b"A=" + b"${A:-" * MANY,
    "queries": b"SELECT * FROM (" * MANY,
    "merge keys": b"a0: &a0 {b: 1}\n" + b"".join(b"a%d: &a%d [%s]\n" % (n + 1, n + 1, b",".join([b"*a%d" % n] * 8)) for n in range(30)),
    "beyond the plane": "x = '\U0001f600\U0001d400' \u2028 \u200b \u0085\n".encode() * 1000,
}


def spans(value: Any) -> Iterator[Span]:
    if isinstance(value, Span):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from spans(item)
    elif isinstance(value, Struct):
        for field in value.__struct_fields__:
            yield from spans(getattr(value, field))


@pytest.fixture
def no_error(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.mark.usefixtures("no_error")
@pytest.mark.parametrize("name", NAMES)
def test_any_bytes_give_facts_that_lie_in_the_file(name: str) -> None:
    for shape, text in TEXTS.items():
        found = extract(name, text)
        assert found.path == name
        for fact in absolute_facts(found):
            for span in spans(fact):
                assert 0 <= span.start <= span.end <= len(text), (shape, fact)


def samples() -> list[str]:
    """The largest file of each kind in the shop."""
    largest: dict[str, Path] = {}
    for path in sorted(SHOP.rglob("*")):
        if path.is_file() and any(language.is_for(path.name) for language in known_languages()):
            kind = path.suffix or path.name
            if kind not in largest or path.stat().st_size > largest[kind].stat().st_size:
                largest[kind] = path
    return [path.relative_to(SHOP).as_posix() for path in largest.values()]


def facts(path: str, text: bytes) -> tuple[Fact, ...]:
    return absolute_facts(extract(path, text))


@pytest.mark.parametrize("path", samples())
def test_a_byte_order_mark_moves_everything_by_its_length(path: str) -> None:
    text = (SHOP / path).read_bytes()
    plain, marked = facts(path, text), facts(path, BOM + text)
    assert [type(fact) for fact in marked] == [type(fact) for fact in plain]
    for one, other in zip(plain, marked, strict=True):
        if one.span.end > 0:  # What is said of the whole file stands at its start.
            assert (other.span.start - one.span.start, other.span.end - one.span.end) in ((3, 3), (0, 3)), one


def test_a_byte_order_mark_hides_no_first_import() -> None:
    for name, text in {
        "m.py": b"import os\n",
        "m.ts": b"import a from 'b';\n",
        "m.js": b"import a from 'b';\n",
        "m.java": b"import a.B;\n",
    }.items():
        assert [type(fact) for fact in facts(name, BOM + text) if isinstance(fact, Import)] == [Import], name


@pytest.mark.parametrize("path", samples())
def test_line_ends_of_windows_give_the_same_facts(path: str) -> None:
    text = (SHOP / path).read_bytes()
    plain, windows = facts(path, text), facts(path, text.replace(b"\n", b"\r\n"))
    assert [type(fact) for fact in windows] == [type(fact) for fact in plain]
    lines, others = LineIndex(text), LineIndex(text.replace(b"\n", b"\r\n"))
    for one, other in zip(plain, windows, strict=True):
        assert lines.position(one.span.start) == others.position(other.span.start), one


@pytest.mark.parametrize("path", ["m.py", "m.ts", "m.go", "m.java", "m.rs", "m.tf", "Dockerfile"])
def test_a_parse_that_takes_too_long_is_a_note(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = b"a = 1\n" * 4000
    before, opened = read(path, text, None)
    monkeypatch.setattr(syntax, "_PATIENCE", -1)
    monkeypatch.setattr(syntax, "_PATIENCE_A_BYTE", 0)
    longer = b"(" * 1000 + text
    for found in (extract(path, longer), read(path, longer, opened)[0]):
        assert [fact.message for fact in found.facts if isinstance(fact, Note)] == ["Not read: parsing it takes too long."]
    assert errors(path, text) in (0, len(text))
    monkeypatch.undo()
    assert extract(path, text).facts == before.facts  # The parser begins anew.


def test_blocks_that_would_overflow_the_grammar_of_yaml_do_not_end_the_process() -> None:
    code = """
from architrave.analysis.extraction import extract
for depth in (80, 200, 400, 2000):
    for block in ("- ", "? ", "-\\t", "a:\\n"):
        text = "".join(" " * n + "a:\\n" for n in range(depth)) if block == "a:\\n" else block * depth
        extract("m.yaml", text.encode())
        extract("m.yaml", (text + "{" * depth).encode())
print("alive")
"""
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env={"PYTHONPATH": "server"}, cwd=SHOP.parents[1]
    )
    assert (ran.returncode, ran.stdout) == (0, "alive\n"), ran.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory")
def test_angles_that_would_exhaust_the_grammar_of_java_do_not_end_the_process() -> None:
    """Without the guard the first takes 6 GB in one step, in which no callback is asked; what people write is far below it."""
    code = """
import resource
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
from architrave.analysis.extraction import extract
for text in ("A<\\n" * 20000, "A<" * 20000, ("A<\\n" * 900 + ";\\n") * 200, "?>'" * 16000, "class A { x = " + "a <\\n" * 20000 + "b; }"):
    print(*(fact.message for fact in extract("m.java", text.encode()).facts if hasattr(fact, "message")))
usual = "/** <table>\\n" + " * <tr><td>a</td></tr>\\n" * 150 + " */\\nclass A { " + "Map<K, List<Set<V>>> a = f(b < c);\\n" * 5000 + "}"
print(*(fact.message for fact in extract("m.java", usual.encode()).facts if hasattr(fact, "message")))
"""
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env={"PYTHONPATH": "server"}, cwd=SHOP.parents[1]
    )
    assert (ran.returncode, ran.stdout) == (0, "Not read: parsing it takes too long.\n" * 5 + "\n"), ran.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory")
def test_operators_that_would_exhaust_a_grammar_do_not_end_the_process() -> None:
    """Without the guard each takes gigabytes; imports of everything look alike and take none."""
    code = """
import resource
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
from architrave.analysis.extraction import extract
for path, text in (
    ("m.rs", "fn f() { " + ";-" * 16000),
    ("m.rs", ";&\\n" * 16000),
    ("m.rs", "fn f() { " + "return * ;" * 16000),
    ("m.java", "class A { void f() { " + ";-" * 16000),
    ("m.ts", ";-" * 16000),
    ("m.js", ";-" * 16000),
    ("m.rs", "use a::*;\\n" * 5000 + "fn f() { -; }"),
    ("M.java", "import a.*;\\n" * 5000),
):
    print(*(fact.message for fact in extract(path, text.encode()).facts if hasattr(fact, "message")))
"""
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env={"PYTHONPATH": "server"}, cwd=SHOP.parents[1]
    )
    assert (ran.returncode, ran.stdout) == (0, "Not read: parsing it takes too long.\n" * 6 + "\n" * 2), ran.stderr


@pytest.mark.usefixtures("no_error")
@pytest.mark.parametrize("path", ["a b.py", "a'b.py", 'a"b.py', "a\nb.py", "a%20b.py", "é/\U0001f600.py", "#.py", "[x](y).py", "-.py"])
def test_any_name_of_a_file_will_do(path: str) -> None:
    workspace = Workspace()
    workspace.put(path, CALL)
    assert [(item.rule, item.location.path) for item in workspace.snapshot().findings] == [("sys-no-timeout", path)]
