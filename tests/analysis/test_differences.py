"""What an editor is sent of a fix: the few places that differ, cut between signs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from architrave.analysis.trying import differences

TEXTS = st.text(alphabet="ab\n é\U0001f600\u20ac\U0001d538", max_size=40)


@given(old=TEXTS, new=TEXTS)
def test_the_differences_make_the_new_text_of_the_old_one(old: str, new: str) -> None:
    made, at, data = b"", 0, old.encode()
    for span, text in differences(data, new.encode()):
        made += data[at : span.start] + text
        at = span.end
        data[: span.start].decode()
        data[: span.end].decode()
        text.decode()
    assert made + data[at:] == new.encode()


def test_what_is_alike_is_left_out() -> None:
    old, new = "s = '\U0001f600é'; get(url)\nx\n", "s = '\U0001f600é'; get(url, timeout=5)\nx\n"
    [(span, text)] = differences(old.encode(), new.encode())
    assert (span.start, span.end, text) == (old.encode().index(b")"), old.encode().index(b")"), b", timeout=5")
