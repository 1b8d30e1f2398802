"""Attributes and comments that stand before what they belong to."""

from __future__ import annotations

from tree_sitter import Node

from architrave.regexes import regex

TESTS = "#"  # The owner of what stands in a module of tests.
COMMENTS = frozenset({"line_comment", "block_comment"})
_TEST = regex(rb"#\[\s*(?:cfg\s*\(\s*(?:all\s*\(\s*)?test\b|(?:\w+\s*::\s*)*(?:test|rstest|test_case|bench)\b\s*[\](])")


def is_test(text: bytes, node: Node) -> bool:
    return node.type == "attribute_item" and _TEST.match(text, node.start_byte, node.end_byte) is not None
