"""Parts of a file and half-typed lines: text in, what is parsed alone and what is left out of it."""

from __future__ import annotations

import pytest

from architrave.analysis.reading import parsed, parsed_part
from architrave.language import CodeLanguage, language_for
from architrave.mending import mended
from architrave.parts import Part, parts

PYTHON = """\
import os

LIMIT = 3


@cached
# of all
def first():
    return '''
def of_a_text():
'''


class Orders(Base):
    table = "orders"

    def all(self):
        return []

    @property
    def size(self):
        return 0
TOTAL = 1
"""
TYPESCRIPT = """\
import { a } from "b";

export class Orders {
  limit = 3;

  @Get()
  all() {
    return [];
  }

  size() {}
}

const x = 1;
"""
GO = """\
package main

import "os"

func main() {
	run()
}

type Order struct {
	ID int
}
"""
JAVA = """\
package shop;

@RestController
public class Orders {
    private int limit;

    @GetMapping
    public int all() {
        return 0;
    }

    int size() { return 0; }
}
"""
RUST = """\
use std::fs;

/// Says hello.
#[get("/")]
fn hello() {}

impl Orders {
    // All of them.
    fn all(&self) {}

    fn size(&self) {}
}
"""


def language(path: str) -> CodeLanguage:
    found = language_for(path)
    assert isinstance(found, CodeLanguage)
    return found


def first_lines(path: str, text: str) -> list[tuple[str, str]]:
    found = parts(text.encode(), language(path).shape)
    assert b"".join(part.text for part in found) == text.encode()
    return [(part.text.decode().splitlines()[0].strip(), part.before.decode().strip()) for part in found]


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (
            "m.py",
            PYTHON,
            [
                ("import os", ""),
                ("@cached", ""),
                ("def of_a_text():", ""),
                ("class Orders(Base):", ""),
                ("def all(self):", "class Orders :"),
                ("@property", "class Orders :"),
            ],
        ),
        (
            "m.ts",
            TYPESCRIPT,
            [
                ('import { a } from "b";', ""),
                ("export class Orders {", ""),
                ("limit = 3;", "class Orders {"),
                ("@Get()", "class Orders {"),
                ("size() {}", "class Orders {"),
                ("const x = 1;", ""),
            ],
        ),
        ("m.go", GO, [("package main", ""), ('import "os"', ""), ("func main() {", ""), ("type Order struct {", "")]),
        (
            "Orders.java",
            JAVA,
            [
                ("package shop;", ""),
                ("@RestController", ""),
                ("private int limit;", "class Orders {"),
                ("@GetMapping", "class Orders {"),
                ("int size() { return 0; }", "class Orders {"),
            ],
        ),
        (
            "m.rs",
            RUST,
            [
                ("use std::fs;", ""),
                ("/// Says hello.", ""),
                ("impl Orders {", ""),
                ("// All of them.", "impl Orders {"),
                ("fn size(&self) {}", "impl Orders {"),
            ],
        ),
    ],
    ids=["python", "typescript", "go", "java", "rust"],
)
def test_a_part_begins_where_a_definition_does(path: str, text: str, expected: list[tuple[str, str]]) -> None:
    assert first_lines(path, text) == expected


@pytest.mark.parametrize(("path", "text"), [("m.py", PYTHON), ("m.ts", TYPESCRIPT), ("m.go", GO), ("Orders.java", JAVA), ("m.rs", RUST)])
def test_parts_that_are_parsed_alone_are_chunks_of_the_file(path: str, text: str) -> None:
    (whole,) = parsed(path, language(path), text.encode())
    assert whole.is_sound
    expected = [(chunk.node.type, chunk.owner, whole.place(chunk)) for chunk in whole.chunks]
    found = []
    at = 0
    for part in parts(text.encode().replace(b"def of_a_text", b"Def of_a_text"), language(path).shape):
        alone = parsed_part(path, language(path), part)
        assert alone.is_sound, part
        found += [(chunk.node.type, chunk.owner, at + alone.place(chunk)) for chunk in alone.chunks]
        at += len(part.text)
    assert found == expected


HALF_TYPED = """\
def total(session, rows, limit=3):
    found = 0
    {}
    for row in rows:
        if row["amount"] > limit:
            found += row["amount"]
    entries = session.scalars(select(Entry).limit(limit))
    return found + sum(entry.amount for entry in entries)
"""


@pytest.mark.parametrize(
    "line",
    [
        "for",
        "for entry in",
        "found =",
        "found = session.",
        "found = session.execute(",
        "found = session.execute(select(Base).where(Base.id ==",
        'found = session.execute(select(Base).where(Base.id == entry["i',
        'reply = httpx.get("http://orders:8000/orders/1"',
        "if found and",
        "return {",
        "x = [1, 2",
        "def g(",
        'x = "abc',
        'x = """abc',
        "@",
        "with open(x) as",
        "from x import",
        "x.y(a=",
        "lambda x",
        'return f"{x',
    ],
)
def test_a_line_that_is_half_typed_costs_nothing_but_itself(line: str) -> None:
    text = HALF_TYPED.format(line).encode()
    (read,) = parsed("m.py", language("m.py"), text)
    assert not read.is_sound
    assert read.chunks[0].text == HALF_TYPED.format(" " * len(line)).encode()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("def total(session, rows,, limit=3):", "def total(session, rows,  limit=3):"),
        ("def total(session, rows: , limit=3):", "def total(session, rows  , limit=3):"),
        ('def total(session, rows=", limit=3):', "def total(                        ):"),
    ],
)
def test_a_half_typed_parameter_costs_no_function(written: str, read: str) -> None:
    text = HALF_TYPED.replace("def total(session, rows, limit=3):", written).format("pass").encode()
    (found,) = parsed("m.py", language("m.py"), text)
    assert found.chunks[0].text.decode().splitlines()[0] == read


@pytest.mark.parametrize(
    ("path", "text", "half_typed"),
    [
        ("m.ts", "function f() {\n  const a = 1;\n  g(\n  return a;\n}\n", "  g("),
        ("m.ts", "class A {\n  f() {\n    if (x && {\n      g();\n    }\n  }\n}\n", "    if (x && "),
        ("m.go", "package main\n\nfunc f() {\n\tx := 1\n\tg(x,\n\treturn\n}\n", "\tg(x,"),
        ("A.java", "class A {\n    int f() {\n        int a = 1;\n        g(a,\n        return a;\n    }\n}\n", "        g(a,"),
        ("m.rs", "fn f() {\n    let a = 1;\n    let b = a.\n    g(a);\n}\n", "    let b = a."),
    ],
)
def test_lines_are_left_out_in_every_language(path: str, text: str, half_typed: str) -> None:
    found = parsed(path, language(path), text.encode())
    assert "".join(part.part.text.decode() for part in found) == text
    read = b"".join(part.chunks[0].text for part in found if not part.is_sound)
    assert half_typed.encode() not in read
    assert not language(path).grammar(path).parse(read).root_node.has_error


def test_what_cannot_be_mended_is_left_to_the_parser() -> None:
    shape = language("m.py").shape
    assert shape is not None
    grammar = language("m.py").grammar("m.py")
    text = b"def f(:\n    )(\n" * 3
    assert mended(grammar, Part(text), grammar.parse(text), shape) is None
