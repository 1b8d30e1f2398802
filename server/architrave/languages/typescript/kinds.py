"""The kinds of node that are told apart most often, by their numbers: a number costs half of what a name does."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from architrave.languages.typescript.chains import TRANSPARENT
from architrave.syntax import Grammar, by_kind

FUNCTION_LITERALS = frozenset({"arrow_function", "function_expression", "generator_function"})


class Kinds(NamedTuple):
    """Sets of kinds, and what is special about an argument or a part of a function."""

    annotations: frozenset[int]
    arguments: frozenset[int]
    awaits: frozenset[int]
    calls: frozenset[int]
    comments: frozenset[int]
    identifiers: frozenset[int]
    members: frozenset[int]
    parameters: frozenset[int]
    of_arguments: dict[int, str]  # What is special about an argument: functions may be taken, the values of others are those of a part.
    templates: frozenset[int]
    transparent: frozenset[int]


@cache
def kinds(grammar: Grammar) -> Kinds:
    def numbers(*names: str) -> frozenset[int]:
        return frozenset(by_kind(grammar, dict.fromkeys(names, True)))

    return Kinds(
        annotations=numbers("type_annotation"),
        arguments=numbers("arguments"),
        awaits=numbers("await_expression"),
        calls=numbers("call_expression", "new_expression"),
        comments=numbers("comment", "html_comment"),
        identifiers=numbers("identifier"),
        members=numbers("member_expression", "subscript_expression"),
        parameters=numbers("formal_parameters"),
        of_arguments=by_kind(
            grammar,
            {
                **dict.fromkeys((*FUNCTION_LITERALS, *TRANSPARENT), "taken"),
                **dict.fromkeys(("comment", "html_comment"), "comment"),
                **dict.fromkeys(("type_assertion", "unary_expression"), "narrowed"),
                "spread_element": "spread",
            },
        ),
        templates=numbers("template_string"),
        transparent=numbers(*TRANSPARENT),
    )
