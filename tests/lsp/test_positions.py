"""Client positions in three encodings and line endings, moved diagnostics, texts edited in place."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from architrave.analysis.buffer import Buffer
from architrave.lsp.document import Document, Moved
from architrave.lsp.positions import Encoding, Lines
from architrave.text import LineIndex

TEXTS = st.text(st.sampled_from("ab\n\r\té𝔸 "), max_size=40)
ENCODINGS: tuple[Encoding, ...] = ("utf-8", "utf-16", "utf-32")


@pytest.mark.parametrize("encoding", ENCODINGS)
@settings(max_examples=200)
@given(text=TEXTS)
def test_every_place_comes_back_as_it_went(encoding: Encoding, text: str) -> None:
    lines = Lines(text.encode(), encoding)
    offset = 0
    for index in range(len(text) + 1):
        offset = len(text[:index].encode())
        position = lines.position(offset)
        if text[index - 1 : index + 1] == "\r\n":
            continue  # Inside a line ending.
        assert lines.offset(position["line"], position["character"]) == offset


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(text=TEXTS, line=st.integers(-2, 50), character=st.integers(-2, 50))
def test_any_position_is_a_place_between_two_signs(encoding: Encoding, text: str, line: int, character: int) -> None:
    data = text.encode()
    offset = Lines(data, encoding).offset(line, character)
    assert 0 <= offset <= len(data)
    data[:offset].decode()


@given(text=TEXTS, edits=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), TEXTS), max_size=6))
def test_a_text_edited_in_place_has_the_lines_of_a_new_one(text: str, edits: list[tuple[int, int, str]]) -> None:
    buffer = Buffer(text.encode())
    for one, other, new in edits:
        start, end = sorted((min(one, len(buffer.text)), min(other, len(buffer.text))))
        expected = buffer.text[:start] + new.encode() + buffer.text[end:]
        before = LineIndex(buffer.text)
        buffer, change = buffer.replaced(start, end, new.encode())
        assert buffer.text == expected
        assert buffer.lines.starts == LineIndex(expected).starts
        assert change.start_point == before.position(start) and change.old_end_point == before.position(end)
        assert change.new_end_point == LineIndex(expected).position(change.new_end)


def test_diagnostics_move_with_the_text_until_more_is_known() -> None:
    document = Document("file:///a.py", "python", 1, Buffer(b"one\ntwo three\n"), "utf-16")
    document.shown = [Moved(8, 13, {"message": "three"})]
    document.edit((0, 0), (0, 0), "zero\n")
    assert document.diagnostics() == [
        {"message": "three", "range": {"start": {"line": 2, "character": 4}, "end": {"line": 2, "character": 9}}}
    ]
    document.edit((2, 5), (2, 7), "")
    assert document.diagnostics()[0]["range"]["end"] == {"line": 2, "character": 7}
    document.edit((0, 0), (2, 6), "")
    assert document.diagnostics()[0]["range"]["start"] == {"line": 0, "character": 0}
