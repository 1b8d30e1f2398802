"""Values of TypeScript that a fixture cannot name, and what is no fact."""

from __future__ import annotations

from typing import TypeVar

from architrave.analysis.extraction import extract
from architrave.facts.code import Assignment, Call, Comparison, Definition, Field, Return
from architrave.facts.values import Invocation, Name, Number, String

T = TypeVar("T")


def facts(text: str, kind: type[T], path: str = "src/a.ts") -> list[T]:
    return [fact for fact in extract(path, text.encode()).facts if isinstance(fact, kind)]


def test_parameters_are_known_where_a_function_is_one_expression() -> None:
    text = 'import { Client } from "./client";\nexport const count = (client: Client, page = client.page) => client.count(page);\n'
    (returned,) = facts(text, Return)
    assert isinstance(returned.value, Invocation)
    assert returned.value.callee == "./client.Client().count"
    (definition,) = facts(text, Definition)
    default = definition.parameters[1].default
    assert isinstance(default, Name)
    assert default.name == "./client.Client().page"


def test_comments_change_no_value() -> None:
    text = "const limit = (/* rows */ 50);\nif (/* a */ total /* b */ > /* c */ 10) go();\n"
    (assignment,) = facts(text, Assignment)
    assert isinstance(assignment.value, Number)
    (comparison,) = facts(text, Comparison)
    assert comparison.operator == ">"
    assert isinstance(comparison.right, Number)


def test_a_long_text_is_known_from_end_to_end() -> None:
    parts = [f'"{number}"' for number in range(500)]
    (assignment,) = facts(f"const sql = {' + '.join(parts)};\n", Assignment)
    assert isinstance(assignment.value, String)
    assert assignment.value.value == "".join(map(str, range(500)))


def test_what_the_type_of_a_parameter_has_is_no_field_of_the_class() -> None:
    text = "class Driver {\n  name: string;\n  parse(table: { schema: string; database: { name: string } }) {}\n}\n"
    assert [(field.owner, field.name) for field in facts(text, Field)] == [("Driver", "name")]


def test_a_class_in_an_exported_function_is_not_exported() -> None:
    text = "export function make() {\n  class Page {}\n  return Page;\n}\n"
    assert {definition.name: definition.is_exported for definition in facts(text, Definition)} == {"make": True, "make.Page": False}


def test_a_long_choice_is_read() -> None:
    branches = "".join(f"  if (a > {number}) client.one();\n  else" for number in range(600))
    text = "function f(a: number, client: Client) {\n" + branches + " client.other();\n}\n"
    assert len(facts(text, Comparison)) == 600
    assert {call.callee for call in facts(text, Call)} == {"Client().one", "Client().other"}
